import { RESTJSONErrorCodes } from 'discord-api-types/v10';
import { plainWithoutSecrets } from '../errors.ts';

/** An unsuccessful answer from the server at DISCORD_API_URL, or from a proxy or firewall in between. */
export interface Answer {
  /** Method and path without a query, such as `GET /channels/1/messages/2`. */
  route: string;
  status: number;
  headers: { get(name: string): string | null };
  /** The parsed body if the body is JSON, otherwise the body's text. */
  body: unknown;
  /** True if DISCORD_API_URL names Discord itself; false for a compatible server. */
  isDiscord: boolean;
}

/** What an answer proves. The kind is `doubt` if the answer proves nothing about a message or channel. */
export type Verdict =
  /** The thing that the path names does not exist. The value `page` means that a compatible server has no such path. */
  | { kind: 'unknown'; what: UnknownThing; code: number }
  /** The bot lacks a permission. */
  | { kind: 'accessDenied'; code: number }
  | { kind: 'unauthenticated'; code: number }
  /** `scope` says whether the limit is for the route, for the bot, or for everyone at the IP address. */
  | { kind: 'rateLimited'; scope: 'route' | 'bot' | 'address'; retryAfterMs: number | null }
  /** `sentence` says what answered. A repeated request may succeed. */
  | { kind: 'doubt'; sentence: string; code?: number };

export type UnknownThing = 'message' | 'channel' | 'guild' | 'member' | 'page';

/** The code of Discord's general errors, and of many other servers' errors. */
const GENERAL_ERROR: number = RESTJSONErrorCodes.GeneralError;
const { UnknownMessage, UnknownChannel, UnknownGuild, UnknownMember, UnknownUser } =
  RESTJSONErrorCodes;

/**
 * The codes with which Discord says that the bot lacks a permission. Discord's other codes with status 403 are temporary, such as 40333, or are not about permissions.
 * Source: https://discord.com/developers/docs/topics/opcodes-and-status-codes#json-json-error-codes
 */
const PERMISSION_CODES: readonly number[] = [
  RESTJSONErrorCodes.MissingAccess,
  RESTJSONErrorCodes.MissingPermissions,
  RESTJSONErrorCodes.ChannelVerificationLevelTooHighForYouToGainAccess,
  RESTJSONErrorCodes.UserBannedFromThisGuild,
];

/** If the token is invalid, Discord answers 401 with the code of a general error, 0. */
const TOKEN_CODES: readonly number[] = [
  GENERAL_ERROR,
  RESTJSONErrorCodes.Unauthorized,
  RESTJSONErrorCodes.InvalidToken,
];

/**
 * What a 404 may mean for each path. On any other path, the same code proves nothing. For example, Discord never
 * answers Unknown Message for a channel. If a compatible server's code equals the status, `own` is the thing that does
 * not exist.
 */
const ENDPOINTS: readonly {
  path: RegExp;
  own: UnknownThing;
  codes: Readonly<Record<number, UnknownThing>>;
}[] = [
  {
    path: /^\/channels\/\d+\/messages\/\d+$/,
    own: 'message',
    codes: { [UnknownMessage]: 'message', [UnknownChannel]: 'channel' },
  },
  { path: /^\/channels\/\d+(\/|$)/, own: 'channel', codes: { [UnknownChannel]: 'channel' } },
  {
    path: /^\/guilds\/\d+\/members\/[^/]+$/,
    own: 'member',
    codes: { [UnknownMember]: 'member', [UnknownUser]: 'member', [UnknownGuild]: 'guild' },
  },
  { path: /^\/guilds\/\d+(\/|$)/, own: 'guild', codes: { [UnknownGuild]: 'guild' } },
];

/** The path that compatible servers may lack, or may not let bots see. Everclip works without it. */
const OPTIONAL_PATH = '/applications/@me';

/** True if this URL is Discord's own API, whose error codes are documented. */
export function isDiscordUrl(apiUrl: string): boolean {
  const { hostname } = new URL(apiUrl);
  return /(^|\.)discord(app)?\.com$/i.test(hostname);
}

/**
 * Decides what an answer proves. Only Discord's own answer can prove that a message was deleted or that access was
 * lost, because proxies, firewalls, Cloudflare and routers also answer 403 and 404. A compatible server's JSON counts
 * as the server's own answer if the code equals the status, because such servers have no codes like Discord's.
 */
export function judgeAnswer(answer: Answer): Verdict {
  const { status, isDiscord } = answer;
  if (status === 429) return judgeRateLimit(answer);
  if (status >= 500) return doubt('Discord returned a server error', errorBody(answer));
  const error = errorBody(answer);
  if (error === null) return judgeStranger(answer);
  const { code } = error;
  const isEcho = !isDiscord && code === status;
  if (status === 401 && (isEcho || TOKEN_CODES.includes(code))) {
    return { kind: 'unauthenticated', code };
  }
  const path = answer.route.replace(/^\w+ /, '');
  if (status === 403 && (isEcho || PERMISSION_CODES.includes(code)) && mayBeDenied(path)) {
    return { kind: 'accessDenied', code };
  }
  const what = status === 404 ? unknownThing(path, answer, code) : null;
  if (what !== null) return { kind: 'unknown', what, code };
  return code === GENERAL_ERROR
    ? doubt(
        `a router answered in Discord's place, "${excerpt(error.message)}": correct DISCORD_API_URL, or wait until the server is back`,
        error,
      )
    : doubt(`Discord rejected the request: ${excerpt(error.message)}`, error);
}

function findEndpoint(path: string): (typeof ENDPOINTS)[number] | undefined {
  return ENDPOINTS.find((each) => each.path.test(path));
}

/**
 * No server denies a bot the paths about the bot itself, such as /users/@me. A 403 for such a path comes from a proxy
 * or a firewall.
 */
function mayBeDenied(path: string): boolean {
  return path === OPTIONAL_PATH || findEndpoint(path) !== undefined;
}

function unknownThing(
  path: string,
  { status, isDiscord }: Answer,
  code: number,
): UnknownThing | null {
  if (path === OPTIONAL_PATH) return isDiscord ? null : 'page';
  const endpoint = findEndpoint(path);
  if (endpoint === undefined) return null;
  return endpoint.codes[code] ?? (!isDiscord && code === status ? endpoint.own : null);
}

function judgeRateLimit(answer: Answer): Verdict {
  const { headers, body, isDiscord } = answer;
  const scope = headers.get('x-ratelimit-scope');
  const retryAfterMs = waitMs(answer);
  // Cloudflare's answers have no scope, unlike Discord's. Their body (text, HTML or JSON) contains no wait:
  // https://github.com/discord/discord-api-docs/issues/1463
  const isOwn =
    scope !== null ||
    typeof field(body, 'retry_after') === 'number' ||
    (!isDiscord && errorBody(answer) !== null);
  if (!isOwn) return { kind: 'rateLimited', scope: 'address', retryAfterMs };
  const isForBot =
    scope === 'global' ||
    headers.get('x-ratelimit-global') !== null ||
    field(body, 'global') === true;
  return { kind: 'rateLimited', scope: isForBot ? 'bot' : 'route', retryAfterMs };
}

/** How long Discord or Cloudflare asks to wait, in milliseconds; null if the answer names no time. */
function waitMs({ headers, body }: Answer): number | null {
  const named = field(body, 'retry_after') ?? headers.get('retry-after');
  if (named === null || named === '') return null;
  const seconds = Number(named);
  return Number.isFinite(seconds) && seconds >= 0 ? Math.ceil(seconds * 1000) : null;
}

/** Judges an answer that does not have the form of Discord's errors. */
function judgeStranger(answer: Answer): Verdict {
  const { body, status } = answer;
  if (isCloudflare(answer) && status === 403) {
    return { kind: 'rateLimited', scope: 'address', retryAfterMs: waitMs(answer) };
  }
  const what =
    typeof body === 'string' ? (isHtml(body) ? 'a page of HTML' : 'text') : 'unknown JSON';
  return doubt(
    `a server between Everclip and Discord rejected the request with ${what}: check proxies and firewalls`,
    null,
  );
}

/**
 * True if Cloudflare blocks the IP address. Cloudflare answers with a text such as `error code: 1020`, or with an HTML page.
 * Source: https://developers.cloudflare.com/support/troubleshooting/http-status-codes/cloudflare-1xxx-errors/
 */
function isCloudflare({ headers, body }: Answer): boolean {
  if (typeof body !== 'string') return false;
  if (headers.get('cf-mitigated') !== null || /^\s*error code: 1\d{3}\s*$/.test(body)) return true;
  return isHtml(body) && /cloudflare/i.test(body);
}

const isHtml = (text: string): boolean =>
  /^\s*<(!doctype|html|head|body|h\d|title|center)\b/i.test(text);

interface ErrorBody {
  code: number;
  message: string;
}

/** Returns the code and message if the body has the form of Discord's errors, otherwise null. */
function errorBody({ body }: Pick<Answer, 'body'>): ErrorBody | null {
  const code = Number(field(body, 'code') ?? NaN);
  const message = field(body, 'message');
  return Number.isInteger(code) && typeof message === 'string' ? { code, message } : null;
}

function field(body: unknown, name: string): unknown {
  return typeof body === 'object' && body !== null
    ? ((body as Record<string, unknown>)[name] ?? null)
    : null;
}

function doubt(sentence: string, error: ErrorBody | null): Verdict {
  return { kind: 'doubt', sentence, ...(error !== null && { code: error.code }) };
}

/** An operator is shown at most this many bytes of a server's error message. */
const MAX_EXCERPT_BYTES = 100;

const excerpt = (text: string): string =>
  plainWithoutSecrets(text, { maxBytes: MAX_EXCERPT_BYTES });
