import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readdir, rm, utimes } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { after, before, beforeEach, describe, test } from 'node:test';
import { isFailure } from '../../src/errors.ts';
import { inWorkFolder, sweepWorkFolders } from '../../src/media/work-folder.ts';
import { identityOf } from '../../src/process-identity.ts';

/** A pid above the highest pid that Linux assigns. */
const NO_PID = 4_194_304;
let parent: string;

/** Makes a work folder for each name. Returns the folder names, which begin with the prefix. */
async function makeFolders(...names: string[]): Promise<string[]> {
  const folders = names.map((name) => join(parent, `everclip-media-${name}`));
  for (const folder of folders) await mkdir(folder);
  return folders.map((folder) => basename(folder));
}

describe('work folders', () => {
  before(async () => {
    parent = await mkdtemp(join(tmpdir(), 'everclip-work-folder-test-'));
  });
  beforeEach(async () => {
    for (const name of await readdir(parent)) await rm(join(parent, name), { recursive: true });
  });
  after(() => rm(parent, { recursive: true }));

  test('the temporary work folder of a task is removed, whether the task succeeds or fails', async () => {
    const result = await inWorkFolder(parent, async (folder) => {
      await mkdir(join(folder, 'a'));
      assert.deepEqual(await readdir(parent), [basename(folder)]);
      return 'done';
    });
    assert.equal(result, 'done');
    const failing = inWorkFolder(parent, () => Promise.reject(new Error('failed by a test')));
    await assert.rejects(failing, /failed by a test/);
    assert.deepEqual(await readdir(parent), []);
  });

  test('if a work folder cannot be created, the task fails as ServiceFailed and says what to check', async () => {
    const missing = join('/dev/null', 'tmp');
    await assert.rejects(
      inWorkFolder(missing, () => Promise.resolve()),
      (error) => {
        assert.ok(isFailure(error, 'ServiceFailed'));
        assert.match(String(error), /cannot write to the temporary folder \(ENOTDIR\): check its/);
        return true;
      },
    );
  });

  test('a clean-up removes the work folders of dead processes, but keeps the work folders of running processes', async () => {
    await makeFolders(`${NO_PID}.1.x`);
    // The folder of an earlier process that had the pid of this process.
    await makeFolders(`${process.pid}.1.x`);
    const running = await makeFolders(
      ...[process.pid, process.ppid].map((pid) => `${identityOf(pid)}.x`),
    );
    await sweepWorkFolders(parent);
    assert.deepEqual((await readdir(parent)).sort(), running.sort());
  });

  test('a clean-up of work folders keeps folders with other names', async () => {
    await makeFolders('test-x');
    await mkdir(join(parent, 'another'));
    await sweepWorkFolders(parent);
    assert.equal((await readdir(parent)).length, 2);
  });

  test('a clean-up removes every work folder older than a day, even the folder of a running process', async () => {
    const names = await makeFolders(`${identityOf(process.ppid)}.x`, `${process.ppid}-x`);
    const young = await makeFolders(`${process.ppid}-y`);
    const yesterday = Date.now() / 1000 - 86_400 - 60;
    for (const name of names) await utimes(join(parent, name), yesterday, yesterday);
    await sweepWorkFolders(parent);
    assert.deepEqual(await readdir(parent), young);
  });

  test('if the parent folder does not exist, a clean-up of work folders does not fail', async () => {
    await sweepWorkFolders(join(parent, 'missing'));
  });
});
