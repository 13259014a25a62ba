/** A logged request. Headers and the queries of CDN links are left out, because they contain secrets. */
export interface LoggedRequest {
  /** When the request arrived, in milliseconds since 1970. */
  readonly at: number;
  /** When the answer ended, in milliseconds since 1970; 0 before there is an answer. */
  answeredAt: number;
  /** The route, such as `GET /channels/:id/messages` or `CDN GET /attachments`; `GET other` if unknown. */
  readonly route: string;
  /**
   * The request, such as `GET /channels/123/messages?limit=100`. CDN requests are logged without their query.
   */
  readonly request: string;
  /** The HTTP status of the answer; 0 before there is an answer. */
  status: number;
  /** The bytes of a file sent so far; 0 for REST. */
  bytes: number;
}

const MAX_LOG_ENTRIES = 10_000;

/** Counts requests, so that a test can assert how many requests a piece of work takes. */
export class Stats {
  readonly #counts = new Map<string, number>();
  #log: LoggedRequest[] = [];
  #cdnBytes = 0;

  /** Counts and logs an incoming request. */
  begin(route: string, request: string): LoggedRequest {
    const entry = { at: Date.now(), answeredAt: 0, route, request, status: 0, bytes: 0 };
    this.#counts.set(route, (this.#counts.get(route) ?? 0) + 1);
    this.#log.push(entry);
    if (this.#log.length > 2 * MAX_LOG_ENTRIES) this.#log = this.#log.slice(-MAX_LOG_ENTRIES);
    return entry;
  }

  /** Notes that the answer to a request has ended. `status` is 0 if the connection was closed without an answer. */
  end(entry: LoggedRequest, status: number): void {
    entry.answeredAt = Date.now();
    entry.status = status;
  }

  countBytes(entry: LoggedRequest, bytes: number): void {
    entry.bytes += bytes;
    this.#cdnBytes += bytes;
  }

  /** Returns the number of requests to one route, or to all routes that match a pattern. */
  requests(route: string | RegExp): number {
    let sum = 0;
    for (const [name, count] of this.#counts) if (matchesRoute(route, name)) sum += count;
    return sum;
  }

  /** The file bytes that the CDN has sent. */
  get cdnBytes(): number {
    return this.#cdnBytes;
  }

  /** The latest 10,000 requests, oldest first. */
  get log(): readonly Readonly<LoggedRequest>[] {
    return this.#log.slice(-MAX_LOG_ENTRIES);
  }

  reset(): void {
    this.#counts.clear();
    this.#log = [];
    this.#cdnBytes = 0;
  }
}

/**
 * True if the name of a route or request equals `pattern`. If `pattern` is a regular expression, the name must match
 * it.
 */
export function matchesRoute(pattern: string | RegExp, name: string): boolean {
  return typeof pattern === 'string' ? pattern === name : pattern.test(name);
}
