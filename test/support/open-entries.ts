import { lstatSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Lists the files and folders in a folder that other users may read, change or list, with their modes. `closed` names
 * folders that may contain open entries, because nobody else can enter the folders themselves.
 */
export function findOpenEntries(folder: string, closed: readonly string[] = []): string[] {
  const isInClosed = (path: string) =>
    closed.some((name) => path.startsWith(join(folder, name, '/')));
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() || entry.isDirectory())
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => !isInClosed(path))
    .flatMap((path) => {
      // Another process may remove a temporary file at any time.
      const mode = lstatSync(path, { throwIfNoEntry: false })?.mode ?? 0;
      return (mode & 0o077) === 0 ? [] : [`${path} ${(mode & 0o777).toString(8)}`];
    });
}
