import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { serveCdn } from './cdn.ts';
import { Faults } from './faults.ts';
import { Gateway } from './gateway.ts';
import { makeHandle, type Emulator } from './handle.ts';
import { Links } from './links.ts';
import { makeQuirks, type Quirks } from './quirks.ts';
import { RateLimits } from './rate-limits.ts';
import { serveRest } from './rest.ts';
import type { RestContext } from './routes.ts';
import { Stats } from './stats.ts';
import { World } from './world.ts';

export type { Emulator } from './handle.ts';

export interface EmulatorOptions {
  /** 0 or absent: the port that `dataDir` was served on last, or else any free one. */
  readonly port?: number;
  readonly host?: string;
  /** Where others reach it, for links and the gateway's address; absent: at host and port. */
  readonly publicOrigin?: string;
  /** The only token that is accepted. */
  readonly token?: string;
  /** How long an attachment's link lives, in seconds. */
  readonly leaseSeconds?: number;
  /** Answers within the same so many seconds carry the same links. */
  readonly signBucketSeconds?: number;
  /** Where the world is kept; absent: in a temporary folder that `stop` deletes. */
  readonly dataDir?: string;
  readonly heartbeatIntervalMs?: number;
  readonly quirks?: Partial<Quirks>;
}

/**
 * Starts a Discord on this machine: REST under `/api`, the gateway at `/gateway`, the CDN under
 * `/attachments` and `/avatars`, all on one port.
 * @throws the EADDRINUSE error where the port is taken
 */
export async function startEmulator(options: EmulatorOptions = {}): Promise<Emulator> {
  const { token = 'demo-token', host = '127.0.0.1', dataDir } = options;
  const folder = dataDir ?? mkdtempSync(join(tmpdir(), 'everclip-discord-'));
  const world = new World(folder);
  const server = createServer();
  const closeWorld = () => {
    world.close();
    if (dataDir === undefined) rmSync(folder, { recursive: true, force: true });
  };

  try {
    const { port = 0 } = options;
    server.listen(port === 0 ? world.settings.port : port, host);
    await once(server, 'listening');
  } catch (error) {
    closeWorld();
    throw error;
  }
  const { port } = server.address() as AddressInfo;
  world.rememberPort(port);

  const authority = `${host.includes(':') ? `[${host}]` : host}:${port}`;
  const { publicOrigin: origin = `http://${authority}` } = options;
  const { leaseSeconds = 86_400, signBucketSeconds = 1 } = options;
  const { secret } = world.settings;
  const links = new Links({ origin, secret, leaseSeconds, signBucketSeconds });
  const quirks = makeQuirks(options.quirks);
  const faults = new Faults();
  const limits = new RateLimits();
  const stats = new Stats();
  let messageContentIntent = true;
  const context: RestContext = {
    state: world.state,
    links,
    quirks,
    gatewayUrl: `${origin.replace(/^http/, 'ws')}/gateway`,
    hasContentIntent: () => messageContentIntent,
  };
  const { heartbeatIntervalMs = 41_250 } = options;
  const gateway = new Gateway({ context, token, stats, heartbeatIntervalMs });
  world.onEvent = (event) => gateway.publish(event);

  const serve = (request: IncomingMessage, response: ServerResponse) =>
    /^\/api(\/|$)/.test(request.url ?? '')
      ? serveRest({ context, token, faults, limits, stats }, request, response)
      : serveCdn({ world, links, faults, quirks, stats }, request, response);
  server.on('request', (request, response) => {
    // Nothing is expected to throw; a defect here must look like a broken connection, not stop the
    // process.
    serve(request, response).catch(() => request.socket.destroy());
  });
  server.on('upgrade', (request, socket, head) => {
    if (/^\/gateway\/?(\?|$)/.test(request.url ?? '')) gateway.upgrade(request, socket, head);
    else socket.end('HTTP/1.1 404 Not Found\r\nConnection: close\r\n\r\n');
  });

  return makeHandle({
    world,
    context,
    gateway,
    faults,
    limits,
    stats,
    token,
    origin,
    port,
    setMessageContentIntent: (isOn) => void (messageContentIntent = isOn),
    async stop() {
      if (!server.listening) return;
      const closed = once(server, 'close');
      server.close();
      gateway.close();
      server.closeAllConnections();
      await closed;
      closeWorld();
    },
  });
}
