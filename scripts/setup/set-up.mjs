import process from 'node:process';
import { say, sayFailure, secondsSince } from '../support/report.mjs';
import { ensureBuild, PROGRAMS, WORKFLOW_BUNDLE } from './ensure-build.mjs';
import { ensureChromium } from './ensure-chromium.mjs';
import { ensureFfmpeg } from './ensure-ffmpeg.mjs';
import { ensurePackages } from './ensure-packages.mjs';
import { ensureTool } from './ensure-tool.mjs';
import { FAKE_GCS_SERVER, TEMPORAL_CLI } from './tools.mjs';

/**
 * Installs, builds or finds everything that a command needs, and stores the paths in `process.env`. Prepares the tools,
 * ffmpeg and the build in parallel. If one step fails, exits with code 1, but only after the other steps have finished.
 * The next run can then use what they installed.
 *
 * @param {object} needs
 * @param {boolean} [needs.temporal] whether the command needs the Temporal CLI
 * @param {boolean} [needs.fakeGcs] whether the command needs fake-gcs-server
 * @param {false | 'chromium' | 'headless shell'} [needs.chromium] which browser the command needs
 */
export async function setUp({ temporal = true, fakeGcs = false, chromium = false } = {}) {
  const startMs = Date.now();
  const tools = sayIfFailed(prepareTools(temporal, fakeGcs));
  const ffmpegAndBuild = [sayIfFailed(prepareFfmpeg()), sayIfFailed(prepareBuild())];
  // Chromium may need apt-get, of which only one can run at a time, and the npm packages.
  const browser = Promise.allSettled(ffmpegAndBuild).then(() =>
    chromium ? sayIfFailed(prepareChromium(chromium)) : undefined,
  );
  const results = await Promise.allSettled([tools, ...ffmpegAndBuild, browser]);
  if (results.some(({ status }) => status === 'rejected')) process.exit(1);
  const temporalCli = await tools;
  const using = temporalCli === null ? '' : `, using ${temporalCli}`;
  say(`set up in ${secondsSince(startMs)}${using}`);
}

/**
 * Prepares the tools one after the other, because two Go builds at once would compete for the cores.
 *
 * @param {boolean} temporal
 * @param {boolean} fakeGcs
 * @returns {Promise<string | null>} a description of the Temporal CLI, for the user
 */
async function prepareTools(temporal, fakeGcs) {
  let temporalCli = null;
  if (temporal) {
    const { path, description } = await ensureTool(TEMPORAL_CLI);
    process.env[TEMPORAL_CLI.variable] = path;
    temporalCli = description;
  }
  if (fakeGcs) {
    const { path } = await ensureTool(FAKE_GCS_SERVER);
    process.env[FAKE_GCS_SERVER.variable] = path;
  }
  return temporalCli;
}

async function prepareFfmpeg() {
  const { ffmpeg, ffprobe } = await ensureFfmpeg();
  process.env.FFMPEG_PATH = ffmpeg;
  process.env.FFPROBE_PATH = ffprobe;
}

/** @param {'chromium' | 'headless shell'} needed */
async function prepareChromium(needed) {
  const isShellEnough = needed === 'headless shell';
  process.env.CHROMIUM_PATH = await ensureChromium(process.env, { isShellEnough });
}

async function prepareBuild() {
  await ensurePackages();
  await ensureBuild();
  process.env.PROGRAMS = PROGRAMS;
  process.env.WORKFLOW_BUNDLE = WORKFLOW_BUNDLE;
}

/**
 * Prints a failure as soon as it happens, while the other steps still run.
 *
 * @template T
 * @param {Promise<T>} promise
 * @returns {Promise<T>}
 */
async function sayIfFailed(promise) {
  try {
    return await promise;
  } catch (error) {
    sayFailure(error);
    throw error;
  }
}
