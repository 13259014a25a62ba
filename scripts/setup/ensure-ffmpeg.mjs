import process from 'node:process';
import { findOnPath, isExecutable } from '../support/programs.mjs';
import { ScriptError } from '../support/report.mjs';
import { aptInstall, canInstall } from './apt-install.mjs';

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
  if (!(await canInstall(env))) {
    throw new ScriptError(
      `ffmpeg and ffprobe are missing, and installing them here needs apt-get and root: install them yourself ("sudo apt-get install ffmpeg", or your system's command), or ${RUN_AGAIN}.`,
    );
  }
  const failure = `apt-get could not install ffmpeg: install ffmpeg and ffprobe yourself, or ${RUN_AGAIN}.`;
  await aptInstall('ffmpeg', { env, failure });
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
