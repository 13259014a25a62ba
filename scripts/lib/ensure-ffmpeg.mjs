import process from 'node:process';
import { findOnPath, isExecutable } from './find-on-path.mjs';
import { headAndTail, step } from './report.mjs';
import { run } from './run.mjs';
import { SetUpError } from './set-up-error.mjs';

const VARIABLES = { ffmpeg: 'FFMPEG_PATH', ffprobe: 'FFPROBE_PATH' };

/**
 * Finds ffmpeg and ffprobe - in their variables, on PATH - or installs Debian's package where we may.
 *
 * @param {NodeJS.ProcessEnv} env
 * @returns {Promise<{ ffmpeg: string, ffprobe: string }>} their paths
 */
export async function ensureFfmpeg(env = process.env) {
  const found = await findBoth(env);
  if (found) return found;
  await aptInstall(env);
  const installed = await findBoth(env);
  if (installed) return installed;
  throw new SetUpError(
    'apt-get installed ffmpeg and yet it is not on PATH: set FFMPEG_PATH and FFPROBE_PATH, then run this again.',
  );
}

async function findBoth(env) {
  const ffmpeg = await find('ffmpeg', env);
  const ffprobe = await find('ffprobe', env);
  return ffmpeg && ffprobe ? { ffmpeg, ffprobe } : undefined;
}

async function find(name, env) {
  const variable = VARIABLES[name];
  const named = env[variable];
  if (!named) return findOnPath(name, env);
  if (await isExecutable(named)) return named;
  throw new SetUpError(
    `${variable} is ${named}, which can't be run: correct it, or unset it to have ${name} looked for on PATH.`,
  );
}

async function aptInstall(env) {
  const rootPrefix = await prefixForRoot(env);
  if (!rootPrefix || !(await findOnPath('apt-get', env))) {
    throw new SetUpError(
      'ffmpeg and ffprobe are missing and can only be installed by root: run "apt-get install ffmpeg" (or what your system has for it), or set FFMPEG_PATH and FFPROBE_PATH, then run this again.',
    );
  }
  const apt = [...rootPrefix, 'env', 'DEBIAN_FRONTEND=noninteractive', 'apt-get'];
  // Another apt may be at work, as on a machine that has just booted.
  const options = ['-qq', '-o', 'DPkg::Lock::Timeout=300'];
  const words = {
    doing: 'installing ffmpeg with apt-get (about a minute, once)',
    done: 'installed ffmpeg',
  };
  await step(words, async () => {
    const [command, ...args] = apt;
    const update = await run(command, [...args, ...options, 'update'], { env });
    const packages = ['install', '-y', '--no-install-recommends', 'ffmpeg'];
    const install = update.ok
      ? await run(command, [...args, ...options, ...packages], { env })
      : update;
    if (install.ok) return;
    throw new SetUpError(
      'apt-get could not install ffmpeg: install ffmpeg and ffprobe yourself, or set FFMPEG_PATH and FFPROBE_PATH, then run this again.',
      headAndTail(install.output),
    );
  });
}

/** What to put before a command that root must run; undefined where we can't be root. */
async function prefixForRoot(env) {
  if (process.getuid?.() === 0) return [];
  const sudo = await findOnPath('sudo', env);
  return sudo && (await run(sudo, ['-n', 'true'], { env })).ok ? [sudo, '-n'] : undefined;
}
