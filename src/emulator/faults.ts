import type { IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import { matchesRoute } from './stats.ts';

/**
 * A failure that the emulator injects into matching requests. The fault ends after `times` requests, or when a test
 * removes it.
 */
export interface Fault {
  /**
   * Which requests fail: `'cdn'`, `'rest'`, a route such as `GET /channels/:id/messages`, a request
   * such as `GET /channels/123/messages`, or a pattern that matches any of these.
   */
  readonly route: string | RegExp;
  /** The maximum number of requests that get the fault. There is no limit by default. */
  readonly times?: number;
  /** The HTTP status to answer with. */
  readonly status?: number;
  /**
   * The body for `status`. An object is sent as JSON, and a string is sent as HTML. By default the body is an HTML
   * page, like the error page of a proxy between the client and Discord.
   */
  readonly body?: object | string;
  readonly headers?: Readonly<Record<string, string>>;
  /** How long to wait before the other effects of the fault, or before the normal answer. */
  readonly stallMs?: number;
  /** Close the connection without an answer. */
  readonly dropConnection?: boolean;
  /** Close the connection after this many bytes of the file. This works only for the CDN. */
  readonly dropAfterBytes?: number;
}

/** A request's names. A fault's `route` can match any of these names. */
export interface FaultTarget {
  readonly part: 'rest' | 'cdn';
  readonly route: string;
  readonly request: string;
}

/** The active faults. */
export class Faults {
  readonly #active = new Map<Fault, { left: number }>();

  /** @returns a function that removes the fault */
  add(fault: Fault): () => void {
    this.#active.set(fault, { left: fault.times ?? Infinity });
    return () => void this.#active.delete(fault);
  }

  clear(): void {
    this.#active.clear();
  }

  /**
   * Returns the fault for a request, or null if no fault matches. Each time a fault is returned, one of its `times` is
   * used up.
   */
  takeFor(target: FaultTarget): Fault | null {
    const names = [target.part, target.route, target.request];
    for (const [fault, count] of this.#active) {
      if (!names.some((name) => matchesRoute(fault.route, name))) continue;
      count.left -= 1;
      if (count.left <= 0) this.#active.delete(fault);
      return fault;
    }
    return null;
  }
}

/**
 * Applies a fault to a request.
 * @returns true if the request is finished; false if the emulator must still answer
 */
export async function applyFault(
  fault: Fault,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<boolean> {
  // A stalled answer must not keep a process alive after `stop`, so the timer is not referenced.
  if (fault.stallMs !== undefined) await pause(fault.stallMs, undefined, { ref: false });
  if (fault.dropConnection) {
    request.socket.destroy();
    return true;
  }
  if (fault.status === undefined) return false;
  const body = fault.body ?? `<html><body><h1>${fault.status}</h1><hr>a proxy</body></html>\n`;
  const isJson = typeof body !== 'string';
  response.writeHead(fault.status, {
    'Content-Type': isJson ? 'application/json' : 'text/html',
    ...fault.headers,
  });
  response.end(isJson ? JSON.stringify(body) : body);
  return true;
}
