import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rename,
  rm,
  symlink,
  truncate,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { isFailure } from '../../src/errors.ts';
import { withFileLock } from '../../src/store/folder/lock.ts';
import { createFolderBucket } from '../../src/store/folder/bucket.ts';
import { isAlive, ownIdentity } from '../../src/process-identity.ts';
import { findOpenEntries } from '../support/open-entries.ts';
import { pause } from '../support/wait.ts';
import { bucketContract, increment, JSON_OBJECT, listed } from './bucket-contract.ts';
import { TYPESCRIPT_FLAGS } from '../../scripts/typescript/flags.mjs';

const KEY = 'messages/1/counter.json';
/** The identity of a process that does not exist: Linux pids end below 4194304. */
const DEAD = '4194304.1';
let folder = '';
function newFolder(): Promise<string> {
  return mkdtemp(join(folder, 'bucket-'));
}

/** The folder for temporary files (`tmp`) or locks (`locks`) in a bucket. */
function inside(bucket: string, name: 'tmp' | 'locks'): string {
  return join(bucket, '.everclip', name);
}

/** Starts a process that increments a number, and waits until the process has begun. */
async function startIncrementer(
  bucket: string,
  times: number,
): Promise<{ child: ChildProcess; exit: Promise<unknown> }> {
  const script = fileURLToPath(new URL('increment.ts', import.meta.url));
  const child = spawn(process.execPath, [...TYPESCRIPT_FLAGS, script, bucket, KEY, String(times)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exit = once(child, 'exit');
  await once(child.stdout, 'data');
  return { child, exit };
}

describe('folder bucket', () => {
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'everclip-store-'));
  });
  after(() => rm(folder, { recursive: true }));

  bucketContract(() => createFolderBucket(join(folder, 'contract')));

  test('the folder bucket stores each object as a file of the same name and leaves no temporary files', async () => {
    const bucket = await newFolder();
    await createFolderBucket(bucket).write('messages/1/2.json', '{}', JSON_OBJECT);
    await createFolderBucket(bucket).write('messages/1/3.json', '{}', {
      ...JSON_OBJECT,
      condition: 'absent',
    });
    assert.equal(await readFile(join(bucket, 'messages/1/2.json'), 'utf8'), '{}');
    assert.deepEqual(await readdir(join(bucket, 'messages/1')), ['2.json', '3.json']);
    assert.deepEqual(await readdir(inside(bucket, 'tmp')), []);
    assert.deepEqual(await readdir(inside(bucket, 'locks')), []);
  });

  test('only the user can read the files and folders of a bucket, whatever the umask of the process is', async () => {
    const bucket = join(await newFolder(), 'data', 'bucket');
    const umask = process.umask(0);
    try {
      await createFolderBucket(bucket).write('messages/1/2.json', '{}', JSON_OBJECT);
    } finally {
      process.umask(umask);
    }
    assert.deepEqual(findOpenEntries(join(bucket, '..', '..')), []);
  });

  test('if a file is too large to be read as a string, a write still replaces the file', async () => {
    const bucket = await newFolder();
    await mkdir(join(bucket, 'messages/1'), { recursive: true });
    const path = join(bucket, 'messages/1/2.json');
    await writeFile(path, '{}');
    // The file is sparse, so it takes no space on the disk.
    await truncate(path, 3 * 2 ** 30);
    const seen = await createFolderBucket(bucket).read('messages/1/2.json');
    assert.equal(seen?.body, '');
    const condition = { generation: seen.generation };
    const write = () =>
      createFolderBucket(bucket).write('messages/1/2.json', '1', { ...JSON_OBJECT, condition });
    assert.ok(await write());
    assert.equal(await write(), null);
    assert.equal(await readFile(path, 'utf8'), '1');
  });

  test('a list of a folder leaves out temporary files, locks, hidden files and names that no object can have', async () => {
    const bucket = await newFolder();
    const open = createFolderBucket(bucket);
    await open.write('messages/1/2.json', '{}', JSON_OBJECT);
    await writeFile(join(inside(bucket, 'tmp'), ownIdentity), 'half');
    await writeFile(join(bucket, 'messages/1/.DS_Store'), '');
    await writeFile(join(bucket, 'messages/1/3\\4.json'), '');
    await mkdir(join(bucket, '.Trash'));
    await writeFile(join(bucket, '.Trash/5.json'), '');
    await symlink(join(bucket, 'nowhere'), join(bucket, 'messages/1/6.json'));
    assert.deepEqual(
      (await listed(open, '')).map(([key]) => key),
      ['messages/1/2.json'],
    );
  });

  test('a file that another program replaces has another version in the list', async () => {
    const bucket = await newFolder();
    const open = createFolderBucket(bucket);
    const version = await open.write('messages/1/2.json', '{}', JSON_OBJECT);
    const path = join(bucket, 'messages/1/2.json');
    await writeFile(`${path}.new`, '[]');
    await rename(`${path}.new`, path);
    const [[, now] = []] = await listed(open, 'messages/');
    assert.ok(now);
    assert.notEqual(now, version);
  });

  test('while files appear and disappear, a list of the folder returns every object that stays', async () => {
    const bucket = await newFolder();
    const open = createFolderBucket(bucket);
    const pathOf = (n: number): string => join(bucket, `messages/1/${n}.json`);
    await mkdir(join(bucket, 'messages/1'), { recursive: true });
    await Promise.all(Array.from({ length: 600 }, (_, n) => writeFile(pathOf(n), '{}')));
    const seen = new Set<string>();
    for await (const { key } of open.list('messages/')) {
      seen.add(key);
      if (seen.size > 300) continue;
      await rm(pathOf(600 - seen.size), { force: true });
      await writeFile(pathOf(1000 + seen.size), '{}');
    }
    for (let n = 0; n < 300; n++) assert.ok(seen.has(`messages/1/${n}.json`), `${n} is listed`);
  });

  test('if a list may not read a folder, the list fails with the sentence of a read', async () => {
    const bucket = await newFolder();
    await writeFile(join(bucket, 'loop'), '');
    await rm(join(bucket, 'loop'));
    await symlink(join(bucket, 'loop'), join(bucket, 'loop'));
    const list = listed(createFolderBucket(bucket), 'loop/');
    await assert.rejects(list, (error) => {
      assert.match(String(error), /cannot use the bucket folder .* \(ELOOP\): check DATA_DIR/);
      return isFailure(error, 'ServiceFailed');
    });
  });

  test('if two processes increment the same object at once, no increment is lost', async () => {
    const bucket = await newFolder();
    const children = await Promise.all([
      startIncrementer(bucket, 100),
      startIncrementer(bucket, 100),
    ]);
    await Promise.all(children.map(({ exit }) => exit));
    assert.equal(parseInt(await readFile(join(bucket, KEY), 'utf8'), 10), 200);
    assert.deepEqual(await readdir(inside(bucket, 'tmp')), []);
    assert.deepEqual(await readdir(inside(bucket, 'locks')), []);
  });

  test('if a process is killed during a write, the object stays whole and other writers are not blocked', async () => {
    const bucket = await newFolder();
    for (let round = 0; round < 4; round++) {
      const { child, exit } = await startIncrementer(bucket, 0);
      await pause(60 + round * 17);
      child.kill('SIGKILL');
      await exit;
      const seen = parseInt(await readFile(join(bucket, KEY), 'utf8'), 10);
      assert.ok(Number.isInteger(seen) && seen > 0);
      const startedAt = Date.now();
      await increment(createFolderBucket(bucket), KEY);
      assert.ok(Date.now() - startedAt < 5000);
      assert.equal(parseInt(await readFile(join(bucket, KEY), 'utf8'), 10), seen + 1);
      assert.deepEqual(await readdir(inside(bucket, 'tmp')), []);
      assert.deepEqual(await readdir(inside(bucket, 'locks')), []);
    }
  });

  test('if the owner of a lock has died, waiting tasks get the lock one at a time', async () => {
    const locks = await newFolder();
    const path = join(locks, 'lock');
    for (let round = 0; round < 20; round++) {
      await symlink(`${DEAD}.aa${round}`, path);
      await symlink(`${DEAD}.bb${round}`, join(locks, `${DEAD}.aa${round}.break`));
      let holders = 0;
      await Promise.all(
        Array.from({ length: 8 }, () =>
          withFileLock(path, async () => {
            assert.equal(++holders, 1);
            await pause(1);
            holders--;
          }),
        ),
      );
      assert.deepEqual(await readdir(locks), []);
    }
  });

  test('if another task holds the lock, a task waits until the lock is released', async () => {
    const path = join(await newFolder(), 'lock');
    const order: string[] = [];
    const first = withFileLock(path, async () => {
      await pause(100);
      order.push('first');
    });
    await pause(20);
    await withFileLock(path, async () => void order.push('second'));
    await first;
    assert.deepEqual(order, ['first', 'second']);
  });

  test('if a newer process has the same pid as an old process, the old process counts as dead', () => {
    assert.equal(isAlive(ownIdentity), true);
    assert.equal(isAlive(`${process.pid}.12345`), false);
    assert.equal(isAlive(DEAD), false);
  });

  test('the first write to a bucket removes temporary files of dead processes, but keeps files of running processes', async () => {
    const bucket = await newFolder();
    await mkdir(inside(bucket, 'tmp'), { recursive: true });
    await writeFile(join(inside(bucket, 'tmp'), `${DEAD}.1`), 'half');
    await writeFile(join(inside(bucket, 'tmp'), `${ownIdentity}.living`), 'half');
    await createFolderBucket(bucket).write('a', '1', JSON_OBJECT);
    assert.deepEqual(await readdir(inside(bucket, 'tmp')), [`${ownIdentity}.living`]);
  });

  test('an object that is not in a new bucket is absent, and a bucket that is gone or empty after that fails', async () => {
    for (const start of ['write', 'records of an older version'] as const) {
      const root = join(await newFolder(), 'bucket');
      const bucket = createFolderBucket(root);
      assert.equal(await bucket.read(KEY), null);
      assert.deepEqual(await listed(bucket, ''), []);
      assert.deepEqual(await readdir(join(root, '..')), [], 'a look creates nothing');
      if (start === 'write') await bucket.write('channels/1.json', '{}', JSON_OBJECT);
      else await mkdir(join(root, 'messages/1'), { recursive: true });
      assert.equal(await bucket.read(KEY), null);
      assert.ok((await readdir(join(root, '.everclip'))).includes('bucket'));
      const isGone = (error: unknown) =>
        isFailure(error, 'ServiceFailed') && String(error).includes('gone or empty: mount');
      await rename(root, `${root}.away`);
      await assert.rejects(bucket.read(KEY), isGone);
      await mkdir(root);
      await assert.rejects(bucket.readBytes(KEY), isGone);
      await assert.rejects(bucket.exists(KEY), isGone);
      await assert.rejects(bucket.delete(KEY), isGone);
      await assert.rejects(listed(bucket, 'messages/'), isGone);
      await rm(root, { recursive: true });
      await rename(`${root}.away`, root);
      assert.equal(await bucket.read(KEY), null);
    }
  });

  test('if the bucket folder cannot be created, a write fails as ServiceFailed and says what to check', async () => {
    const file = join(await newFolder(), 'file');
    await writeFile(file, '');
    await assert.rejects(
      createFolderBucket(join(file, 'bucket')).write('a', '1', JSON_OBJECT),
      (error) =>
        isFailure(error, 'ServiceFailed') &&
        /cannot use the bucket folder .* \(ENOTDIR\): check DATA_DIR/.test(String(error)),
    );
  });
});
