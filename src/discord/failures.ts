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
 * Translates an error of discord.js's REST client into a failure of `errors.ts`. The HTTP status determines the
 * failure, because compatible servers send the status in place of Discord's own error code. A 403 or 404 without
 * Discord's JSON error body comes from a server between Everclip and Discord, such as a proxy, so the request is
 * retried.
 */
export function discordFailure(error: unknown, route: string): Error {
  const known = applicationFailure(error);
  if (known) return known;
  if (error instanceof RateLimitError) {
    return rateLimited(Math.max(error.retryAfter, error.sublimitTimeout), { route, status: 429 });
  }
  if (error instanceof DiscordAPIError) return apiFailure(error, route);
  if (error instanceof HTTPError) {
    return serviceFailed('Discord returned a server error', { route, status: error.status });
  }
  const name = error instanceof Error ? error.name : 'Error';
  const isTimeout = name === 'AbortError' || name === 'TimeoutError';
  const reason = isTimeout ? 'the request timed out' : networkErrorCode(error);
  return serviceFailed(`Discord is unreachable: ${reason}`, { route });
}

function apiFailure(error: DiscordAPIError, route: string): Error {
  const context: HttpContext = { route, status: error.status };
  if (!hasDiscordBody(error)) {
    return serviceFailed(
      'a server between Everclip and Discord rejected the request: check proxies and firewalls',
      context,
    );
  }
  context.code = error.code;
  if (error.status === 401) return tokenRejected(context);
  if (error.status === 403) return accessLost(context);
  if (error.status === 404) {
    return isUnknownPath(error, route)
      ? serviceFailed(
          'the server at DISCORD_API_URL does not know this path: correct DISCORD_API_URL',
          context,
        )
      : messageGone(context);
  }
  return serviceFailed(`Discord rejected the request: ${error.message}`, context);
}

/**
 * True if a 404 does not prove that a channel or message is gone. Discord's error code says what is missing (10003: a
 * channel, 10008: a message); compatible servers may send the status as the code. Code 0 means that the server does not
 * know the path, for example while the server is being set up or moved. A response with code 0 must not end the
 * workflows of clips.
 */
function isUnknownPath({ code }: DiscordAPIError, route: string): boolean {
  return Number(code) === 0 && route.startsWith('GET /channels/');
}

function hasDiscordBody({ rawError }: DiscordAPIError): boolean {
  const body: unknown = rawError;
  return typeof body === 'object' && body !== null && 'message' in body && 'code' in body;
}

/**
 * Returns the system's error code, such as ECONNREFUSED. The error's message is not used, because it may contain
 * addresses.
 */
function networkErrorCode(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  const code: unknown =
    typeof cause === 'object' && cause !== null && 'code' in cause && cause.code;
  if (typeof code === 'string') return code;
  return cause instanceof Error ? cause.name : 'unknown error';
}
