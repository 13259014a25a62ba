import { createHash } from 'node:crypto';
import { mkdir, readFile, readdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { BucketPort, WriteCondition } from '../../activities/ports.ts';
import { serviceFailed } from '../../errors.ts';
import { replaceFile, sweepScratch } from './atomic-file.ts';
import { breakDeadLock, withFileLock } from './lock.ts';
import { inTurn } from './queue.ts';
import { validKey } from '../object-key.ts';

/**
 * A bucket that is a folder: an object is the file of the same name, so `messages/1/2.json` can be read
 * by anything. Content type and cache control aren't kept; readers of files go by the ending.
 *
 * Processes of one machine may share it (not containers: they don't see each other's processes).
 * Temporary files and locks stand in `.everclip`, out of every reader's way.
 * Methods throw ServiceFailed, and a plain Error for a key that can't be one.
 */
export function createFolderBucket(directory: string): BucketPort {
  const root = resolve(directory);
  const scratch = join(root, '.everclip', 'tmp');
  const locks = join(root, '.everclip', 'locks');
  let ready: Promise<void> | null = null;

  const prepare = async (): Promise<void> => {
    await mkdir(scratch, { recursive: true });
    await mkdir(locks, { recursive: true });
    await sweepScratch(scratch);
    for (const name of await readdir(locks)) await breakDeadLock(join(locks, name));
  };
  const prepared = async (): Promise<void> => {
    try {
      await (ready ??= prepare());
    } catch (error) {
      ready = null;
      throw error;
    }
  };

  return {
    read: (key) =>
      translated(root, async () => {
        const bytes = await bytesAt(join(root, validKey(key)));
        return bytes && { body: bytes.toString('utf8'), generation: generationOf(bytes) };
      }),

    write: (key, body, { condition }) =>
      translated(root, async () => {
        const target = join(root, validKey(key));
        await prepared();
        return inTurn(target, async () => {
          if (condition === undefined) {
            await replaceFile(target, body, scratch);
            return true;
          }
          const lock = join(locks, createHash('sha256').update(key).digest('hex').slice(0, 40));
          return withFileLock(lock, async () => {
            if (!holds(condition, await bytesAt(target))) return false;
            await replaceFile(target, body, scratch);
            return true;
          });
        });
      }),
  };
}

/**
 * A file has no generation, and a counter beside it could differ from it after a crash. The hash of the
 * content can't. That A, B, A looks unchanged is harmless: who read A still knows what stands there.
 */
const generationOf = (bytes: Uint8Array): string =>
  createHash('sha256').update(bytes).digest('hex').slice(0, 32);

const holds = (condition: WriteCondition, bytes: Uint8Array | null): boolean =>
  condition === 'absent'
    ? bytes === null
    : bytes !== null && generationOf(bytes) === condition.generation;

async function bytesAt(path: string): Promise<Buffer | null> {
  try {
    return await readFile(path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR' || code === 'EISDIR') return null;
    throw error;
  }
}

async function translated<T>(root: string, task: () => Promise<T>): Promise<T> {
  try {
    return await task();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOSPC' || code === 'EDQUOT')
      throw serviceFailed(`no room left on the disk of ${root}`);
    if (code === 'EACCES' || code === 'EPERM' || code === 'EROFS') {
      throw serviceFailed(`this user may not write in ${root}: change its rights or DATA_DIR`);
    }
    if (typeof code === 'string')
      throw serviceFailed(`the bucket folder ${root} fails with ${code}`);
    throw error;
  }
}
