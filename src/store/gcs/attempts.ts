import { setTimeout as pause } from 'node:timers/promises';
import { readAnswer, type GcsError } from './answer.ts';
import { isCredentialFault } from './credentials.ts';
import { isRateLimit } from './reasons.ts';

/** How long a call to the bucket may take. */
export interface TimeLimits {
  /** The time limit for one call with all its attempts, in milliseconds. */
  totalMs: number;
  /** The time limit for one request, in milliseconds. */
  requestMs: number;
}

export const DEFAULT_LIMITS: TimeLimits = { totalMs: 20_000, requestMs: 8_000 };

const FIRST_PAUSE_MS = 200;
const MAX_PAUSE_MS = 2000;

/**
 * If an attempt used at least this share of its time limit, the attempt counts as timed out, because timers may fire
 * early.
 */
const TIMED_OUT_SHARE = 0.9;

/**
 * Calls `run` until it succeeds, fails with an error that is not retryable, or runs out of time.
 *
 * The library's own retries stay off for two reasons. The library sets no time limit for the whole call. The library
 * also hides earlier attempts, but a conditional write must know that an earlier attempt may have succeeded.
 *
 * `run` gets the number of the attempt, counted from 1.
 * @throws Error with the message "timeout" if the time is up, else the last error of `run`
 */
export async function withAttempts<T>(
  limits: TimeLimits,
  run: (attempt: number) => Promise<T>,
): Promise<T> {
  const deadlineMs = Date.now() + limits.totalMs;
  // This flag stays true, because a request that timed out can also break the connection of the next attempt.
  let hasTimedOut = false;
  for (let attempt = 1; ; attempt++) {
    const startMs = Date.now();
    try {
      return await beforeDeadline(deadlineMs, run(attempt));
    } catch (error) {
      // The library reports its own timeout with various errors, such as `socket hang up`. Only the clock shows
      // reliably that a request timed out.
      hasTimedOut ||= Date.now() - startMs > TIMED_OUT_SHARE * limits.requestMs;
      const backoffMs = Math.min(MAX_PAUSE_MS, FIRST_PAUSE_MS * 2 ** (attempt - 1));
      const pauseMs = backoffMs * (0.5 + Math.random());
      if (!isRetryable(error as GcsError) || Date.now() + pauseMs >= deadlineMs) {
        throw hasTimedOut && isWithoutResponse(error as GcsError) ? new Error('timeout') : error;
      }
      await pause(pauseMs);
    }
  }
}

/** True if no response arrived. */
function isWithoutResponse(error: GcsError): boolean {
  return readAnswer(error).status === null && !isCredentialFault(error);
}

/** True if the next attempt may succeed, which is the case after no response, a rate limit, 408, 429 or 5xx. */
function isRetryable(error: GcsError): boolean {
  if (isCredentialFault(error)) return false;
  const answer = readAnswer(error);
  const { status } = answer;
  return status === null || status === 408 || status >= 500 || isRateLimit(answer);
}

/** @throws Error with the message "timeout" if `task` is not done at `deadlineMs` */
async function beforeDeadline<T>(deadlineMs: number, task: Promise<T>): Promise<T> {
  const timer = new AbortController();
  const delayMs = Math.max(0, deadlineMs - Date.now());
  const timeout = pause(delayMs, undefined, { signal: timer.signal }).then(() => {
    throw new Error('timeout');
  });
  try {
    return await Promise.race([task, timeout]);
  } finally {
    timer.abort();
    timeout.catch(() => undefined);
    task.catch(() => undefined);
  }
}
