import { randomBytes } from 'node:crypto';
import { readlink, symlink, unlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { serviceFailed } from '../../errors.ts';
import { isAlive, ownIdentity } from '../../process-identity.ts';

/**
 * A process needs a lock only for milliseconds. A process that holds a lock for longer than this time is stopped or
 * stuck.
 */
const MAX_WAIT_MS = 10_000;

/**
 * Runs `task` while this process holds the lock at `path`, which only one process on this machine can hold.
 *
 * The folder of `path` must exist. If the process that holds the lock was killed with -9, the lock is
 * removed.
 *
 * A lock is a symbolic link whose target is the holder's token. The file system creates the link and its
 * target in one step, so a crash can't leave a lock without a holder.
 * @throws ServiceFailed if a living process holds the lock for more than 10 s
 */
export async function withFileLock<T>(path: string, task: () => Promise<T>): Promise<T> {
  const token = `${ownIdentity}.${randomBytes(6).toString('hex')}`;
  const deadlineMs = Date.now() + MAX_WAIT_MS;
  while (!(await tryLock(path, token))) {
    if (await breakDeadLock(path)) continue;
    if (Date.now() > deadlineMs) {
      const pid = (await readToken(path))?.split('.')[0];
      throw serviceFailed(
        `${pid ? `process ${pid}` : 'another process'} has held the lock of this object for more than ${MAX_WAIT_MS / 1000} s: stop that process`,
      );
    }
    await pause(1 + Math.random() * 3);
  }
  try {
    return await task();
  } finally {
    await unlink(path);
  }
}

/**
 * Removes the lock at `path` if its holder is dead. Returns true if the lock may be free now.
 *
 * Two processes can find the same dead holder. If both simply removed the lock, the slower process would
 * remove the lock that the faster process has acquired in the meantime. So the lock with token T may be
 * removed only by
 * - its living holder, or
 * - the holder of the lock `T.break`, after it has checked that T is still at `path`.
 *
 * While that process holds `T.break`, nobody else can remove T, and tokens are never reused. `T.break` is an ordinary
 * lock. If the holder of `T.break` dies, `T.break` is removed in the same way.
 */
export async function breakDeadLock(path: string): Promise<boolean> {
  const token = await readToken(path);
  if (token === null) return true;
  if (isAlive(token)) return false;
  await withFileLock(join(dirname(path), `${token}.break`), async () => {
    if ((await readToken(path)) === token) await unlink(path);
  });
  return true;
}

async function tryLock(path: string, token: string): Promise<boolean> {
  try {
    await symlink(token, path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

async function readToken(path: string): Promise<string | null> {
  try {
    return await readlink(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}
