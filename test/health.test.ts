import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const PROGRAM = fileURLToPath(new URL('../src/health.ts', import.meta.url));

test('the health check of a container reads no secret', async (t) => {
  const server = createServer((_request, response) => response.end('everclip_ready 1\n'));
  await once(server.listen(0, '127.0.0.1'), 'listening');
  t.after(() => server.close());
  const { port } = server.address() as AddressInfo;
  const args = ['--import', import.meta.resolve('tsx'), PROGRAM];
  const check = promisify(execFile)(process.execPath, args, {
    env: {
      PATH: process.env.PATH,
      METRICS_ADDRESS: `127.0.0.1:${port}`,
      TOKEN_FILE: '/missing/token',
    },
  });
  await assert.doesNotReject(check);
});
