import type { IncomingMessage, ServerResponse } from 'node:http';

import { ApiError, notFound, unauthorized } from './api-error.ts';
import { commit, type Faults } from './faults.ts';
import type { RateLimits } from './rate-limits.ts';
import { guildRoutes } from './routes-guild.ts';
import { messageRoutes, snowflake } from './routes-message.ts';
import { findRoute, type Match, type RestContext } from './routes.ts';
import type { Stats } from './stats.ts';

export interface RestOptions {
  readonly context: RestContext;
  readonly token: string;
  readonly faults: Faults;
  readonly limits: RateLimits;
  readonly stats: Stats;
}

const ROUTES = [...guildRoutes, ...messageRoutes];
const MAX_BODY_BYTES = 1_000_000;

/** Serves one request under `/api`: faults first, then token, rate limit, and the route itself. */
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
  response.once('close', () => (entry.status = response.headersSent ? response.statusCode : 0));
  const fault = options.faults.take({ part: 'rest', route, request: `${method} ${path}` });
  if (fault !== undefined && (await commit(fault, request, response))) return;

  try {
    // Anybody may ask where the gateway is; all else is the bot's.
    const open = path === '/gateway';
    if (!open && request.headers.authorization !== `Bot ${options.token}`) throw unauthorized();
    if (match === undefined) throw notFound();
    const verdict = options.limits.take(route, majorId(match));
    for (const [name, value] of Object.entries(verdict.headers)) response.setHeader(name, value);
    if (verdict.refused !== undefined) {
      const { retryAfterSeconds, global } = verdict.refused;
      const message = 'You are being rate limited.';
      send(response, 429, { message, retry_after: retryAfterSeconds, global });
      return;
    }
    send(response, 200, await answer(options.context, match, url, request));
  } catch (error) {
    const known = error instanceof ApiError ? error : new ApiError(500, 0, String(error));
    const { errorCodeIsStatus } = options.context.quirks;
    const body = known.toBody();
    send(response, known.status, errorCodeIsStatus ? { ...body, code: known.status } : body);
  }
}

async function answer(
  context: RestContext,
  { route, ids }: Match,
  url: URL,
  request: IncomingMessage,
): Promise<unknown> {
  for (const id of ids) snowflake('id', id);
  const body = route.method === 'POST' ? await readJson(request) : undefined;
  return route.answer({ context, ids, query: url.searchParams, body });
}

/** The id that a bucket is kept apart by: a channel's or a guild's, not a message's. */
function majorId({ route, ids }: Match): string {
  return /^\/(channels|guilds)\//.test(route.pattern) ? (ids[0] ?? '') : '';
}

async function readJson(request: IncomingMessage): Promise<unknown> {
  let text = '';
  for await (const chunk of request.setEncoding('utf8')) {
    text += String(chunk);
    if (text.length > MAX_BODY_BYTES) throw new ApiError(413, 0, '413: Payload Too Large');
  }
  try {
    return JSON.parse(text);
  } catch {
    throw new ApiError(400, 50109, 'The request body contains invalid JSON.');
  }
}

function send(response: ServerResponse, status: number, body: unknown): void {
  const json = Buffer.from(JSON.stringify(body));
  response.writeHead(status, { 'Content-Type': 'application/json', 'Content-Length': json.length });
  response.end(json);
}
