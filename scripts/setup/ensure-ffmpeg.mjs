import process from 'node:process';
import { findOnPath, isExecutable, run } from '../support/programs.mjs';
import { headAndTail, ScriptError, step } from '../support/report.mjs';

const RUN_AGAIN = 'set FFMPEG_PATH and FFPROBE_PATH, then run this again';

/**
 * Finds ffmpeg and ffprobe through FFMPEG_PATH and FFPROBE_PATH, or on PATH. If they are missing, installs
 * Debian's package.
 *
 * @param {NodeJS.ProcessEnv} [env]
 * @returns {Promise<{ ffmpeg: string, ffprobe: string }>} their paths
 * @throws {ScriptError} if they are missing and cannot be installed
 */
export async function ensureFfmpeg(env = process.env) {
  const found = await findBoth(env);
  if (found !== null) return found;
  await aptInstall(env);
  const installed = await findBoth(env);
  if (installed !== null) return installed;
  throw new ScriptError(
    `apt-get installed ffmpeg, but ffmpeg or ffprobe is still not on PATH: ${RUN_AGAIN}.`,
  );
}

/** @param {NodeJS.ProcessEnv} env */
async function findBoth(env) {
  const ffmpeg = await findProgram('ffmpeg', 'FFMPEG_PATH', env);
  const ffprobe = await findProgram('ffprobe', 'FFPROBE_PATH', env);
  return ffmpeg !== null && ffprobe !== null ? { ffmpeg, ffprobe } : null;
}

/**
 * @param {string} name
 * @param {string} variable
 * @param {NodeJS.ProcessEnv} env
 * @throws {ScriptError} if the variable names something that is not an executable file
 */
async function findProgram(name, variable, env) {
  const named = env[variable];
  if (!named) return await findOnPath(name, env);
  if (await isExecutable(named)) return named;
  throw new ScriptError(
    `${variable} is ${named}, which is not an executable file: correct ${variable}, or unset it to use the ${name} on PATH.`,
  );
}

/** @param {NodeJS.ProcessEnv} env */
async function aptInstall(env) {
  const rootPrefix = await findRootPrefix(env);
  if (rootPrefix === null || (await findOnPath('apt-get', env)) === null) {
    throw new ScriptError(
      `ffmpeg and ffprobe are missing, and installing them here needs apt-get and root: install them yourself ("sudo apt-get install ffmpeg", or your system's command), or ${RUN_AGAIN}.`,
    );
  }
  // On a machine that has just booted, another apt-get may hold the lock.
  const options = ['-qq', '-o', 'DPkg::Lock::Timeout=300'];
  const [command = '', ...prefix] = [
    ...rootPrefix,
    'env',
    'DEBIAN_FRONTEND=noninteractive',
    'apt-get',
    ...options,
  ];
  const words = {
    doing: 'installing ffmpeg with apt-get (about a minute, only once)',
    done: 'installed ffmpeg',
  };
  await step(words, async () => {
    const update = await run(command, [...prefix, 'update'], { env });
    const packages = ['install', '-y', '--no-install-recommends', 'ffmpeg'];
    const install = update.ok ? await run(command, [...prefix, ...packages], { env }) : update;
    if (install.ok) return;
    throw new ScriptError(
      `apt-get could not install ffmpeg: install ffmpeg and ffprobe yourself, or ${RUN_AGAIN}.`,
      headAndTail(install.output),
    );
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
