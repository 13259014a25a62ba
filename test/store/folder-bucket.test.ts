import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { isFailure } from '../../src/errors.ts';
import { withFileLock } from '../../src/store/folder/lock.ts';
import { createFolderBucket } from '../../src/store/folder/bucket.ts';
import { isAlive, ownIdentity } from '../../src/process-identity.ts';
import { bucketContract, increment, JSON_OBJECT } from './bucket-contract.ts';

const KEY = 'messages/1/counter.json';
const DEAD = '4194304.1';
let folder = '';
const fresh = (): Promise<string> => mkdtemp(join(folder, 'bucket-'));
const inside = (bucket: string, name: string): string => join(bucket, '.everclip', name);

/** A process that increments, once it has begun. */
const incrementer = async (
  bucket: string,
  times: number,
): Promise<{ child: ChildProcess; exit: Promise<unknown> }> => {
  const script = fileURLToPath(new URL('increment.ts', import.meta.url));
  const child = spawn(process.execPath, ['--import', 'tsx', script, bucket, KEY, String(times)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exit = once(child, 'exit');
  await once(child.stdout, 'data');
  return { child, exit };
};

describe('the bucket in a folder', () => {
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'everclip-store-'));
  });
  after(() => rm(folder, { recursive: true }));

  bucketContract(() => createFolderBucket(join(folder, 'contract')));

  test('objects are plain files of the same name, and nothing else is left', async () => {
    const bucket = await fresh();
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

  test('two processes that count at the same time lose nothing', async () => {
    const bucket = await fresh();
    const children = await Promise.all([incrementer(bucket, 100), incrementer(bucket, 100)]);
    await Promise.all(children.map(({ exit }) => exit));
    assert.equal(parseInt(await readFile(join(bucket, KEY), 'utf8'), 10), 200);
    assert.deepEqual(await readdir(inside(bucket, 'tmp')), []);
    assert.deepEqual(await readdir(inside(bucket, 'locks')), []);
  });

  test('processes killed with -9 in the middle leave whole objects and block nobody', async () => {
    const bucket = await fresh();
    for (let round = 0; round < 4; round++) {
      const { child, exit } = await incrementer(bucket, 0);
      await delay(60 + round * 17);
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

  test('a lock of a dead holder, whose breaker died as well, is broken by one of many', async () => {
    const locks = await fresh();
    const path = join(locks, 'lock');
    for (let round = 0; round < 20; round++) {
      await symlink(`${DEAD}.aa${round}`, path);
      await symlink(`${DEAD}.bb${round}`, join(locks, `${DEAD}.aa${round}.break`));
      let holders = 0;
      await Promise.all(
        Array.from({ length: 8 }, () =>
          withFileLock(path, async () => {
            assert.equal(++holders, 1);
            await delay(1);
            holders--;
          }),
        ),
      );
      assert.deepEqual(await readdir(locks), []);
    }
  });

  test('the lock of a living process is waited for', async () => {
    const path = join(await fresh(), 'lock');
    const order: string[] = [];
    const first = withFileLock(path, async () => {
      await delay(100);
      order.push('first');
    });
    await delay(20);
    await withFileLock(path, async () => void order.push('second'));
    await first;
    assert.deepEqual(order, ['first', 'second']);
  });

  test('a process that has our pid but began at another time is not taken for us', () => {
    assert.equal(isAlive(ownIdentity), true);
    assert.equal(isAlive(`${process.pid}.12345`), false);
    assert.equal(isAlive(DEAD), false);
  });

  test('temporary files of dead processes are swept, those of living ones are left', async () => {
    const bucket = await fresh();
    await mkdir(inside(bucket, 'tmp'), { recursive: true });
    await writeFile(join(inside(bucket, 'tmp'), `${DEAD}.1`), 'half');
    await writeFile(join(inside(bucket, 'tmp'), `${ownIdentity}.living`), 'half');
    await createFolderBucket(bucket).write('a', '1', JSON_OBJECT);
    assert.deepEqual(await readdir(inside(bucket, 'tmp')), [`${ownIdentity}.living`]);
  });

  test('a folder that cannot be written fails as a service, in a sentence', async () => {
    const file = join(await fresh(), 'file');
    await writeFile(file, '');
    await assert.rejects(
      createFolderBucket(join(file, 'bucket')).write('a', '1', JSON_OBJECT),
      (error) =>
        isFailure(error, 'ServiceFailed') && /the bucket folder .* fails with/.test(String(error)),
    );
  });
});
