import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readdirSync, readFileSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import {
  lockFolder,
  MAX_SILENT_MS,
  type Owner,
  wasCutOff,
} from '../../../src/catalog/pglite/folder-lock.ts';
import { identityOf, isAlive, ownIdentity } from '../../../src/process-identity.ts';

const DEAD = '1.dead';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'everclip-lock-'));
});
afterEach(() => rm(folder, { recursive: true }));

function leaveLock(number: number, owner: Partial<Owner> | string): void {
  const whole = { identity: DEAD, parent: DEAD, boot: null, namespace: null, isClean: false };
  const text = typeof owner === 'string' ? owner : JSON.stringify({ ...whole, ...owner });
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, String(number)), text);
}

function readLock(number: number): Owner {
  return JSON.parse(readFileSync(join(folder, String(number)), 'utf8')) as Owner;
}

const lock = (maxOrphanMs?: number) =>
  lockFolder(folder, { parent: ownIdentity, folder: '/data/catalog', maxOrphanMs });

test('a lock of a dead process is taken over, and the files of earlier owners are removed', async () => {
  leaveLock(6, { identity: DEAD });
  leaveLock(7, { identity: DEAD });
  const taken = await lock();
  assert.equal(taken.previous?.identity, DEAD);
  assert.deepEqual(readdirSync(folder), ['8']);
  assert.equal(taken.isHeld(), true);
});

test('a lock of a living process is refused with a sentence that names the process and the folder', async () => {
  leaveLock(1, { identity: ownIdentity, parent: ownIdentity });
  await assert.rejects(lock(), {
    message: `process ${process.pid} already uses the catalog in /data/catalog: stop that process, or set DATA_DIR to another folder`,
  });
});

test('a lock that a process left half written is taken over', async () => {
  leaveLock(3, '{"identity":');
  assert.equal((await lock()).isHeld(), true);
});

test('an owner whose parent has died is killed if it does not end by itself', async () => {
  const orphan = spawn('sleep', ['60']);
  const ended = once(orphan, 'exit');
  const identity = identityOf(orphan.pid ?? 0);
  leaveLock(1, { identity, parent: DEAD });
  await lock(100);
  assert.equal(isAlive(identity), false);
  assert.deepEqual(await ended, [null, 'SIGKILL']);
});

test('a lock is no longer held when another process has taken it or its files are gone', async () => {
  const taken = await lock();
  leaveLock(9, {});
  assert.equal(taken.isHeld(), false);
  await rm(folder, { recursive: true });
  assert.equal(taken.isHeld(), false);
  mkdirSync(folder);
});

test('a database counts as cut off if the machine started again while the database was open', async () => {
  leaveLock(1, { boot: 'an earlier start' });
  const first = await lock();
  assert.equal(wasCutOff(first), process.platform === 'linux');

  leaveLock(3, { boot: 'an earlier start', isClean: true });
  const second = await lock();
  assert.equal(wasCutOff(second), false);
  second.markClean();

  leaveLock(5, { boot: null });
  assert.equal(wasCutOff(await lock()), false);
});

test('if a process ends before it has replaced a database that was cut off, the next process still sees the cut', async () => {
  leaveLock(1, { boot: 'an earlier start' });
  await lock();
  // The first process died here: its lock is the highest, and its identity is no longer alive.
  leaveLock(2, { ...readLock(2), identity: DEAD });
  const second = await lock();
  assert.equal(wasCutOff(second), process.platform === 'linux');
  second.markTrusted();
  leaveLock(3, { ...readLock(3), identity: DEAD });
  assert.equal(wasCutOff(await lock()), false, 'the second process has replaced the database');
});

test(
  'an owner in another container counts as alive while its lock is fresh, although its pid means nothing here',
  { skip: process.platform !== 'linux' && 'other systems have one namespace of pids' },
  async () => {
    const foreign = { namespace: 'pid:[1]', identity: DEAD, parent: DEAD };
    leaveLock(1, foreign);
    await assert.rejects(lock(), {
      message:
        'another container already uses the catalog in /data/catalog: stop that container, or set DATA_DIR to another folder. If it was killed, wait 150 s',
    });
    const file = join(folder, '1');
    const staleMs = Date.now() - MAX_SILENT_MS;
    utimesSync(file, staleMs / 1000, staleMs / 1000);
    const taken = await lock();
    assert.equal(taken.isHeld(), true, 'the owner is silent for too long');
    const own = join(folder, '2');
    utimesSync(own, 1, 1);
    taken.beat();
    assert.ok(Date.now() - statSync(own).mtimeMs < MAX_SILENT_MS, 'a beat makes the lock fresh');

    leaveLock(5, { ...foreign, isClean: true });
    assert.equal((await lock()).isHeld(), true, 'the owner has closed the database');

    // The pid is alive here, but belongs to another process there.
    leaveLock(8, { ...foreign, identity: ownIdentity, isClean: true });
    assert.equal((await lock()).isHeld(), true);
  },
);
