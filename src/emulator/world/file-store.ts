import {
  copyFileSync,
  existsSync,
  linkSync,
  mkdirSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';

/**
 * Bytes to store, which are in memory or in a file. The file must never be changed in place, because the store may only
 * hard-link the file.
 */
export type FileSource = { readonly bytes: Uint8Array } | { readonly path: string };

/** Stores the bytes of attachments and avatars in a folder, with one file for each attachment and each avatar. */
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
   * Stores bytes under a name. After a crash the file is either complete or missing.
   * @returns the size in bytes
   * @throws the file system's error, such as ENOENT if the source's `path` does not exist
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

  has(name: string): boolean {
    return existsSync(this.path(name));
  }

  remove(name: string): void {
    rmSync(this.path(name), { force: true });
  }

  /** Returns a file's size in bytes. */
  size(name: string): number {
    return statSync(this.path(name)).size;
  }
}

/**
 * Links a file, so that 500 clips made from a few large files cost neither time nor disk space. Copies the file if
 * linking fails, because hard links can't cross file systems.
 */
function linkOrCopy(from: string, to: string): void {
  try {
    linkSync(from, to);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') throw error;
    copyFileSync(from, to);
  }
}

/** Returns the name under which the store keeps an avatar. */
export function avatarFileName(userId: string, hash: string): string {
  return `avatar-${userId}-${hash}`;
}
