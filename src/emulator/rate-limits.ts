import { createHash } from 'node:crypto';

export interface Limit {
  readonly requests: number;
  readonly perSeconds: number;
}

/** What the limits say to one request: the headers of the answer, and whether it must be a 429. */
export interface Verdict {
  readonly headers: Record<string, string>;
  readonly refused?: { readonly retryAfterSeconds: number; readonly global: boolean };
}

interface Window {
  used: number;
  readonly resetAtMs: number;
}

const GENEROUS: Limit = { requests: 100, perSeconds: 1 };
const GLOBAL_WINDOW_SECONDS = 1;

/**
 * Discord's rate limits: a bucket for each route and major parameter (guild or channel), told by
 * headers, and one for all of a bot's requests together (off at first; Discord's is 50 a second).
 */
export class RateLimits {
  readonly #limits: { readonly route: string | RegExp; readonly limit: Limit }[] = [];
  readonly #windows = new Map<string, Window>();
  #globalPerSecond: number | undefined;

  /**
   * Limits the routes that match, such as `GET /channels/:id/messages`; what was set last counts.
   */
  set(route: string | RegExp, limit: Limit): void {
    this.#limits.unshift({ route, limit });
    this.#windows.clear();
  }

  /** @param perSecond how many requests a second the bot may make in all; undefined: any number */
  setGlobal(perSecond: number | undefined): void {
    this.#globalPerSecond = perSecond;
  }

  /** Counts one request. `majorId` is the channel's or guild's id in its path. */
  take(route: string, majorId: string): Verdict {
    const global = this.#takeGlobal();
    if (global !== undefined) return global;
    const limit = this.#limits.find((each) => matches(each.route, route))?.limit ?? GENEROUS;
    const window = this.#window(`${route} ${majorId}`, limit.perSeconds);
    window.used += 1;
    const resetAfter = Math.max(0, window.resetAtMs - Date.now()) / 1000;
    const headers = {
      'X-RateLimit-Limit': String(limit.requests),
      'X-RateLimit-Remaining': String(Math.max(0, limit.requests - window.used)),
      'X-RateLimit-Reset': (window.resetAtMs / 1000).toFixed(3),
      'X-RateLimit-Reset-After': resetAfter.toFixed(3),
      'X-RateLimit-Bucket': createHash('md5').update(route).digest('hex'),
    };
    if (window.used <= limit.requests) return { headers };
    return refuse(resetAfter, false, { ...headers, 'X-RateLimit-Scope': 'user' });
  }

  #takeGlobal(): Verdict | undefined {
    if (this.#globalPerSecond === undefined) return undefined;
    const window = this.#window('global', GLOBAL_WINDOW_SECONDS);
    window.used += 1;
    if (window.used <= this.#globalPerSecond) return undefined;
    const headers = { 'X-RateLimit-Global': 'true', 'X-RateLimit-Scope': 'global' };
    return refuse(Math.max(0, window.resetAtMs - Date.now()) / 1000, true, headers);
  }

  #window(key: string, seconds: number): Window {
    const open = this.#windows.get(key);
    if (open !== undefined && Date.now() < open.resetAtMs) return open;
    const window = { used: 0, resetAtMs: Date.now() + seconds * 1000 };
    this.#windows.set(key, window);
    return window;
  }
}

/**
 * The body of a 429 is exact, its Retry-After header in whole seconds (Discord's documentation
 * shows both).
 */
function refuse(afterSeconds: number, global: boolean, headers: Record<string, string>): Verdict {
  return {
    headers: { ...headers, 'Retry-After': String(Math.ceil(afterSeconds)) },
    refused: { retryAfterSeconds: Number(afterSeconds.toFixed(3)), global },
  };
}

/** Whether a route or path is the one named, or matches the pattern. */
export function matches(pattern: string | RegExp, text: string): boolean {
  return typeof pattern === 'string' ? pattern === text : pattern.test(text);
}
