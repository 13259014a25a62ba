import { setTimeout as delay } from 'node:timers/promises';
import { serviceFailed } from '../../errors.ts';

/** What the library throws: `code` is a status or, where no answer came, a name such as `ECONNRESET`. */
export interface GcsError extends Error {
  code?: number | string;
}

export interface Limits {
  /** Of one call with all its attempts, in milliseconds. */
  totalMs: number;
  /** Of one request, in milliseconds. */
  requestMs: number;
}

export const DEFAULT_LIMITS: Limits = { totalMs: 20_000, requestMs: 8_000 };

/**
 * Calls `run` until it succeeds, fails for good, or the time is up. The library's own retries stay off:
 * they know no limit for one call, and they hide that an earlier attempt may have gone through, which a
 * conditional write has to know. `run` is told the number of its attempt, from 1.
 */
export async function withAttempts<T>(
  limits: Limits,
  run: (attempt: number) => Promise<T>,
): Promise<T> {
  const endAt = Date.now() + limits.totalMs;
  let late = false;
  for (let attempt = 1; ; attempt++) {
    const startedAt = Date.now();
    try {
      return await before(endAt, run(attempt));
    } catch (error) {
      // A request that was given up ends as `socket hang up` or in other words, and may take the next one's
      // connection with it; timers may be a little early.
      late ||= Date.now() - startedAt > 0.9 * limits.requestMs;
      const pauseMs = Math.min(2000, 100 * 2 ** attempt) * (0.5 + Math.random());
      if (!mayPass(error as GcsError) || Date.now() + pauseMs >= endAt)
        throw late && isWithoutAnswer(error as GcsError) ? tooLate() : error;
      await delay(pauseMs);
    }
  }
}

const isWithoutAnswer = (error: GcsError): boolean =>
  !Number.isInteger(Number(error.code)) && !isCredentialFault(error);

/** True for errors that may be gone at the next try: no answer, 408, 429 and 5xx. */
export function mayPass(error: GcsError): boolean {
  const status = Number(error.code);
  if (Number.isInteger(status)) return status === 408 || status === 429 || status >= 500;
  return !isCredentialFault(error);
}

/** True where Google's login library has nothing, or nothing right, to log in with. */
export const isCredentialFault = (error: Error): boolean =>
  /credential|invalid_grant|not exist, or it is not a file|private key|key file|DECODER|in JSON/i.test(
    error.message,
  );

const tooLate = () => serviceFailed('the bucket did not answer in time');

async function before<T>(endAt: number, task: Promise<T>): Promise<T> {
  const timer = new AbortController();
  const late = delay(Math.max(0, endAt - Date.now()), undefined, { signal: timer.signal }).then(
    () => {
      throw tooLate();
    },
  );
  try {
    return await Promise.race([task, late]);
  } finally {
    timer.abort();
    late.catch(() => undefined);
    task.catch(() => undefined);
  }
}
