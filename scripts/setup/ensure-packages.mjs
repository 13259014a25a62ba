import { createHash } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import process from 'node:process';
import { withLock } from '../support/lock.mjs';
import { cacheDir, ROOT } from '../support/paths.mjs';
import { run } from '../support/programs.mjs';
import { headAndTail, ScriptError, step } from '../support/report.mjs';

const LOCK_FILE = join(ROOT, 'package-lock.json');

/** Holds the hash of the package-lock.json from which node_modules was made. */
const STAMP = join(ROOT, 'node_modules', '.everclip-lock');

/**
 * In this file, npm lists the packages that it has installed. npm writes this file last:
 * https://docs.npmjs.com/cli/v11/configuring-npm/package-lock-json#hidden-lockfiles
 */
const INSTALLED = join(ROOT, 'node_modules', '.package-lock.json');

/**
 * Runs `npm ci` unless node_modules was made from this package-lock.json, by an earlier set-up or by a user's `npm ci`.
 * `npm ci` starts by deleting node_modules, and the stamp with it, so a killed installation is repeated.
 *
 * @param {NodeJS.ProcessEnv} [env]
 * @throws {ScriptError} if `npm ci` fails
 */
export async function ensurePackages(env = process.env) {
  const wanted = sha256(await readFile(LOCK_FILE));
  const isCurrent = async () => (await readFile(STAMP, 'utf8').catch(() => '')) === wanted;
  if (await isCurrent()) return;

  const lock = join(cacheDir(env), 'locks', `npm-${sha256(ROOT).slice(0, 16)}`);
  await withLock(lock, async (lockFd) => {
    // Another set-up may have installed the packages while this set-up waited for the lock.
    if (await isCurrent()) return;
    if (!(await isInstalledByUser())) await npmCi(env, lockFd);
    await writeFile(STAMP, wanted);
  });
}

/** @typedef {{ version?: string, integrity?: string, optional?: boolean }} LockedPackage */

/**
 * True if npm has installed all packages of package-lock.json, and no others. Optional packages may be missing, because
 * most of them are for other systems.
 *
 * @returns {Promise<boolean>}
 */
async function isInstalledByUser() {
  const installed = await readPackages(INSTALLED);
  const locked = await readPackages(LOCK_FILE);
  if (installed === null || locked === null) return false;
  // The entry without a name is this project itself.
  const names = new Set([...Object.keys(installed), ...Object.keys(locked)].filter(Boolean));
  return [...names].every((name) => {
    const [is, wanted] = [installed[name], locked[name]];
    if (is === undefined) return wanted?.optional === true;
    return is.version === wanted?.version && is.integrity === wanted?.integrity;
  });
}

/**
 * @param {string} file
 * @returns {Promise<Record<string, LockedPackage> | null>} null if the file is missing or lists no packages
 */
async function readPackages(file) {
  try {
    /** @type {{ packages?: Record<string, LockedPackage> }} */
    const { packages } = JSON.parse(await readFile(file, 'utf8'));
    return packages ?? null;
  } catch {
    return null;
  }
}

/**
 * @param {NodeJS.ProcessEnv} env
 * @param {number} lockFd npm holds the lock too, because npm survives a killed set-up
 */
async function npmCi(env, lockFd) {
  const words = {
    doing: 'installing the npm packages with npm ci (about half a minute)',
    done: 'installed the npm packages',
  };
  await step(words, async () => {
    // The build needs the dev dependencies, which NODE_ENV=production would leave out.
    const args = ['ci', '--include=dev', '--no-audit', '--no-fund', '--loglevel=error'];
    const { ok, output } = await run('npm', args, { cwd: ROOT, env, inheritFd: lockFd });
    if (ok) return;
    throw new ScriptError(
      'npm ci failed: fix the error above (is the npm registry reachable?), then run this again.',
      headAndTail(output),
    );
  });
}

/**
 * @param {string | Buffer} data
 * @returns {string}
 */
function sha256(data) {
  return createHash('sha256').update(data).digest('hex');
}
