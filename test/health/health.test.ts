import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { startHealthServer } from '../../src/health/server.ts';
import { noMetrics } from '../../src/metrics.ts';
import { freePort } from '../support/free-port.ts';
import { TYPESCRIPT_FLAGS } from '../../scripts/typescript/flags.mjs';

const PROGRAM = fileURLToPath(new URL('../../src/health/check.ts', import.meta.url));

test('the health check of a container reads no secret', async (t) => {
  const server = createServer((_request, response) => response.end('everclip_ready 1\n'));
  await once(server.listen(0, '127.0.0.1'), 'listening');
  t.after(() => server.close());
  const { port } = server.address() as AddressInfo;
  const args = [...TYPESCRIPT_FLAGS, PROGRAM];
  const check = promisify(execFile)(process.execPath, args, {
    env: {
      PATH: process.env.PATH,
      METRICS_ADDRESS: `127.0.0.1:${port}`,
      TOKEN_FILE: '/missing/token',
    },
  });
  await assert.doesNotReject(check);
});

test('/healthz answers 503 until the process is ready, then 200, and 503 again when it stops', async (t) => {
  const reported: boolean[] = [];
  const address = `127.0.0.1:${await freePort()}`;
  const server = await startHealthServer(address, {
    ...noMetrics,
    ready: (isReady) => void reported.push(isReady),
  });
  const { metrics } = server;
  t.after(() => server.close());
  const status = async (path: string) => (await fetch(`http://${address}${path}`)).status;
  assert.equal(await status('/healthz'), 503);
  metrics.ready(true);
  assert.equal(await status('/healthz'), 200);
  metrics.ready(false);
  assert.equal(await status('/healthz'), 503);
  assert.equal(await status('/metrics'), 404);
  assert.deepEqual(reported, [true, false]);
});

test('if HEALTH_ADDRESS is taken, startup stops with one sentence', async (t) => {
  const address = `127.0.0.1:${await freePort()}`;
  const server = await startHealthServer(address, noMetrics);
  t.after(() => server.close());
  await assert.rejects(
    startHealthServer(address, noMetrics),
    new RegExp(`^Error: HEALTH_ADDRESS=${address} cannot be used \\(EADDRINUSE\\): `),
  );
});
