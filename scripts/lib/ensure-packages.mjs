import { createHash } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import process from 'node:process';
import { withLock } from './lock.mjs';
import { cacheDir } from './paths.mjs';
import { headAndTail, step } from './report.mjs';
import { run } from './run.mjs';
import { SetUpError } from './set-up-error.mjs';

const sha256 = (data) => createHash('sha256').update(data).digest('hex');

/**
 * Runs `npm ci` unless node_modules was made from the package-lock.json at hand. `npm ci` begins by deleting
 * node_modules, and the stamp with it, so an install that was stopped half-way is done anew.
 *
 * @param {string} root
 * @param {NodeJS.ProcessEnv} env
 */
export async function ensurePackages(root, env = process.env) {
  const wanted = sha256(await readFile(join(root, 'package-lock.json')));
  const stamp = join(root, 'node_modules', '.everclip-lock');
  const isCurrent = async () => (await readFile(stamp, 'utf8').catch(() => '')) === wanted;
  if (await isCurrent()) return;

  await withLock(join(cacheDir(env), 'locks', `npm-${sha256(root).slice(0, 16)}`), async (fd) => {
    if (await isCurrent()) return;
    await npmCi(root, env, fd);
    await writeFile(stamp, wanted);
  });
}

async function npmCi(root, env, lockFd) {
  const words = {
    doing: 'installing the npm packages with npm ci (about half a minute)',
    done: 'installed the npm packages',
  };
  await step(words, async () => {
    // Dev dependencies compile the program, so NODE_ENV=production mustn't leave them out.
    const args = ['ci', '--include=dev', '--no-audit', '--no-fund', '--loglevel=error'];
    const { ok, output } = await run('npm', args, { cwd: root, env, inheritFd: lockFd });
    if (ok) return;
    throw new SetUpError(
      'npm ci failed: mend what it says above (is the npm registry reachable?), then run this again.',
      headAndTail(output),
    );
  });
}
