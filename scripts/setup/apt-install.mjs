import process from 'node:process';
import { findOnPath, run } from '../support/programs.mjs';
import { headAndTail, ScriptError, step } from '../support/report.mjs';

/**
 * True if this user can install packages with apt-get, as root or through sudo without a password.
 *
 * @param {NodeJS.ProcessEnv} env
 */
export async function canInstall(env) {
  return (await findRootPrefix(env)) !== null && (await findOnPath('apt-get', env)) !== null;
}

/**
 * Installs one of Debian's packages. Call `canInstall` first.
 *
 * @param {string} name
 * @param {{ env: NodeJS.ProcessEnv, failure: string }} options `failure` is the sentence for the user
 * @throws {ScriptError} if apt-get fails
 */
export async function aptInstall(name, { env, failure }) {
  // On a machine that has just booted, another apt-get may hold the lock.
  const options = ['-qq', '-o', 'DPkg::Lock::Timeout=300'];
  const [command = '', ...prefix] = [
    ...((await findRootPrefix(env)) ?? []),
    'env',
    'DEBIAN_FRONTEND=noninteractive',
    'apt-get',
    ...options,
  ];
  const words = {
    doing: `installing ${name} with apt-get (about a minute, only once)`,
    done: `installed ${name}`,
  };
  await step(words, async () => {
    const update = await run(command, [...prefix, 'update'], { env });
    const packages = ['install', '-y', '--no-install-recommends', name];
    const install = update.ok ? await run(command, [...prefix, ...packages], { env }) : update;
    if (!install.ok) throw new ScriptError(failure, headAndTail(install.output));
  });
}

/**
 * Returns the words that must precede a command so that it runs as root. Returns null if this user cannot become root.
 *
 * @param {NodeJS.ProcessEnv} env
 * @returns {Promise<string[] | null>}
 */
async function findRootPrefix(env) {
  if (process.getuid?.() === 0) return [];
  const sudo = await findOnPath('sudo', env);
  // With -n, sudo fails instead of asking for a password.
  const canBecomeRoot = sudo !== null && (await run(sudo, ['-n', 'true'], { env })).ok;
  return canBecomeRoot ? [sudo, '-n'] : null;
}
