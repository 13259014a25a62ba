import { createHash } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import process from 'node:process';
import { withLock } from '../support/lock.mjs';
import { cacheDir, ROOT } from '../support/paths.mjs';
import { run } from '../support/programs.mjs';
import { headAndTail, ScriptError, step } from '../support/report.mjs';

/** Holds the hash of the package-lock.json from which node_modules was made. */
const STAMP = join(ROOT, 'node_modules', '.everclip-lock');

/**
 * Runs `npm ci` if package-lock.json has changed since the last complete installation. `npm ci` starts by
 * deleting node_modules, and the stamp with it, so a killed installation is repeated.
 *
 * @param {NodeJS.ProcessEnv} [env]
 * @throws {ScriptError} if `npm ci` fails
 */
export async function ensurePackages(env = process.env) {
  const wanted = sha256(await readFile(join(ROOT, 'package-lock.json')));
  const isCurrent = async () => (await readFile(STAMP, 'utf8').catch(() => '')) === wanted;
  if (await isCurrent()) return;

  const lock = join(cacheDir(env), 'locks', `npm-${sha256(ROOT).slice(0, 16)}`);
  await withLock(lock, async (lockFd) => {
    // Another set-up may have installed the packages while this set-up waited for the lock.
    if (await isCurrent()) return;
    await npmCi(env, lockFd);
    await writeFile(STAMP, wanted);
  });
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
