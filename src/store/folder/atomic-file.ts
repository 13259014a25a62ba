import { mkdir, open, readdir, rename, rmdir, stat, unlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { PRIVATE_FILE, PRIVATE_FOLDER } from '../../private-files.ts';
import { isAlive, ownIdentity } from '../../process-identity.ts';
import { versionOf } from './version.ts';

let counter = 0;

/**
 * Replaces a file in one step, so that a reader sees either the old or the new bytes. A crash leaves the old bytes.
 *
 * The bytes are first written to a temporary file in `scratch`, a folder on the same file system. Returns the version of
 * the new file.
 */
export async function replaceFile(
  target: string,
  bytes: string | Uint8Array,
  scratch: string,
): Promise<string> {
  const temporary = join(scratch, `${ownIdentity}.${counter++}`);
  try {
    const file = await open(temporary, 'wx', PRIVATE_FILE);
    let version: string;
    try {
      await file.writeFile(bytes);
      // Without this sync, a power cut can keep the rename but lose the bytes, which leaves an empty record.
      await file.sync();
      version = versionOf(await file.stat({ bigint: true }));
    } finally {
      await file.close();
    }
    await moveFile(temporary, target);
    return version;
  } catch (error) {
    await unlink(temporary).catch(() => undefined);
    throw error;
  }
}

/**
 * How often a move is tried. Another program that probes the bucket may remove the empty target folder between two
 * tries.
 */
const MAX_MOVES = 5;

/** Renames a file, and creates the target's folder if it is missing. */
async function moveFile(from: string, to: string): Promise<void> {
  for (let move = 1; ; move++) {
    try {
      await rename(from, to);
      return;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT' || move === MAX_MOVES) throw error;
      await mkdir(dirname(to), { recursive: true, mode: PRIVATE_FOLDER });
    }
  }
}

/** Removes a file, and its folder if the folder is empty afterwards. Does nothing if the file does not exist. */
export async function removeFile(target: string, root: string): Promise<void> {
  try {
    await unlink(target);
  } catch (error) {
    if (!isNoSuchFile(error)) throw error;
  }
  const folder = dirname(target);
  // The folder still has files, or another process has just removed it.
  if (folder !== root) await rmdir(folder).catch(() => undefined);
}

/** True if the path leads to a file. */
export async function isFile(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isFile();
  } catch (error) {
    if (isNoSuchFile(error)) return false;
    throw error;
  }
}

function isNoSuchFile(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException;
  return code === 'ENOENT' || code === 'ENOTDIR';
}

/** Removes the temporary files of processes that are no longer alive. */
export async function sweepScratch(scratch: string): Promise<void> {
  for (const name of await readdir(scratch)) {
    if (!isAlive(name)) await unlink(join(scratch, name)).catch(() => undefined);
  }
}
