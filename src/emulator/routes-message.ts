import type { APIMessage } from 'discord-api-types/v10';

import { invalidForm, missingPermissions, unknownMessage } from './api-error.ts';
import { page, type PageRequest } from './history.ts';
import type { Message } from './model.ts';
import { botMay } from './permissions.ts';
import { presentMessage } from './present-message.ts';
import { visibleChannel } from './routes-guild.ts';
import type { Call, Route } from './routes.ts';

const SNOWFLAKE = /^\d{1,20}$/;
const MAX_PAGE = 100;
const MAX_REFRESHED = 50;

/** A channel's history, one message, and fresh links. */
export const messageRoutes: readonly Route[] = [
  { method: 'GET', pattern: '/channels/:id/messages', answer: listMessages },
  { method: 'GET', pattern: '/channels/:id/messages/:id', answer: oneMessage },
  { method: 'POST', pattern: '/attachments/refresh-urls', answer: refreshUrls },
];

/**
 * Without READ_MESSAGE_HISTORY a channel's history is an empty page, not an error (Discord's
 * documentation).
 */
function listMessages(call: Call): APIMessage[] {
  const channel = visibleChannel(call);
  const { state, quirks } = call.context;
  const request = pageRequest(call.query);
  if (!botMay(state, channel, 'READ_MESSAGE_HISTORY')) return [];
  const messages = page(state.messages(channel.id), request);
  if (request.after !== undefined && quirks.afterOldestFirst) messages.reverse();
  return messages.map((message) => present(call, message));
}

function oneMessage(call: Call): APIMessage {
  const channel = visibleChannel(call);
  const { state } = call.context;
  if (!botMay(state, channel, 'READ_MESSAGE_HISTORY')) throw missingPermissions();
  const message = state.message(channel.id, call.ids[1] ?? '');
  if (message === undefined) throw unknownMessage();
  return present(call, message);
}

/** Signs links anew, those of deleted attachments too: success proves nothing about the message. */
function refreshUrls({ context, body }: Call): object {
  const urls = (body as { attachment_urls?: unknown } | undefined)?.attachment_urls;
  if (!Array.isArray(urls) || urls.length < 1 || urls.length > MAX_REFRESHED) {
    const message = `Must be between 1 and ${MAX_REFRESHED} in length.`;
    throw invalidForm('attachment_urls', 'BASE_TYPE_BAD_LENGTH', message);
  }
  const refresh = (original: string) => ({
    original,
    refreshed: context.links.sign(cdnPath(original)),
  });
  return { refreshed_urls: urls.map((url) => refresh(String(url))) };
}

function cdnPath(url: string): string {
  const path = URL.canParse(url) ? new URL(url).pathname : '';
  if (!/^\/attachments\/\d+\/\d+\/[^/]+$/.test(path)) {
    throw invalidForm('attachment_urls', 'ATTACHMENT_URL_INVALID', 'Not a well formed URL.');
  }
  return path;
}

function pageRequest(query: URLSearchParams): PageRequest {
  const limit = Number(query.get('limit') ?? 50);
  if (!Number.isInteger(limit) || limit < 1 || limit > MAX_PAGE) {
    const message = `int value should be between 1 and ${MAX_PAGE}.`;
    throw invalidForm('limit', 'NUMBER_TYPE_MAX', message);
  }
  const cursors: { before?: string; after?: string; around?: string } = {};
  for (const name of ['before', 'after', 'around'] as const) {
    const id = query.get(name);
    if (id !== null) cursors[name] = snowflake(name, id);
  }
  return { limit, ...cursors };
}

/** @throws ApiError with code 50035 for what can't be an id, as Discord says it */
export function snowflake(field: string, value: string): string {
  if (SNOWFLAKE.test(value)) return value;
  throw invalidForm(field, 'NUMBER_TYPE_COERCE', `Value "${value}" is not snowflake.`);
}

function present({ context }: Call, message: Message): APIMessage {
  return presentMessage(context, message, context.hasContentIntent());
}
