import { setTimeout as pause } from 'node:timers/promises';
import { requestDelayed } from '../../rate-limit-errors.ts';

/**
 * After a time without requests, the next requests may be sent without waiting. They can use at most this much of the
 * unused time, in milliseconds. With the default of 40 requests per second, no second has more than 50 requests, which is
 * Discord's limit for a bot.
 * Source: https://discord.com/developers/docs/topics/rate-limits#global-rate-limit
 */
const BURST_MS = 250;

/** The process's own limit of requests per second. Calls pass in the order in which they came. */
export interface Pace {
  /**
   * Resolves when the request may be sent.
   * @throws RateLimited at once if the wait would be longer than `maxWaitMs`
   */
  wait(route: string, maxWaitMs: number): Promise<void>;
}

/** `now` returns the milliseconds of a monotonic clock. Tests replace `now` and `sleep`. */
export function createPace(
  requestsPerSecond: number,
  now: () => number = () => performance.now(),
  sleep: (ms: number) => Promise<unknown> = pause,
): Pace {
  const intervalMs = 1000 / requestsPerSecond;
  let nextMs = -Infinity;
  let last: Promise<void> = Promise.resolve();

  /** Timers that end in the same millisecond may fire in another order. */
  async function passAfter(before: Promise<void>, waitMs: number): Promise<void> {
    if (waitMs > 0) await sleep(waitMs);
    await before;
  }

  return {
    async wait(route, maxWaitMs) {
      const sendMs = Math.max(nextMs, now() - BURST_MS);
      const waitMs = sendMs - now();
      if (waitMs > maxWaitMs) {
        const why = 'Everclip has reached the limit DISCORD_REQUESTS_PER_SECOND';
        throw requestDelayed(why, Math.ceil(waitMs), { route });
      }
      nextMs = sendMs + intervalMs;
      last = passAfter(last, waitMs);
      await last;
    },
  };
}
