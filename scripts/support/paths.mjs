import { readdir } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';

/** The root of this checkout. */
export const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/**
 * Returns the folder for installed tools. The folder is outside the checkout, so all clones share it.
 *
 * @param {NodeJS.ProcessEnv} [env]
 * @returns {string}
 */
export function cacheDir(env = process.env) {
  return join(env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'everclip');
}

/**
 * Lists every file under a folder. A missing folder counts as empty.
 *
 * @param {string} root
 * @param {string} folder relative to `root`
 * @returns {Promise<string[]>} paths relative to `root`
 */
export async function listFiles(root, folder) {
  const entries = await readdir(join(root, folder), { withFileTypes: true }).catch(() => []);
  const nested = entries.map(async (entry) => {
    const path = `${folder}/${entry.name}`;
    return entry.isDirectory() ? await listFiles(root, path) : [path];
  });
  return (await Promise.all(nested)).flat();
}
