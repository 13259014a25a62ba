import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { CACHE } from './cache.mjs';

const MAX_AGE_MS = 30 * 86_400_000;

/**
 * Removes translations that are older than 30 days, because each change of a file leaves one behind. A file that has not
 * changed for so long is translated again.
 *
 * @param {string} [folder]
 */
export async function pruneTypescriptCache(folder = CACHE) {
  const names = await readdir(folder).catch(() => []);
  await Promise.all(
    names.map(async (name) => {
      const path = join(folder, name);
      // Another run may have removed the file.
      const info = await stat(path).catch(() => null);
      if (info && Date.now() - info.mtimeMs > MAX_AGE_MS) await rm(path, { force: true });
    }),
  );
}
