import { createHash } from 'node:crypto';
import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * A hash over everything that the build depends on: the names and contents of the sources, the compiler's
 * settings and the packages. (Contents and not times: a checkout or a copy changes those.)
 *
 * @param {string} root
 */
export async function sourceHash(root) {
  const settings = (await readdir(root)).filter((name) => /^tsconfig.*\.json$/.test(name));
  const sources = await filesUnder(root, 'src');
  const hash = createHash('sha256');
  for (const file of ['package-lock.json', ...settings, ...sources].sort()) {
    const content = await readFile(join(root, file));
    hash.update(`${file}\n${content.length}\n`).update(content);
  }
  return hash.digest('hex');
}

/**
 * Every file under a folder, as paths from the root; none where the folder isn't there.
 *
 * @param {string} root
 * @param {string} folder
 * @returns {Promise<string[]>}
 */
export async function filesUnder(root, folder) {
  const entries = await readdir(join(root, folder), { withFileTypes: true }).catch(() => []);
  const nested = entries.map((entry) => {
    const path = `${folder}/${entry.name}`;
    return entry.isDirectory() ? filesUnder(root, path) : [path];
  });
  return (await Promise.all(nested)).flat();
}
