import type { IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';

import { matches } from './rate-limits.ts';

/** Something that goes wrong with requests, until it is removed or has happened `times` times. */
export interface Fault {
  /**
   * Which requests: `'cdn'`, `'rest'`, a route such as `GET /channels/:id/messages`, a request such
   * as `GET /channels/123/messages`, or a pattern that either of the two matches.
   */
  readonly route: string | RegExp;
  readonly times?: number;
  /** Answer with this instead of the truth. */
  readonly status?: number;
  /**
   * An object is sent as JSON, a string as HTML; absent: a page such as a proxy's, with no JSON in
   * it.
   */
  readonly body?: object | string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Wait so many milliseconds before whatever comes next. */
  readonly stallMs?: number;
  /** Close the connection without an answer. */
  readonly dropConnection?: boolean;
  /** CDN only: close the connection after so many bytes of the file. */
  readonly dropAfterBytes?: number;
}

/** How a request names itself to faults: what it is part of, its route, itself. */
export interface FaultTarget {
  readonly part: 'rest' | 'cdn';
  readonly route: string;
  readonly request: string;
}

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

  /** The fault, if any, that this request meets; it counts as one of its `times`. */
  take(target: FaultTarget): Fault | undefined {
    for (const [fault, count] of this.#active) {
      const { route } = fault;
      const names = [target.part, target.route, target.request];
      const meant = names.some((name) => matches(route, name));
      if (!meant) continue;
      count.left -= 1;
      if (count.left <= 0) this.#active.delete(fault);
      return fault;
    }
    return undefined;
  }
}

/** Does to a request what the fault says. @returns whether that settled it */
export async function commit(
  fault: Fault,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<boolean> {
  // Unreferenced: a stalled answer must not keep a process alive that has stopped the emulator.
  if (fault.stallMs !== undefined) await sleep(fault.stallMs, undefined, { ref: false });
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
