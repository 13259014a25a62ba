import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { describe, test } from 'node:test';
import { parseConfig } from '../../src/config.ts';
import { connectionFault, NotStartedError, openClient } from '../../src/temporal/connect.ts';
import { startTemporal } from '../support/temporal.ts';
import { pause } from '../support/wait.ts';

/** Longer than all pauses between the attempts of a call. */
const RETRIES_MS = 1500;

/** How long another process may use the core between two statements of this one. */
const BUSY_MS = 40;

describe('openClient', () => {
  test('if a connection is closed while a call is being retried, the retry ends without an error in a timer', async (t) => {
    const temporal = await startTemporal();
    t.after(() => temporal.teardown());
    const [, port] = temporal.address.split(':');
    const sockets = new Set<Socket>();
    const proxy = createServer((socket) => {
      const upstream = connect(Number(port), '127.0.0.1');
      for (const each of [socket, upstream]) sockets.add(each.on('error', () => undefined));
      socket.pipe(upstream).pipe(socket);
    });
    await once(proxy.listen(0, '127.0.0.1'), 'listening');
    const address = `127.0.0.1:${(proxy.address() as AddressInfo).port}`;
    const { connection } = await openClient(parseConfig({ TEMPORAL_ADDRESS: address }));
    const { setTimeout: set } = globalThis;
    t.mock.method(globalThis, 'setTimeout', (...args: Parameters<typeof setTimeout>) => {
      const untilMs = performance.now() + BUSY_MS;
      while (performance.now() < untilMs);
      return set(...args);
    });
    proxy.close();
    for (const socket of sockets) socket.destroy();
    const failed = assert.rejects(
      connection.workflowService.describeNamespace({ namespace: 'default' }),
    );
    await pause(50);
    await connection.close();
    await failed;
    await pause(RETRIES_MS);
  });
});

test('if Temporal is frozen, so that it accepts connections and answers nothing, the fault says to restart it', async (t) => {
  // Like a stopped process: the kernel accepts the connections.
  const frozen = createServer({ pauseOnConnect: true });
  const sockets: Socket[] = [];
  frozen.on('connection', (socket) => void sockets.push(socket));
  await once(frozen.listen(0, '127.0.0.1'), 'listening');
  t.after(() => {
    for (const socket of sockets) socket.destroy();
    frozen.close();
  });
  const { port } = frozen.address() as AddressInfo;
  const silence = Object.assign(new Error('Failed to connect before the deadline'), { code: 4 });
  const fault = await connectionFault(silence, parseConfig({ TEMPORAL_PORT: String(port) }));
  assert.ok(!(fault instanceof NotStartedError));
  assert.match(
    fault.message,
    /^Temporal at 127\.0\.0\.1:\d+ accepts connections but does not answer: restart it, or correct/,
  );
});
