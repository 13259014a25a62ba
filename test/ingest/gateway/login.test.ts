import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, createServer, type AddressInfo } from 'node:net';
import { test, type TestContext } from 'node:test';
import { Events } from 'discord.js';
import { createGet, type Get } from '../../../src/discord/rest-client.ts';
import type { Emulator } from '../../../src/emulator/emulator.ts';
import { createGatewayClient } from '../../../src/ingest/gateway/client.ts';
import { logIn, logOut } from '../../../src/ingest/gateway/login.ts';
import { createLogger } from '../../../src/log.ts';
import { stage } from '../../emulator/support.ts';

/** `gatewayUrl` replaces the address of the gateway. */
async function stageClient(t: TestContext, gatewayUrl?: (emulator: Emulator) => Promise<string>) {
  const { emulator } = await stage(t);
  const { apiUrl, token } = emulator;
  const ask = createGet({ apiUrl, token, requestsPerSecond: 50 });
  const url = await gatewayUrl?.(emulator);
  const get: Get = async <T>(...request: Parameters<Get>) => ({
    ...(await ask<T>(...request)),
    ...(url !== undefined && { url }),
  });
  const client = createGatewayClient(
    { discordApiUrl: apiUrl },
    createLogger('silent', 'test'),
    get,
  );
  t.after(() => logOut(client));
  return { emulator, client, token };
}

test('if the gateway refuses the first connections with an HTTP error, the login waits for it', async (t) => {
  const { emulator, client, token } = await stageClient(t);
  const shardErrors: string[] = [];
  client.on(Events.ShardError, ({ message }) => shardErrors.push(message));
  emulator.refuseGateway(1200);
  await logIn(client, token);
  assert.ok(client.isReady());
  assert.match(shardErrors.join(), /503/);
  assert.equal(emulator.stats.requests('GATEWAY IDENTIFY'), 1);
});

test('if the first connection breaks off, the login waits for the next one', async (t) => {
  let connections = 0;
  const { client, token } = await stageClient(t, async ({ apiUrl }) => {
    const server = createServer((socket) => {
      connections += 1;
      socket.on('error', () => socket.destroy());
      if (connections === 1) {
        socket.end('this is not HTTP\r\n\r\n');
        return;
      }
      const upstream = connect(Number(new URL(apiUrl).port), '127.0.0.1');
      upstream.on('error', () => socket.destroy());
      socket.pipe(upstream).pipe(socket);
    }).listen(0, '127.0.0.1');
    t.after(() => server.close());
    await once(server, 'listening');
    return `ws://127.0.0.1:${(server.address() as AddressInfo).port}/gateway`;
  });
  await logIn(client, token);
  assert.ok(client.isReady());
  assert.equal(connections, 2);
});

test('if Discord rejects the intents after it refused connections, the login fails and says why', async (t) => {
  const { emulator, client, token } = await stageClient(t);
  emulator.setMessageContentIntent(false);
  emulator.refuseGateway(700);
  await assert.rejects(logIn(client, token), /Message Content/);
});
