import { once } from 'node:events';
import { createServer } from 'node:net';

/**
 * Returns distinct free ports of 127.0.0.1.
 *
 * @param {number} count
 * @returns {Promise<string[]>} as text, because settings are text
 */
export async function findFreePorts(count) {
  const servers = Array.from({ length: count }, () => createServer().listen(0, '127.0.0.1'));
  await Promise.all(servers.map((server) => once(server, 'listening')));
  const ports = servers.map((server) => {
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('not a TCP port');
    return String(address.port);
  });
  await Promise.all(servers.map((server) => once(server.close(), 'close')));
  return ports;
}
