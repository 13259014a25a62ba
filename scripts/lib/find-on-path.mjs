import { constants } from 'node:fs';
import { access, stat } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import process from 'node:process';

/**
 * Whether `file` is a file that may be run.
 *
 * @param {string} file
 */
export async function isExecutable(file) {
  try {
    await access(file, constants.X_OK);
    return (await stat(file)).isFile();
  } catch {
    return false;
  }
}

/**
 * The first program of that name on PATH.
 *
 * @param {string} name
 * @param {NodeJS.ProcessEnv} env
 * @returns {Promise<string | undefined>}
 */
export async function findOnPath(name, env = process.env) {
  for (const dir of (env.PATH || '').split(delimiter)) {
    const file = join(dir, name);
    if (dir && (await isExecutable(file))) return file;
  }
  return undefined;
}
