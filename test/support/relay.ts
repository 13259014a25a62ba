import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { freeReservedPort } from './free-port.ts';

/** A server that a test can make unreachable, although the server itself goes on. */
export interface Relay {
  /** Host and port, which stay the same. */
  readonly address: string;
  /** Accepts connections and passes on their bytes. */
  start(): Promise<void>;
  /** Ends all connections, and accepts no more. */
  stop(): Promise<void>;
}

/** Prepares a relay to the server at `target`, a host and a port. */
export async function createRelay(target: string): Promise<Relay> {
  const { hostname, port: targetPort } = new URL(`tcp://${target}`);
  const port = await freeReservedPort();
  const sockets = new Set<Socket>();
  let server: Server | null = null;

  function keep(socket: Socket): void {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket)).on('error', () => socket.destroy());
  }

  return {
    address: `127.0.0.1:${port}`,
    async start() {
      server = createServer((client) => {
        const upstream = connect({ host: hostname, port: Number(targetPort) });
        keep(client);
        keep(upstream);
        client.pipe(upstream).pipe(client);
        client.on('close', () => upstream.destroy());
        upstream.on('close', () => client.destroy());
      }).listen(port, '127.0.0.1');
      await once(server, 'listening');
    },
    async stop() {
      const closed = server && once(server, 'close');
      server?.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}
