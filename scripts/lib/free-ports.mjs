import { once } from 'node:events';
import { createServer } from 'node:net';

/**
 * Ports of this machine that nobody listens at.
 *
 * @param {number} count
 * @returns {Promise<string[]>} as settings want them
 */
export async function freePorts(count) {
  const servers = Array.from({ length: count }, () => createServer().listen(0, '127.0.0.1'));
  await Promise.all(servers.map((server) => once(server, 'listening')));
  const ports = servers.map((server) => String(server.address().port));
  await Promise.all(servers.map((server) => once(server.close(), 'close')));
  return ports;
}
