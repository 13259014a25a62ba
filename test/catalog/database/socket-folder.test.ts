import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, statSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import {
  createSocketFolder,
  findSocketFolder,
  socketPathIn,
} from '../../../src/catalog/pglite/socket-folder.ts';

test('the socket is in a private folder in the data folder', async () => {
  const dataDir = await mkdtemp(join(tmpdir(), 'everclip-'));
  mkdirSync(join(dataDir, 'catalog-socket'), { mode: 0o755 });
  const folder = createSocketFolder(dataDir);
  assert.equal(folder, join(dataDir, 'catalog-socket'));
  assert.equal(findSocketFolder(dataDir), folder);
  assert.equal(statSync(folder).mode & 0o777, 0o700);
  await rm(dataDir, { recursive: true });
});

test('if the data folder has a long path, the socket is in a private folder for temporary files that clients find', async () => {
  const parent = await mkdtemp(join(tmpdir(), 'everclip-'));
  const dataDir = join(parent, 'ä'.repeat(50));
  mkdirSync(dataDir);
  const folder = createSocketFolder(dataDir);
  assert.ok(Buffer.byteLength(socketPathIn(folder)) < 100);
  assert.equal(statSync(folder).mode & 0o777, 0o700);
  assert.equal(findSocketFolder(dataDir), folder);
  assert.equal(createSocketFolder(dataDir), folder, 'the next process uses the same folder');
  chmodSync(folder, 0o777);
  const other = createSocketFolder(dataDir);
  assert.notEqual(other, folder, 'a folder that others can write to is not used');
  assert.equal(findSocketFolder(dataDir), other);
  await Promise.all([parent, folder, other].map((path) => rm(path, { recursive: true })));
});
