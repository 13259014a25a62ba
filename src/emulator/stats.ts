import { matches } from './rate-limits.ts';

/** One request. It holds no header and no query of a link: those are secrets. */
export interface LoggedRequest {
  /** Milliseconds since 1970, when it came. */
  readonly at: number;
  /**
   * Such as `GET /channels/:id/messages`, `CDN GET /attachments`, or `GET other` where no route is.
   */
  readonly route: string;
  /** Such as `GET /channels/123/messages?limit=100`; the CDN's without the query. */
  readonly request: string;
  /** The answer's; 0 as long as there is none. */
  status: number;
  /** How many bytes of a file were sent so far; 0 for REST. */
  bytes: number;
}

const LOG_SIZE = 10_000;

/** Counts requests, so that tests can tell how many a piece of work took. */
export class Stats {
  readonly #counts = new Map<string, number>();
  #log: LoggedRequest[] = [];
  #cdnBytes = 0;

  /** Counts a request that has come in. */
  begin(route: string, request: string): LoggedRequest {
    const entry = { at: Date.now(), route, request, status: 0, bytes: 0 };
    this.#counts.set(route, (this.#counts.get(route) ?? 0) + 1);
    this.#log.push(entry);
    if (this.#log.length > 2 * LOG_SIZE) this.#log = this.#log.slice(-LOG_SIZE);
    return entry;
  }

  countBytes(entry: LoggedRequest, bytes: number): void {
    entry.bytes += bytes;
    this.#cdnBytes += bytes;
  }

  /** How many requests came to a route (its exact name) or to all routes that match. */
  requests(route: string | RegExp): number {
    let sum = 0;
    for (const [name, count] of this.#counts) if (matches(route, name)) sum += count;
    return sum;
  }

  /** The bytes of files that the CDN has sent. */
  get cdnBytes(): number {
    return this.#cdnBytes;
  }

  /** The latest 10,000 requests, oldest first. */
  get log(): readonly Readonly<LoggedRequest>[] {
    return this.#log.slice(-LOG_SIZE);
  }

  reset(): void {
    this.#counts.clear();
    this.#log = [];
    this.#cdnBytes = 0;
  }
}
