import type { APIMessage, Snowflake } from 'discord-api-types/v10';
import { sendsContent } from '../context.ts';
import type { Channel, Message } from '../world/model.ts';
import { botCanReadMessages, botHasPermission } from '../world/permissions.ts';
import { findIndexFrom } from '../world/state.ts';
import { invalidForm, missingAccess, missingPermissions, unknownMessage } from './api-error.ts';
import { requireVisibleChannel } from './guild-routes.ts';
import { presentMessage } from './present-message.ts';
import type { Call, Route } from './routes.ts';

const SNOWFLAKE = /^\d{1,20}$/;
const DEFAULT_PAGE_MESSAGES = 50;
const MAX_PAGE_MESSAGES = 100;
const MAX_REFRESH_URLS = 50;

/** Routes for a channel's history, for one message, and for fresh links. */
export const MESSAGE_ROUTES: readonly Route[] = [
  { method: 'GET', pattern: '/channels/:id/messages', answer: listMessages },
  { method: 'GET', pattern: '/channels/:id/messages/:id', answer: getMessage },
  { method: 'POST', pattern: '/attachments/refresh-urls', answer: refreshUrls },
];

/** The page of a channel's history that a request asks for. At most one of `before`, `after` and `around` is used. */
interface PageRequest {
  readonly limit: number;
  readonly before?: Snowflake;
  readonly after?: Snowflake;
  readonly around?: Snowflake;
}

/**
 * Lists a page of messages. Without READ_MESSAGE_HISTORY the page is empty, and there is no error.
 * https://docs.discord.com/developers/resources/message#get-channel-messages
 */
function listMessages(call: Call): APIMessage[] {
  const channel = requireReadableChannel(call);
  const { state, quirks } = call.context;
  const request = parsePageRequest(call.query);
  if (!botHasPermission(state, channel, 'READ_MESSAGE_HISTORY')) return [];
  const messages = selectPage(state.messages(channel.id), request);
  if (request.after !== undefined && quirks.afterOldestFirst) messages.reverse();
  return messages.map((message) => present(call, message));
}

function getMessage(call: Call): APIMessage {
  const channel = requireReadableChannel(call);
  const { state } = call.context;
  if (!botHasPermission(state, channel, 'READ_MESSAGE_HISTORY')) throw missingPermissions();
  const message = state.findMessage(channel.id, call.ids[1] ?? '');
  if (message === null) throw unknownMessage();
  return present(call, message);
}

function requireReadableChannel(call: Call): Channel {
  const channel = requireVisibleChannel(call);
  if (!botCanReadMessages(call.context.state, channel)) throw missingAccess();
  return channel;
}

/**
 * Signs links again. The emulator also signs links of deleted attachments, so a success does not
 * prove that the message still exists. Discord does not document this route.
 */
function refreshUrls({ context, body }: Call): object {
  const urls = (body as { attachment_urls?: unknown } | undefined)?.attachment_urls;
  if (!Array.isArray(urls) || urls.length < 1 || urls.length > MAX_REFRESH_URLS) {
    const message = `Must be between 1 and ${MAX_REFRESH_URLS} in length.`;
    throw invalidForm('attachment_urls', 'BASE_TYPE_BAD_LENGTH', message);
  }
  const refresh = (original: string) => ({
    original,
    refreshed: context.links.sign(parseAttachmentPath(original)),
  });
  return { refreshed_urls: urls.map((url) => refresh(String(url))) };
}

function parseAttachmentPath(url: string): string {
  const path = URL.canParse(url) ? new URL(url).pathname : '';
  if (!/^\/attachments\/\d+\/\d+\/[^/]+$/.test(path)) {
    throw invalidForm('attachment_urls', 'ATTACHMENT_URL_INVALID', 'Not a well formed URL.');
  }
  return path;
}

function parsePageRequest(query: URLSearchParams): PageRequest {
  const limit = Number(query.get('limit') ?? DEFAULT_PAGE_MESSAGES);
  if (!Number.isInteger(limit) || limit < 1 || limit > MAX_PAGE_MESSAGES) {
    const message = `int value should be between 1 and ${MAX_PAGE_MESSAGES}.`;
    throw invalidForm('limit', 'NUMBER_TYPE_MAX', message);
  }
  const cursors: { before?: string; after?: string; around?: string } = {};
  for (const name of ['before', 'after', 'around'] as const) {
    const id = query.get(name);
    if (id !== null) cursors[name] = requireSnowflake(name, id);
  }
  return { limit, ...cursors };
}

/**
 * Returns a page of history, newest message first. `before` and `after` select the messages closest to the named
 * message. The named message itself is left out and need not exist. `around` puts the named message in the middle.
 * @param messages all messages of the channel, oldest first
 */
function selectPage(messages: readonly Message[], request: PageRequest): Message[] {
  const { limit, before, after, around } = request;
  let from = messages.length - limit;
  let to = messages.length;
  if (around !== undefined) {
    from = findIndexFrom(messages, around) - Math.floor(limit / 2);
    to = from + limit;
  } else if (before !== undefined) {
    to = findIndexFrom(messages, before);
    from = to - limit;
  } else if (after !== undefined) {
    const named = findIndexFrom(messages, after);
    from = messages[named]?.id === after ? named + 1 : named;
    to = from + limit;
  }
  return messages.slice(Math.max(0, from), Math.max(0, to)).reverse();
}

/** @throws ApiError with Discord's code 50035 if the value can't be an id */
export function requireSnowflake(field: string, value: string): string {
  if (SNOWFLAKE.test(value)) return value;
  throw invalidForm(field, 'NUMBER_TYPE_COERCE', `Value "${value}" is not snowflake.`);
}

function present({ context }: Call, message: Message): APIMessage {
  return presentMessage(context, message, sendsContent(context));
}
