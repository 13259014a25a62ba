import assert from 'node:assert/strict';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { pino } from 'pino';
import { parseConfig } from '../../src/config.ts';
import { startLocalLibrary } from '../../src/local/library.ts';
import { noMetrics } from '../../src/metrics.ts';
import { ownIdentity } from '../../src/process-identity.ts';
import { createDataDir } from '../support/catalog-process.ts';
import { freePort } from '../support/free-port.ts';
import { until } from '../support/wait.ts';

test("if the catalog's database can't be opened at the start, npm start says so once, and the library lists clips later", async (t) => {
  const dataDir = await createDataDir();
  // This process owns the database, so that nobody else can open the database.
  const lock = join(dataDir, 'catalog-lock');
  const owner = {
    identity: ownIdentity,
    parent: ownIdentity,
    boot: null,
    namespace: null,
    isClean: false,
  };
  mkdirSync(lock);
  writeFileSync(join(lock, '1'), JSON.stringify(owner));
  const lines: string[] = [];
  const log = pino({ level: 'warn' }, { write: (line: string) => lines.push(line) });
  const config = parseConfig({
    DATA_DIR: dataDir,
    LIBRARY_ADDRESS: `127.0.0.1:${await freePort()}`,
    TEMPORAL_ADDRESS: '127.0.0.1:1',
  });
  const { signal } = new AbortController();
  const library = await startLocalLibrary(config, { log, metrics: noMetrics, signal });
  t.after(async () => {
    await library.stop();
    await rm(dataDir, { recursive: true, force: true });
  });
  const statusOf = async () => (await fetch(`${library.address}/`)).status;
  assert.equal(await statusOf(), 503);
  await library.databaseStarted;
  assert.equal(await statusOf(), 503, 'the library serves without its database');
  rmSync(lock, { recursive: true });
  await until('a list of clips', async () => (await statusOf()) === 200);
  const failures = lines.filter((line) => line.includes("the catalog's database can't be opened"));
  assert.equal(failures.length, 1);
  assert.match(
    failures[0] ?? '',
    /already uses .*; archiving goes on, and the library lists clips/,
  );
});
