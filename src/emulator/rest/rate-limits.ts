import { createHash } from 'node:crypto';
import { matchesRoute } from '../stats.ts';

export interface Limit {
  readonly requests: number;
  readonly perSeconds: number;
}

/** The result of checking one request against the rate limits. */
export interface Verdict {
  /** The headers for the answer, both for a 429 and for any other status. */
  readonly headers: Record<string, string>;
  /** Null if the request is within the limits. */
  readonly refusal: { readonly retryAfterSeconds: number; readonly global: boolean } | null;
}

interface Window {
  used: number;
  readonly resetAtMs: number;
}

const DEFAULT_LIMIT: Limit = { requests: 100, perSeconds: 1 };
const GLOBAL_WINDOW_SECONDS = 1;

/**
 * Discord's rate limits. Each route has one bucket for each channel or guild. Headers of the answer describe the
 * bucket. A global limit applies to all requests of the bot. It is off by default. Discord's global limit is 50
 * requests a second.
 * https://docs.discord.com/developers/topics/rate-limits
 */
export class RateLimits {
  readonly #limits: { readonly route: string | RegExp; readonly limit: Limit }[] = [];
  readonly #windows = new Map<string, Window>();
  #globalPerSecond: number | null = null;

  /**
   * Limits a route such as `GET /channels/:id/messages`. If more than one limit matches, the limit that was
   * set last applies.
   */
  set(route: string | RegExp, limit: Limit): void {
    this.#limits.unshift({ route, limit });
    this.#windows.clear();
  }

  /**
   * @param perSecond how many requests the bot may make per second on all routes together; null for no limit
   */
  setGlobal(perSecond: number | null): void {
    this.#globalPerSecond = perSecond;
  }

  /** Counts one request. `majorId` is the id of the channel or guild in the request's path. */
  countRequest(route: string, majorId: string): Verdict {
    const globalRefusal = this.#countGlobally();
    if (globalRefusal !== null) return globalRefusal;
    const matching = this.#limits.find((each) => matchesRoute(each.route, route));
    const limit = matching?.limit ?? DEFAULT_LIMIT;
    const window = this.#openWindow(`${route} ${majorId}`, limit.perSeconds);
    window.used += 1;
    const resetAfterSeconds = secondsUntil(window.resetAtMs);
    const headers = {
      'X-RateLimit-Limit': String(limit.requests),
      'X-RateLimit-Remaining': String(Math.max(0, limit.requests - window.used)),
      'X-RateLimit-Reset': (window.resetAtMs / 1000).toFixed(3),
      'X-RateLimit-Reset-After': resetAfterSeconds.toFixed(3),
      'X-RateLimit-Bucket': createHash('md5').update(route).digest('hex'),
    };
    if (window.used <= limit.requests) return { headers, refusal: null };
    return refuse(resetAfterSeconds, false, { ...headers, 'X-RateLimit-Scope': 'user' });
  }

  /** Returns null if the request is within the global limit. */
  #countGlobally(): Verdict | null {
    if (this.#globalPerSecond === null) return null;
    const window = this.#openWindow('global', GLOBAL_WINDOW_SECONDS);
    window.used += 1;
    if (window.used <= this.#globalPerSecond) return null;
    const headers = { 'X-RateLimit-Global': 'true', 'X-RateLimit-Scope': 'global' };
    return refuse(secondsUntil(window.resetAtMs), true, headers);
  }

  /** Returns the current window of a bucket, or starts a new window if the last window has ended. */
  #openWindow(bucket: string, seconds: number): Window {
    const current = this.#windows.get(bucket);
    if (current !== undefined && Date.now() < current.resetAtMs) return current;
    const window = { used: 0, resetAtMs: Date.now() + seconds * 1000 };
    this.#windows.set(bucket, window);
    return window;
  }
}

function secondsUntil(timeMs: number): number {
  return Math.max(0, timeMs - Date.now()) / 1000;
}

/**
 * Refuses a request with a 429. The wait is exact in the body and rounded up to whole seconds in
 * the Retry-After header, as in Discord's example:
 * https://docs.discord.com/developers/topics/rate-limits#exceeding-a-rate-limit
 */
function refuse(afterSeconds: number, global: boolean, headers: Record<string, string>): Verdict {
  return {
    headers: { ...headers, 'Retry-After': String(Math.ceil(afterSeconds)) },
    refusal: { retryAfterSeconds: Number(afterSeconds.toFixed(3)), global },
  };
}
