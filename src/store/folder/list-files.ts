import type { Dirent } from 'node:fs';
import { opendir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { ListedObject } from '../../activities/ports.ts';
import { isValidSegment } from '../object-key.ts';
import { versionOf } from './version.ts';

/** How many files are looked at together. Node's thread pool runs four calls at a time. */
const BATCH_FILES = 32;

/** How many entries of a folder are read with one system call. Node's default of 32 is made for short folders. */
const DIRECTORY_BUFFER = 256;

/**
 * Lists the objects whose keys begin with `prefix`, in no particular order. The memory does not depend on the number of
 * objects. Files that disappear in the meantime are left out, and so are names that are not part of an object key, such
 * as `.everclip` and `.DS_Store`.
 */
export async function* listFiles(root: string, prefix: string): AsyncGenerator<ListedObject> {
  const at = prefix.lastIndexOf('/') + 1;
  yield* walk(root, { path: prefix.slice(0, at), start: prefix.slice(at) });
}

/** Lists a folder, whose path is empty or ends in a slash. Names that do not begin with `start` are left out. */
async function* walk(
  root: string,
  { path, start }: { path: string; start: string },
): AsyncGenerator<ListedObject> {
  let batch: string[] = [];
  for await (const entry of entriesOf(join(root, path))) {
    if (!entry.name.startsWith(start) || !isValidSegment(entry.name)) continue;
    const key = path + entry.name;
    if (entry.isDirectory()) {
      yield* walk(root, { path: `${key}/`, start: '' });
      continue;
    }
    batch.push(key);
    if (batch.length < BATCH_FILES) continue;
    yield* await statAll(root, batch);
    batch = [];
  }
  yield* await statAll(root, batch);
}

/** Returns the entries of a folder; none if there is no such folder. */
async function* entriesOf(path: string): AsyncGenerator<Dirent> {
  try {
    yield* await opendir(path, { bufferSize: DIRECTORY_BUFFER });
  } catch (error) {
    if (!isGone(error)) throw error;
  }
}

async function statAll(root: string, keys: readonly string[]): Promise<ListedObject[]> {
  const found = await Promise.all(keys.map((key) => statOne(root, key)));
  return found.filter((object) => object !== null);
}

async function statOne(root: string, key: string): Promise<ListedObject | null> {
  try {
    const stats = await stat(join(root, key), { bigint: true });
    return stats.isFile() ? { key, version: versionOf(stats) } : null;
  } catch (error) {
    if (isGone(error)) return null;
    throw error;
  }
}

function isGone(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException;
  return code === 'ENOENT' || code === 'ENOTDIR';
}
