import { randomBytes } from 'node:crypto';
import { readlink, symlink, unlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { serviceFailed } from '../../errors.ts';
import { isAlive, ownIdentity } from '../../process-identity.ts';

/** Holders keep a lock for some milliseconds; who waits this long meets a stopped or stuck process. */
const WAIT_MS = 10_000;

/**
 * Runs `task` while this process alone, of all on this machine, holds the lock at `path`; the folder
 * must exist. A holder that was killed with -9 blocks nobody: its lock is broken.
 *
 * A lock is a symbolic link that points at its holder's token: made and filled in one step, so that no
 * crash leaves a lock of nobody.
 * @throws ServiceFailed where a living process holds it for 10 s
 */
export async function withFileLock<T>(path: string, task: () => Promise<T>): Promise<T> {
  const token = `${ownIdentity}.${randomBytes(6).toString('hex')}`;
  const giveUpAt = Date.now() + WAIT_MS;
  while (!(await take(path, token))) {
    if (await breakDeadLock(path)) continue;
    if (Date.now() > giveUpAt) {
      const holder = (await tokenAt(path))?.split('.')[0] ?? 'another one';
      throw serviceFailed(`process ${holder} holds the lock of this object for too long`);
    }
    await delay(1 + Math.random() * 3);
  }
  try {
    return await task();
  } finally {
    await unlink(path);
  }
}

/**
 * Removes the lock at `path` if its holder is dead; true where it is worth trying to take it again.
 *
 * Two processes may find the same dead holder. If both simply removed the lock, the slower one would
 * remove the lock that the faster one has taken meanwhile. So a lock with token T may be removed only by
 * its living holder, or by whoever holds the lock named `T.break`, a lock like any other (its own dead
 * holder is dealt with in the same way), and only after reading T there once more: nobody else may
 * remove T now, and tokens never come twice.
 */
export async function breakDeadLock(path: string): Promise<boolean> {
  const token = await tokenAt(path);
  if (token === null) return true;
  const [pid, start] = token.split('.');
  if (isAlive(`${pid}.${start}`)) return false;
  await withFileLock(join(dirname(path), `${token}.break`), async () => {
    if ((await tokenAt(path)) === token) await unlink(path);
  });
  return true;
}

async function take(path: string, token: string): Promise<boolean> {
  try {
    await symlink(token, path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

async function tokenAt(path: string): Promise<string | null> {
  try {
    return await readlink(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}
