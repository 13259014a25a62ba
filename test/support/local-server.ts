import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A web server on a free port of this machine. */
export interface LocalServer {
  /** The server's URL, without a slash at the end. */
  readonly origin: string;
  readonly server: Server;
  /** Cuts all connections, and waits until the server has ended. */
  stop: () => Promise<void>;
}

/** Starts a web server that only this machine reaches. */
export async function startLocalServer(listener: RequestListener): Promise<LocalServer> {
  const server = createServer(listener).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    server,
    async stop() {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}
