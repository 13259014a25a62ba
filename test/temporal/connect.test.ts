import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { describe, test } from 'node:test';
import { parseConfig } from '../../src/config.ts';
import { openClient } from '../../src/temporal/connect.ts';
import { startTemporal } from '../support/temporal.ts';
import { pause } from '../support/wait.ts';

/** Longer than all pauses between the attempts of a call. */
const RETRIES_MS = 1500;

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
