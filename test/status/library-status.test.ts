import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { pino } from 'pino';
import { parseConfig } from '../../src/config.ts';
import { startLibrary } from '../../src/library/start-library.ts';
import { noMetrics } from '../../src/metrics.ts';
import { readLibraryStatus } from '../../src/status/library-status.ts';
import { createFakeLinks, createFakeObjects } from '../support/a-library.ts';
import { catalogDown, createFakeCatalog } from '../support/fakes/library-catalog.ts';
import { freePort } from '../support/free-port.ts';

/** Starts a real library that listens on all interfaces, and returns its port. */
async function startServer(t: TestContext, catalog = createFakeCatalog()): Promise<number> {
  const config = parseConfig({ LIBRARY_PUBLISHED_ADDRESS: '127.0.0.1:8240' });
  const library = { ...config.library, address: '0.0.0.0:0' };
  const sources = { catalog, bucket: createFakeObjects(), links: createFakeLinks() };
  const log = pino({ level: 'silent' });
  const server = await startLibrary({ ...config, library }, log, noMetrics, sources);
  t.after(async () => {
    server.stop();
    await server.stopped;
  });
  return server.port;
}

async function statusAt(t: TestContext, port: number, env: Record<string, string> = {}) {
  const dataDir = await mkdtemp(join(tmpdir(), 'everclip-status-'));
  t.after(() => rm(dataDir, { recursive: true, force: true }));
  const settings = { DATA_DIR: dataDir, LIBRARY_ADDRESS: `0.0.0.0:${port}`, ...env };
  return await readLibraryStatus(parseConfig(settings));
}

test('if the library answers, the status names its address', async (t) => {
  const port = await startServer(t);
  const { server } = await statusAt(t, port);
  assert.equal(server, `answers at 127.0.0.1:${port}`);
});

test('if the address is not a loopback address, the library answers the status all the same', async (t) => {
  const port = await startServer(t);
  const LIBRARY_ADDRESS = `[::ffff:7f00:1]:${port}`;
  const { server } = await statusAt(t, port, { LIBRARY_ADDRESS });
  assert.equal(server, `answers at ${LIBRARY_ADDRESS}`);
});

test('if the library answers without its catalog, the status says that pages are empty', async (t) => {
  const catalog = createFakeCatalog();
  catalog.fault = catalogDown();
  const port = await startServer(t, catalog);
  const { server } = await statusAt(t, port);
  assert.match(
    server,
    /^answers at .*, but its catalog does not answer: pages are empty, and links/,
  );
});

test('if nothing listens at the address of the library, the status says to start it', async (t) => {
  const port = await freePort();
  const { server } = await statusAt(t, port);
  assert.match(server, /^does not answer at 127\.0\.0\.1:\d+ \(.*ECONNREFUSED.*\): start it, or/);
});

test('if another program answers at the address of the library, the status says so', async (t) => {
  const other = createServer((_request, response) => void response.writeHead(404).end('no'));
  await once(other.listen(0, '127.0.0.1'), 'listening');
  t.after(() => other.close());
  const { port } = other.address() as AddressInfo;
  const { server } = await statusAt(t, port);
  assert.match(server, /^another program answers at .* \(status 404\): correct LIBRARY_ADDRESS$/);
});

test('if the database does not answer, the status says what to check, without the password', async (t) => {
  const env = { DATABASE_URL: 'postgres://me:hush@127.0.0.1:1/clips' };
  const { catalog } = await statusAt(t, await freePort(), env);
  assert.match(catalog, /check DATABASE_URL and the database; meanwhile pages are empty/);
  assert.doesNotMatch(catalog, /hush/);
});
