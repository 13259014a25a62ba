import { DiscordAPIError, HTTPError, RateLimitError } from 'discord.js';
import {
  accessLost,
  applicationFailure,
  messageGone,
  rateLimited,
  serviceFailed,
  tokenRejected,
  type HttpContext,
} from '../errors.ts';

/**
 * Turns whatever discord.js's REST client throws into a failure of ours. Looks at the HTTP status:
 * compatible servers put it where Discord has its own error code. A 403 or 404 without Discord's
 * JSON error body comes from something in between, and is only a fault that may pass.
 */
export function discordFailure(error: unknown, route: string): Error {
  const known = applicationFailure(error);
  if (known) return known;
  if (error instanceof RateLimitError) {
    return rateLimited(Math.max(error.retryAfter, error.sublimitTimeout), { route, status: 429 });
  }
  if (error instanceof DiscordAPIError) {
    const context: HttpContext = { route, status: error.status };
    if (!hasDiscordBody(error)) return serviceFailed('a server before Discord refuses', context);
    context.code = error.code;
    if (error.status === 401) return tokenRejected(context);
    if (error.status === 403) return accessLost(context);
    if (error.status === 404) {
      return provesNothing(error, route)
        ? serviceFailed("a server before Discord doesn't find it", context)
        : messageGone(context);
    }
    return serviceFailed(`Discord refuses: ${error.message}`, context);
  }
  if (error instanceof HTTPError) {
    return serviceFailed('Discord fails', { route, status: error.status });
  }
  const name = error instanceof Error ? error.name : 'Error';
  const isLate = name === 'AbortError' || name === 'TimeoutError';
  const reason = isLate ? 'it did not answer in time' : connectionFault(error);
  return serviceFailed(`Discord can't be reached: ${reason}`, { route });
}

/**
 * Discord says which thing it doesn't know (10003 a channel, 10008 a message); compatible servers may
 * write the status there. Code 0 is a router's answer to a path that it doesn't know, while a server
 * is being set up or moved, and must erase no clip. Of other paths it says that there is no such page.
 */
const provesNothing = ({ code }: DiscordAPIError, route: string): boolean =>
  Number(code) === 0 && route.startsWith('GET /channels/');

function hasDiscordBody({ rawError }: DiscordAPIError): boolean {
  const body: unknown = rawError;
  return typeof body === 'object' && body !== null && 'message' in body && 'code' in body;
}

/** Only the system's code, such as ECONNREFUSED: messages of network errors may carry addresses. */
function connectionFault(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  const code: unknown =
    typeof cause === 'object' && cause !== null && 'code' in cause && cause.code;
  return typeof code === 'string' ? code : cause instanceof Error ? cause.name : 'unknown error';
}
