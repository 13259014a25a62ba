import { randomBytes } from 'node:crypto';
import { GatewayOpcodes } from 'discord-api-types/v10';
import type { WebSocket } from 'ws';

/** How many events a session keeps for a RESUME. */
const MAX_REPLAY_EVENTS = 10_000;
const ID_BYTES = 16;

/** A client's session. The session outlives the connection, so that a RESUME can replay missed events. */
export class Session {
  readonly id = randomBytes(ID_BYTES).toString('hex');
  readonly intents: number;
  #socket: WebSocket | null = null;
  #sequence = 0;
  #events: { readonly sequence: number; readonly json: string }[] = [];
  #detachedAtMs = 0;

  constructor(intents: number) {
    this.intents = intents;
  }

  /** Sends an event if the client is connected, and keeps the event for a RESUME. */
  dispatch(type: string, data: unknown): void {
    this.#sequence += 1;
    const payload = { op: GatewayOpcodes.Dispatch, t: type, s: this.#sequence, d: data };
    const json = JSON.stringify(payload);
    this.#events.push({ sequence: this.#sequence, json });
    if (this.#events.length > 2 * MAX_REPLAY_EVENTS) {
      this.#events = this.#events.slice(-MAX_REPLAY_EVENTS);
    }
    this.#socket?.send(json);
  }

  attach(socket: WebSocket): void {
    if (this.#socket !== socket) this.#socket?.terminate();
    this.#socket = socket;
  }

  detach(socket: WebSocket): void {
    if (this.#socket !== socket) return;
    this.#socket = null;
    this.#detachedAtMs = Date.now();
  }

  /** How long the session has been disconnected; 0 while it is connected. */
  get detachedMs(): number {
    return this.#socket === null ? Date.now() - this.#detachedAtMs : 0;
  }

  /** True if the session still has every event after `sequence`. */
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
