import { createServer, type AddressInfo } from 'node:net';

/** Returns a port on this machine that is free now. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

const MIN_RESERVED_PORT = 12_000;
/** Linux hands out ports from 32768 on (`net.ipv4.ip_local_port_range`). */
const MAX_RESERVED_PORT = 32_000;

/**
 * Returns a free port that the system does not hand out by itself.
 *
 * A killed server can use the port again, because the system does not assign the port to other processes.
 */
export async function freeReservedPort(): Promise<number> {
  for (;;) {
    const range = MAX_RESERVED_PORT - MIN_RESERVED_PORT;
    const port = MIN_RESERVED_PORT + Math.floor(Math.random() * range);
    if (await isFree(port)) return port;
  }
}

async function isFree(port: number): Promise<boolean> {
  return await new Promise((resolve) => {
    const server = createServer()
      .on('error', () => {
        resolve(false);
      })
      .listen(port, '127.0.0.1', () => {
        server.close(() => {
          resolve(true);
        });
      });
  });
}
