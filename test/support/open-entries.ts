import { lstatSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

/** Lists the files and folders in a folder that other users may read, change or list, with their modes. */
export function findOpenEntries(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() || entry.isDirectory())
    .map((entry) => join(entry.parentPath, entry.name))
    .flatMap((path) => {
      // Another process may remove a temporary file at any time.
      const mode = lstatSync(path, { throwIfNoEntry: false })?.mode ?? 0;
      return (mode & 0o077) === 0 ? [] : [`${path} ${(mode & 0o777).toString(8)}`];
    });
}
