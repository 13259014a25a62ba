import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { openCatalog } from '../../../src/catalog/open.ts';
import { programEnvironment } from '../../../src/config/program-environment.ts';
import { startTestCatalog } from '../../support/catalog-process.ts';
import { aRecord } from '../reconcile/stage.ts';
import { TYPESCRIPT_FLAGS } from '../../../scripts/typescript/flags.mjs';

const MAIN = fileURLToPath(new URL('../../../src/catalog/reindex/main.ts', import.meta.url));

/** Runs `npm run reindex` without npm. */
function reindex(dataDir: string): Promise<{ code: unknown; stdout: string; stderr: string }> {
  const env = { ...programEnvironment(), DATA_DIR: dataDir };
  return new Promise((resolve) => {
    execFile(process.execPath, [...TYPESCRIPT_FLAGS, MAIN], { env }, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : error.code, stdout, stderr });
    });
  });
}

describe('the program npm run reindex', () => {
  test('while Everclip runs, a reindex fills its catalog from the bucket through the socket', async (t) => {
    const database = await startTestCatalog();
    t.after(() => database.remove());
    const { key, record } = aRecord(1);
    const path = join(database.dataDir, 'bucket', key);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, JSON.stringify(record));
    const { code, stdout, stderr } = await reindex(database.dataDir);
    assert.deepEqual([code, stderr], [0, '']);
    assert.match(stdout, /^The catalog is complete: 1 objects, 1 of them read, 0 unreadable;/m);
    const { catalog, store } = openCatalog({ databaseUrl: null, dataDir: database.dataDir });
    t.after(() => catalog.close());
    assert.equal((await catalog.findLink(record.Id))?.url, record.Attachment_URL);
    assert.deepEqual(await store.readFolders('messages/'), [key.replace(/[^/]+$/, '')]);
    const ageMs = await store.readAgeMs();
    assert.ok(ageMs !== null && ageMs >= 0 && ageMs < 60_000);
  });

  test('if Everclip does not run and there is no DATABASE_URL, a reindex says to start Everclip and exits with 1', async (t) => {
    const dataDir = await mkdtemp(join(tmpdir(), 'everclip-reindex-'));
    t.after(() => rm(dataDir, { recursive: true, force: true }));
    const { code, stdout, stderr } = await reindex(dataDir);
    assert.deepEqual([code, stdout], [1, '']);
    assert.match(
      stderr,
      /^Everclip is not running in .*, so its catalog does not answer: start it with npm start, or set DATABASE_URL/,
    );
  });
});
