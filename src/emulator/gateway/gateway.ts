import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { GatewayCloseCodes, GatewayOpcodes } from 'discord-api-types/v10';
import { WebSocketServer, type WebSocket } from 'ws';
import type { EmulatorContext } from '../context.ts';
import type { Stats } from '../stats.ts';
import type { WorldEvent } from '../world/model.ts';
import { parsePayload, sendPayload, type ClientPayload } from './payload.ts';
import type { Session } from './session.ts';
import { Sessions } from './sessions.ts';

/** A client ends its session by closing the connection with one of these codes. */
const SESSION_ENDING_CLOSE_CODES = [1000, 1001];

export interface GatewayOptions {
  readonly context: EmulatorContext;
  readonly token: string;
  readonly stats: Stats;
  readonly heartbeatIntervalMs: number;
}

export interface GatewayDrop {
  /** True if the sessions survive, so that a RESUME can replay the missed events. */
  readonly resumable: boolean;
  /**
   * `close` (the default) cuts the connections. `reconnect` sends opcode 7, which asks clients to reconnect.
   */
  readonly via?: 'close' | 'reconnect';
}

/**
 * Discord's gateway, version 10, in JSON. Payloads are never compressed: `compress` in the URL permits compression but
 * does not require it.
 * https://docs.discord.com/developers/events/gateway
 */
export class Gateway {
  readonly #server = new WebSocketServer({ noServer: true });
  readonly #sessions: Sessions;
  readonly #stats: Stats;
  readonly #heartbeatIntervalMs: number;
  #refusedUntilMs = 0;

  constructor({ context, token, stats, heartbeatIntervalMs }: GatewayOptions) {
    this.#sessions = new Sessions(context, token);
    this.#stats = stats;
    this.#heartbeatIntervalMs = heartbeatIntervalMs;
  }

  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    if (Date.now() < this.#refusedUntilMs) {
      socket.end('HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\n\r\n');
      return;
    }
    this.#server.handleUpgrade(request, socket, head, (client) => this.#accept(client));
  }

  publish(event: WorldEvent): void {
    this.#sessions.publish(event);
  }

  sendAsIs(type: string, data: unknown): void {
    this.#sessions.sendAsIs(type, data);
  }

  drop({ resumable, via = 'close' }: GatewayDrop): void {
    if (!resumable) this.#sessions.clear();
    for (const client of this.#server.clients) {
      if (via === 'reconnect') sendPayload(client, GatewayOpcodes.Reconnect, null);
      else client.terminate();
    }
  }

  /** Answers new connections with 503 for this many milliseconds. Open connections stay open. */
  refuse(durationMs: number): void {
    this.#refusedUntilMs = Date.now() + durationMs;
  }

  close(): void {
    this.drop({ resumable: false });
    this.#server.close();
  }

  #accept(client: WebSocket): void {
    let session: Session | null = null;
    client.on('error', () => client.terminate());
    client.on('message', (data) => {
      // `ws` passes a Buffer, because `binaryType` has its default value.
      const payload = parsePayload((data as Buffer).toString());
      if (payload === null) client.close(GatewayCloseCodes.DecodeError);
      else session = this.#handlePayload(client, payload, session);
    });
    client.on('close', (code) => {
      if (session === null) return;
      session.detach(client);
      // https://docs.discord.com/developers/events/gateway#initiating-a-disconnect
      if (SESSION_ENDING_CLOSE_CODES.includes(code)) this.#sessions.forget(session);
    });
    const hello = { heartbeat_interval: this.#heartbeatIntervalMs };
    sendPayload(client, GatewayOpcodes.Hello, hello);
  }

  /** @returns the connection's session after this payload */
  #handlePayload(
    client: WebSocket,
    payload: ClientPayload,
    session: Session | null,
  ): Session | null {
    switch (payload.op) {
      case GatewayOpcodes.Heartbeat:
        sendPayload(client, GatewayOpcodes.HeartbeatAck, null);
        return session;
      case GatewayOpcodes.Identify:
        this.#stats.begin('GATEWAY IDENTIFY', 'GATEWAY IDENTIFY');
        if (session === null) return this.#sessions.identify(client, payload.d);
        client.close(GatewayCloseCodes.AlreadyAuthenticated);
        return session;
      case GatewayOpcodes.Resume:
        this.#stats.begin('GATEWAY RESUME', 'GATEWAY RESUME');
        return this.#sessions.resume(client, payload.d);
      default:
        // The emulator ignores presence, voice and member requests of an identified client.
        if (session === null) client.close(GatewayCloseCodes.NotAuthenticated);
        return session;
    }
  }
}
