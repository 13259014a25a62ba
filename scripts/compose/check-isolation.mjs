import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { say } from '../support/report.mjs';
import { createDocker, DEMO_PORT } from './docker.mjs';

const TOKEN = `a-token-for-the-test-${randomBytes(8).toString('hex')}`;

/**
 * Prints where a container shows the token: in the environment and the command line of any process, and in every file
 * that the container's user can read. The brackets keep the search from finding its own pattern.
 */
const SEARCH = [
  `pattern='${TOKEN.slice(0, -1)}[${TOKEN.slice(-1)}]'`,
  'env | grep -q "$pattern" && echo environment',
  'grep -ls "$pattern" /proc/[0-9]*/environ /proc/[0-9]*/cmdline',
  // -D skips devices and sockets.
  'grep -rlsD skip --exclude-dir=proc --exclude-dir=sys "$pattern" /',
  'echo searched',
].join('\n');

/**
 * Prints which of the host:port arguments accept a connection. Each attempt ends after a second.
 */
const CONNECT = `
const net = require('node:net');
for (const address of process.argv.slice(1)) {
  const [host, port] = address.split(':');
  const socket = net.connect({ host, port: Number(port), timeout: 1000 });
  socket.on('connect', () => { console.log(address); socket.destroy(); });
  socket.on('timeout', () => socket.destroy());
  socket.on('error', () => undefined);
}`;

/**
 * Asserts that the container of the service media can neither find a bot token nor reach the services that have one,
 * although `.env` has a token. Starts a second container of media, which the caller's stack then keeps.
 *
 * @param {{ isProduction: boolean }} options
 */
export async function checkIsolation({ isProduction }) {
  const { compose, docker } = createDocker({ isProduction, settings: { TOKEN } });
  // The containers that run already were created without a token.
  await compose(
    ...['up', '-d', '--no-build', '--no-deps', '--no-recreate', '--wait'],
    ...['--scale', 'media=2', 'media'],
  );
  const search = ['sh', '-c', SEARCH];
  const found = await compose('exec', '-T', '--index', '2', 'media', ...search);
  assert.equal(found, 'searched', 'the service media can read the token');
  // The same search must find the token where it is. Otherwise the search proves nothing.
  const control = await compose('run', '--rm', '-T', '--no-deps', 'worker', ...search);
  assert.match(control, /^environment\n.*\/proc\/\d+\/environ\n/s);
  say('a script in the container of media finds no token; in the container of worker, it does');

  const addresses = [
    ...['temporal:7233', 'gcs:4443', `demo:${DEMO_PORT}`],
    ...['worker:9464', 'ingest:9464', 'library:8240', 'postgres:5432'],
  ];
  const connect = ['node', '-e', CONNECT, ...addresses];
  const reached = await compose('exec', '-T', '--index', '2', 'media', ...connect);
  assert.deepEqual(reached.split('\n').sort(), [`demo:${DEMO_PORT}`, 'gcs:4443', 'temporal:7233']);
  say(
    'media reaches Temporal, the storage emulator and the demo, but not worker, ingest, library or PostgreSQL',
  );

  const ids = (await compose('ps', '--all', '-q')).split('\n');
  const format =
    '{{.Name}} {{.HostConfig.CapDrop}} {{.HostConfig.SecurityOpt}} {{.HostConfig.Memory}}';
  const containers = (await docker('inspect', '--format', format, ...ids)).split('\n');
  for (const container of containers) {
    assert.match(container, /^\S+ \[ALL\] \[no-new-privileges:true\] [1-9]\d+$/);
  }
  say(`all ${containers.length} containers run without privileges and with a memory limit`);
}
