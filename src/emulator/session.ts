import { randomBytes } from 'node:crypto';

import { GatewayOpcodes } from 'discord-api-types/v10';
import type { WebSocket } from 'ws';

/** How many events a session keeps for a RESUME. */
const REPLAY_SIZE = 10_000;

/**
 * A client's session: it outlives its connection, so that a RESUME can replay what was missed
 * meanwhile.
 */
export class Session {
  readonly id = randomBytes(16).toString('hex');
  readonly intents: number;
  #socket: WebSocket | undefined;
  #sequence = 0;
  #events: { readonly sequence: number; readonly json: string }[] = [];
  #detachedAtMs = 0;

  constructor(intents: number) {
    this.intents = intents;
  }

  /** Sends an event, or keeps it until the client resumes. */
  dispatch(type: string, data: unknown): void {
    this.#sequence += 1;
    const payload = { op: GatewayOpcodes.Dispatch, t: type, s: this.#sequence, d: data };
    const json = JSON.stringify(payload);
    this.#events.push({ sequence: this.#sequence, json });
    if (this.#events.length > 2 * REPLAY_SIZE) this.#events = this.#events.slice(-REPLAY_SIZE);
    this.#socket?.send(json);
  }

  attach(socket: WebSocket): void {
    if (this.#socket !== socket) this.#socket?.terminate();
    this.#socket = socket;
  }

  detach(socket: WebSocket): void {
    if (this.#socket !== socket) return;
    this.#socket = undefined;
    this.#detachedAtMs = Date.now();
  }

  /** How long there has been no connection, in milliseconds. */
  get detachedMs(): number {
    return this.#socket === undefined ? Date.now() - this.#detachedAtMs : 0;
  }

  /** Whether everything after `sequence` is still there to be replayed. */
  canReplay(sequence: number): boolean {
    const oldest = this.#events[0]?.sequence ?? 1;
    return sequence <= this.#sequence && sequence >= oldest - 1;
  }

  replay(sequence: number): void {
    for (const event of this.#events) {
      if (event.sequence > sequence) this.#socket?.send(event.json);
    }
  }
}
