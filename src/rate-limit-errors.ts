import type { ApplicationFailure } from '@temporalio/common';
import { applicationFailure, failure, type HttpContext } from './errors.ts';

// Failures after which the same request may be sent again, but only later.

/** The shortest retry delay, in milliseconds. If Discord names a shorter wait, this delay is used instead. */
const MIN_RETRY_MS = 50;

/** The longest retry delay, in milliseconds. A timer of more than 2^31 ms would fire at once. */
const MAX_RETRY_MS = 60 * 60 * 1000;

/**
 * The request must be sent again later. The server limits or refuses requests, or the wait in this process would be too
 * long. The failure's message begins with `why`.
 */
export function requestDelayed(
  why: string,
  waitMs: number,
  context: HttpContext,
): ApplicationFailure {
  const afterMs = Math.min(Math.max(waitMs, MIN_RETRY_MS), MAX_RETRY_MS);
  const message = `${why}; retrying in ${Math.ceil(afterMs / 1000)} s`;
  return failure('RateLimited', message, { retry: { afterMs }, context });
}

/**
 * Too many requests: the server answered 429, or discord.js's limiter stopped the request before it was sent. If
 * `retryAfterMs` is 0, the wait is unknown, and the retry policy's back-off applies.
 */
export const rateLimited = (retryAfterMs: number, context: HttpContext): ApplicationFailure =>
  retryAfterMs > 0
    ? requestDelayed('rate limited', retryAfterMs, context)
    : failure('RateLimited', 'rate limited; retrying with back-off', { retry: true, context });

/**
 * How long no requests are sent after Cloudflare refused the IP address, in milliseconds. The first value applies if
 * the answer names no wait or a wait of 0. The second value is the minimum.
 */
const ADDRESS_REFUSED_MS = 60 * 1000;
const MIN_ADDRESS_REFUSED_MS = 1000;

/**
 * Cloudflare refuses every request from this IP address. Cloudflare itself answers 429 or 403, for example with error
 * 1015 or 1020. `retryAfterMs` is null if the answer names no wait.
 */
export function addressRefused(
  retryAfterMs: number | null,
  context: HttpContext,
): ApplicationFailure {
  const waitMs = retryAfterMs === null || retryAfterMs === 0 ? ADDRESS_REFUSED_MS : retryAfterMs;
  const atLeastMs = Math.max(waitMs, MIN_ADDRESS_REFUSED_MS);
  return requestDelayed('Cloudflare refuses this IP address', atLeastMs, context);
}

/** Returns how long a failure asks to wait before a retry, in milliseconds; null if it names no time. */
export function namedWaitMs(error: unknown): number | null {
  const delay: unknown = applicationFailure(error)?.nextRetryDelay;
  return typeof delay === 'number' ? Math.min(delay, MAX_RETRY_MS) : null;
}
