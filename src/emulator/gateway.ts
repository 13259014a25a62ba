import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';

import { GatewayCloseCodes, GatewayOpcodes } from 'discord-api-types/v10';
import { WebSocketServer, type WebSocket } from 'ws';

import { parsePayload, sendPayload, type ClientPayload } from './gateway-payload.ts';
import type { RestContext } from './routes.ts';
import type { Session } from './session.ts';
import { Sessions } from './sessions.ts';
import type { Stats } from './stats.ts';
import type { WorldEvent } from './world-event.ts';

export interface GatewayOptions {
  readonly context: RestContext;
  readonly token: string;
  readonly stats: Stats;
  readonly heartbeatIntervalMs: number;
}

export interface GatewayDrop {
  /** Whether sessions survive, so that RESUME replays what was missed. */
  readonly resumable: boolean;
  /**
   * `close` (the default) cuts the connections; `reconnect` asks for it with op 7, as Discord does
   * for a release.
   */
  readonly via?: 'close' | 'reconnect';
}

/**
 * Discord's gateway, version 10, in JSON. It never compresses: `compress` in the query is a wish,
 * not a demand.
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
    this.#server.handleUpgrade(request, socket, head, (client) => this.#welcome(client));
  }

  publish(event: WorldEvent): void {
    this.#sessions.publish(event);
  }

  drop({ resumable, via = 'close' }: GatewayDrop): void {
    if (!resumable) this.#sessions.clear();
    for (const client of this.#server.clients) {
      if (via === 'reconnect') sendPayload(client, GatewayOpcodes.Reconnect, null);
      else client.terminate();
    }
  }

  /** Answers new connections with 503 for so many milliseconds; open ones stay. */
  refuse(durationMs: number): void {
    this.#refusedUntilMs = Date.now() + durationMs;
  }

  close(): void {
    this.drop({ resumable: false });
    this.#server.close();
  }

  #welcome(client: WebSocket): void {
    let session: Session | undefined;
    client.on('error', () => client.terminate());
    client.on('message', (data) => {
      // `ws` hands over a Buffer unless told otherwise.
      const payload = parsePayload((data as Buffer).toString());
      if (payload === undefined) client.close(GatewayCloseCodes.DecodeError);
      else session = this.#receive(client, payload, session);
    });
    client.on('close', (code) => {
      if (session === undefined) return;
      session.detach(client);
      // Closing with 1000 or 1001 ends the session for good (Discord's documentation, "Initiating a
      // Disconnect").
      if (code === 1000 || code === 1001) this.#sessions.forget(session);
    });
    const hello = { heartbeat_interval: this.#heartbeatIntervalMs };
    sendPayload(client, GatewayOpcodes.Hello, hello);
  }

  /** @returns the session that the connection has from now on */
  #receive(client: WebSocket, payload: ClientPayload, session: Session | undefined) {
    switch (payload.op) {
      case GatewayOpcodes.Heartbeat:
        sendPayload(client, GatewayOpcodes.HeartbeatAck, null);
        return session;
      case GatewayOpcodes.Identify:
        this.#stats.begin('GATEWAY IDENTIFY', 'GATEWAY IDENTIFY');
        if (session === undefined) return this.#sessions.identify(client, payload.d);
        client.close(GatewayCloseCodes.AlreadyAuthenticated);
        return session;
      case GatewayOpcodes.Resume:
        this.#stats.begin('GATEWAY RESUME', 'GATEWAY RESUME');
        return this.#sessions.resume(client, payload.d);
      default:
        // Presence, voice, members: heard, and of no consequence here.
        if (session === undefined) client.close(GatewayCloseCodes.NotAuthenticated);
        return session;
    }
  }
}
