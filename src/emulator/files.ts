import {
  copyFileSync,
  linkSync,
  mkdirSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';

/**
 * Bytes to store: in memory, or a file that nobody rewrites in place (it is linked, not copied,
 * where possible).
 */
export type FileSource = { readonly bytes: Uint8Array } | { readonly path: string };

/** The bytes of attachments and avatars, one file each in one folder. */
export class FileStore {
  readonly #folder: string;

  constructor(folder: string) {
    mkdirSync(folder, { recursive: true });
    this.#folder = folder;
  }

  path(name: string): string {
    return join(this.#folder, name);
  }

  /**
   * Stores the bytes under `name`, which a crash leaves whole or not there.
   * @returns their size in bytes
   * @throws the file system's error, such as ENOENT for a `path` that isn't there
   */
  put(name: string, source: FileSource): number {
    const target = this.path(name);
    const partial = `${target}.partial`;
    rmSync(partial, { force: true });
    if ('bytes' in source) writeFileSync(partial, source.bytes);
    else linkOrCopy(source.path, partial);
    renameSync(partial, target);
    return statSync(target).size;
  }

  remove(name: string): void {
    rmSync(this.path(name), { force: true });
  }

  /** In bytes. */
  size(name: string): number {
    return statSync(this.path(name)).size;
  }
}

/**
 * Seeding 500 clips from a few large files must cost neither time nor disk; links don't cross file
 * systems.
 */
function linkOrCopy(from: string, to: string): void {
  try {
    linkSync(from, to);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') throw error;
    copyFileSync(from, to);
  }
}

/** The name under which an avatar's picture is stored. */
export function avatarFile(userId: string, hash: string): string {
  return `avatar-${userId}-${hash}`;
}
