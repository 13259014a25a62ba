import { createHash } from 'node:crypto';
import { mkdir, open, readdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { BucketPort, ListedObject, WriteCondition } from '../../activities/ports.ts';
import { serviceFailed } from '../../errors.ts';
import { PRIVATE_FOLDER } from '../../private-files.ts';
import { MAX_OBJECT_BYTES } from '../max-object-bytes.ts';
import { requireValidKey, requireValidPrefix } from '../object-key.ts';
import { isFile, removeFile, replaceFile, sweepScratch } from './atomic-file.ts';
import { listFiles } from './list-files.ts';
import { breakDeadLock, withFileLock } from './lock.ts';
import { createFolderMarker } from './marker.ts';
import { runInTurn } from './queue.ts';
import { versionOf } from './version.ts';

/**
 * A bucket in a folder: the object `messages/1/2.json` is the file `messages/1/2.json` in the folder.
 *
 * Content type and cache control are not stored. Several processes on one machine can share the folder,
 * but containers can't, because they don't see each other's processes. Temporary files and locks are in
 * the sub-folder `.everclip`. A marker there tells a bucket without objects from a folder that is gone, so the absence of
 * an object is a fact.
 *
 * Methods throw ServiceFailed, and a plain Error for an invalid key.
 */
export function createFolderBucket(directory: string): BucketPort {
  const root = resolve(directory);
  const scratch = join(root, '.everclip', 'tmp');
  const locks = join(root, '.everclip', 'locks');
  const marker = createFolderMarker(root);
  let preparation: Promise<void> | null = null;

  async function prepare(): Promise<void> {
    await mkdir(scratch, { recursive: true, mode: PRIVATE_FOLDER });
    await mkdir(locks, { recursive: true, mode: PRIVATE_FOLDER });
    await marker.make();
    await sweepScratch(scratch);
    for (const name of await readdir(locks)) await breakDeadLock(join(locks, name));
  }

  async function prepareOnce(): Promise<void> {
    try {
      await (preparation ??= prepare());
    } catch (error) {
      preparation = null;
      throw error;
    }
  }

  function lockOf(key: string): string {
    return join(locks, createHash('sha256').update(key).digest('hex').slice(0, 40));
  }

  function readStored(key: string): Promise<StoredBytes | null> {
    return asServiceFailure(root, async () => {
      const found = await readObject(join(root, requireValidKey(key)));
      if (found === null) await marker.requireBucket();
      return found;
    });
  }

  async function* listObjects(prefix: string): AsyncGenerator<ListedObject> {
    try {
      await marker.requireBucket();
      yield* listFiles(root, prefix);
      // The folder may have gone meanwhile.
      await marker.requireBucket();
    } catch (error) {
      throw toServiceFailure(root, error);
    }
  }

  return {
    read: async (key) => {
      const found = await readStored(key);
      if (found === null) return null;
      const { bytes, generation, version } = found;
      return { body: bytes.toString('utf8'), generation, version };
    },

    readBytes: async (key) => {
      const found = await readStored(key);
      return found && { bytes: found.bytes, generation: found.generation };
    },

    list: (prefix) => listObjects(requireValidPrefix(prefix)),

    exists: (key) =>
      asServiceFailure(root, async () => {
        const isFound = await isFile(join(root, requireValidKey(key)));
        if (!isFound) await marker.requireBucket();
        return isFound;
      }),

    delete: (key) =>
      asServiceFailure(root, async () => {
        const target = join(root, requireValidKey(key));
        if (!(await isFile(target))) return marker.requireBucket();
        await prepareOnce();
        return runInTurn(target, () => withFileLock(lockOf(key), () => removeFile(target, root)));
      }),

    write: (key, body, { condition }) =>
      asServiceFailure(root, async () => {
        const target = join(root, requireValidKey(key));
        await prepareOnce();
        return runInTurn(target, async () => {
          if (condition === undefined) {
            return await replaceFile(target, body, scratch);
          }
          return withFileLock(lockOf(key), async () => {
            if (!isConditionMet(condition, await readObject(target))) return null;
            return await replaceFile(target, body, scratch);
          });
        });
      }),
  };
}

interface StoredBytes {
  /** Empty if the object is larger than MAX_OBJECT_BYTES. */
  bytes: Buffer;
  generation: string;
  version: string;
}

function isConditionMet(condition: WriteCondition, stored: StoredBytes | null): boolean {
  return condition === 'absent' ? stored === null : stored?.generation === condition.generation;
}

/** Returns the object in a file, or null if there is no such file. */
async function readObject(path: string): Promise<StoredBytes | null> {
  try {
    const file = await open(path);
    try {
      const stats = await file.stat({ bigint: true });
      const version = versionOf(stats);
      if (stats.size > MAX_OBJECT_BYTES) {
        return { bytes: Buffer.alloc(0), generation: hashOf(version), version };
      }
      const bytes = await file.readFile();
      return { bytes, generation: hashOf(bytes), version };
    } finally {
      await file.close();
    }
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR' || code === 'EISDIR') return null;
    throw error;
  }
}

/**
 * Returns a generation. The generation of an object is a hash of the object's content.
 *
 * Files have no generation of their own, and a counter in another file could be wrong after a crash. If the content
 * changes from A to B and back to A, the generation looks unchanged. The unchanged generation is harmless, because a
 * writer that read A still knows the current content.
 */
function hashOf(content: Uint8Array | string): string {
  return createHash('sha256').update(content).digest('hex').slice(0, 32);
}

async function asServiceFailure<T>(root: string, task: () => Promise<T>): Promise<T> {
  try {
    return await task();
  } catch (error) {
    throw toServiceFailure(root, error);
  }
}

/** Translates an error of the file system. Any other error is returned unchanged. */
function toServiceFailure(root: string, error: unknown): unknown {
  const { code } = error as NodeJS.ErrnoException;
  if (code === 'ENOSPC' || code === 'EDQUOT') {
    return serviceFailed(`the disk of ${root} is full: free some space or move DATA_DIR`);
  }
  if (code === 'EACCES' || code === 'EPERM' || code === 'EROFS') {
    return serviceFailed(
      `permission denied in ${root}: let this user write there or change DATA_DIR`,
    );
  }
  if (typeof code === 'string') {
    return serviceFailed(`cannot use the bucket folder ${root} (${code}): check DATA_DIR`);
  }
  return error;
}
