/** After this many new links within the time, the clip counts as unreachable. */
export const MAX_TRIES = 3;
const TRIES_WITHIN_MS = 60_000;
/** How long each try waits, so that the three don't fail within the same second. */
const WAITS_MS = [0, 1000, 4000] as const;

/** Counts the new links that the page asked for after the video's link had failed. */
export class Tries {
  #atMs: number[] = [];

  /** The number of tries of the last minute. */
  count(nowMs: number): number {
    this.#atMs = this.#atMs.filter((atMs) => nowMs - atMs < TRIES_WITHIN_MS);
    return this.#atMs.length;
  }

  /** Takes a try. Returns the milliseconds to wait before it, or null if the tries are used up. */
  take(nowMs: number): number | null {
    const count = this.count(nowMs);
    if (count >= MAX_TRIES) return null;
    this.#atMs.push(nowMs);
    return WAITS_MS[count] ?? null;
  }

  /** Forgets the tries: the reader asked for another one, or looks at another clip. */
  reset(): void {
    this.#atMs = [];
  }
}

/** True if the link of a video that started earlier has expired. `leaseEndsMs` is an epoch time, or null if unknown. */
export function isLeaseOver(leaseEndsMs: number | null, nowMs: number): boolean {
  return leaseEndsMs !== null && nowMs >= leaseEndsMs;
}

/**
 * Returns the path that asks the library for a new link. Browsers stay at the address to which the last one led, so each
 * try needs another address (https://github.com/whatwg/fetch/issues/145).
 */
export function retryPath(path: string, number: number): string {
  return `${path}${path.includes('?') ? '&' : '?'}r=${number}`;
}
