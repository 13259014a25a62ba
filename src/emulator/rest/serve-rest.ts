import type { IncomingMessage, ServerResponse } from 'node:http';
import { RESTJSONErrorCodes } from 'discord-api-types/v10';
import type { EmulatorContext } from '../context.ts';
import { applyFault, type Faults } from '../faults.ts';
import type { Stats } from '../stats.ts';
import { ApiError, notFound, unauthorized } from './api-error.ts';
import { GUILD_ROUTES } from './guild-routes.ts';
import { MESSAGE_ROUTES, requireSnowflake } from './message-routes.ts';
import type { RateLimits } from './rate-limits.ts';
import { findRoute, type Match } from './routes.ts';
import { SEARCH_ROUTES } from './search-routes.ts';

export interface RestOptions {
  readonly context: EmulatorContext;
  readonly token: string;
  readonly faults: Faults;
  readonly limits: RateLimits;
  readonly stats: Stats;
}

const ROUTES = [...GUILD_ROUTES, ...MESSAGE_ROUTES, ...SEARCH_ROUTES];
/** The emulator's own limit for the length of a body, in UTF-16 code units. */
const MAX_BODY_LENGTH = 1_000_000;

/**
 * Serves one request under `/api`. Applies faults first, then checks the token and the rate limit, and then
 * calls the route.
 */
export async function serveRest(
  options: RestOptions,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const url = new URL(request.url ?? '/', 'http://localhost');
  const method = request.method ?? 'GET';
  const path = url.pathname.replace(/^\/api(\/v\d+)?/, '');
  const match = findRoute(ROUTES, method, path);
  const route = `${method} ${match?.route.pattern ?? 'other'}`;

  const entry = options.stats.begin(route, `${method} ${path}${url.search}`);
  response.once('close', () =>
    options.stats.end(entry, response.headersSent ? response.statusCode : 0),
  );
  const fault = options.faults.takeFor({ part: 'rest', route, request: `${method} ${path}` });
  if (fault !== null && (await applyFault(fault, request, response))) return;

  try {
    // Every route except Get Gateway needs the token:
    // https://docs.discord.com/developers/events/gateway#get-gateway
    const needsToken = path !== '/gateway';
    if (needsToken && request.headers.authorization !== `Bot ${options.token}`) {
      throw unauthorized();
    }
    if (match === null) throw notFound();
    const { headers, refusal } = options.limits.countRequest(route, majorId(match));
    for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
    if (refusal !== null) {
      sendJson(response, 429, {
        message: 'You are being rate limited.',
        retry_after: refusal.retryAfterSeconds,
        global: refusal.global,
      });
      return;
    }
    sendJson(response, 200, await answerCall(options.context, match, url, request));
  } catch (error) {
    const known = error instanceof ApiError ? error : new ApiError(500, 0, String(error));
    const { errorCodeIsStatus } = options.context.quirks;
    const body = known.toBody();
    sendJson(response, known.status, errorCodeIsStatus ? { ...body, code: known.status } : body);
  }
}

async function answerCall(
  context: EmulatorContext,
  { route, ids }: Match,
  url: URL,
  request: IncomingMessage,
): Promise<unknown> {
  for (const id of ids) requireSnowflake('id', id);
  const body = route.method === 'POST' ? await readJson(request) : undefined;
  return route.answer({ context, ids, query: url.searchParams, body });
}

/**
 * Returns the id of the channel or guild that has its own rate limit bucket, or '' if the path contains no such id.
 * https://docs.discord.com/developers/topics/rate-limits
 */
function majorId({ route, ids }: Match): string {
  return /^\/(channels|guilds)\//.test(route.pattern) ? (ids[0] ?? '') : '';
}

async function readJson(request: IncomingMessage): Promise<unknown> {
  let text = '';
  for await (const chunk of request.setEncoding('utf8')) {
    text += String(chunk);
    if (text.length > MAX_BODY_LENGTH) throw new ApiError(413, 0, '413: Payload Too Large');
  }
  try {
    return JSON.parse(text);
  } catch {
    const code = RESTJSONErrorCodes.RequestBodyContainsInvalidJSON;
    throw new ApiError(400, code, 'The request body contains invalid JSON.');
  }
}

function sendJson(response: ServerResponse, status: number, body: unknown): void {
  const json = Buffer.from(JSON.stringify(body));
  response.writeHead(status, { 'Content-Type': 'application/json', 'Content-Length': json.length });
  response.end(json);
}
