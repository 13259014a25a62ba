import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Links } from './cdn/links.ts';
import { serveCdn } from './cdn/serve-cdn.ts';
import { createQuirks, type EmulatorContext, type Quirks } from './context.ts';
import { Faults } from './faults.ts';
import { Gateway } from './gateway/gateway.ts';
import { createHandle, type Emulator } from './handle.ts';
import { RateLimits } from './rest/rate-limits.ts';
import { serveRest } from './rest/serve-rest.ts';
import { Stats } from './stats.ts';
import { World } from './world/world.ts';

export type { Emulator } from './handle.ts';

const DEFAULT_TOKEN = 'demo-token';
/** Links are valid for one day, as on Discord. */
const DEFAULT_LEASE_SECONDS = 86_400;
const DEFAULT_SIGN_BUCKET_SECONDS = 1;
/** The interval that Discord's gateway usually sends. */
const DEFAULT_HEARTBEAT_INTERVAL_MS = 41_250;

export interface EmulatorOptions {
  /**
   * The port to listen on. If the port is 0 or not given, the emulator uses the port of its last start with this
   * `dataDir`. The first start uses any free port.
   */
  readonly port?: number;
  readonly host?: string;
  /** The origin for links and for the gateway's URL; `http://<host>:<port>` by default. */
  readonly publicOrigin?: string;
  /** The only token that the emulator accepts. */
  readonly token?: string;
  /** How long an attachment's link is valid. */
  readonly leaseSeconds?: number;
  /**
   * Time is divided into periods of this length. Links to the same file are equal if they are signed in the same
   * period.
   */
  readonly signBucketSeconds?: number;
  /** The folder that stores the world. By default it is a temporary folder, which `stop` deletes. */
  readonly dataDir?: string;
  readonly heartbeatIntervalMs?: number;
  readonly quirks?: Partial<Quirks>;
}

/**
 * Starts a Discord emulator on this machine. One port serves REST under `/api`, the gateway at
 * `/gateway`, and the CDN under `/attachments` and `/avatars`.
 * @throws an error with code EADDRINUSE if the port is in use
 */
export async function startEmulator(options: EmulatorOptions = {}): Promise<Emulator> {
  const { dataDir, host = '127.0.0.1', token = DEFAULT_TOKEN } = options;
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
  const origin = options.publicOrigin ?? `http://${authority}`;
  const links = new Links({
    origin,
    secret: world.settings.secret,
    leaseSeconds: options.leaseSeconds ?? DEFAULT_LEASE_SECONDS,
    signBucketSeconds: options.signBucketSeconds ?? DEFAULT_SIGN_BUCKET_SECONDS,
  });
  const quirks = createQuirks(options.quirks);
  const faults = new Faults();
  const limits = new RateLimits();
  const stats = new Stats();
  let messageContentIntent = true;
  const context: EmulatorContext = {
    state: world.state,
    links,
    quirks,
    gatewayUrl: `${origin.replace(/^http/, 'ws')}/gateway`,
    hasContentIntent: () => messageContentIntent,
  };
  const gateway = new Gateway({
    context,
    token,
    stats,
    heartbeatIntervalMs: options.heartbeatIntervalMs ?? DEFAULT_HEARTBEAT_INTERVAL_MS,
  });
  world.onEvent = (event) => gateway.publish(event);

  const serve = (request: IncomingMessage, response: ServerResponse) =>
    /^\/api(\/|$)/.test(request.url ?? '')
      ? serveRest({ context, token, faults, limits, stats }, request, response)
      : serveCdn({ world, links, faults, quirks, stats }, request, response);
  server.on('request', (request, response) => {
    // A bug in the emulator must not end the process. The client must see a broken connection instead.
    serve(request, response).catch(() => request.socket.destroy());
  });
  server.on('upgrade', (request, socket, head) => {
    if (/^\/gateway\/?(\?|$)/.test(request.url ?? '')) gateway.upgrade(request, socket, head);
    else socket.end('HTTP/1.1 404 Not Found\r\nConnection: close\r\n\r\n');
  });

  return createHandle({
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
