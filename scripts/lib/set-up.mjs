import process from 'node:process';
import { ensureBuild, ensureWorkflowBundle, WORKFLOW_BUNDLE } from './ensure-build.mjs';
import { ensureFfmpeg } from './ensure-ffmpeg.mjs';
import { ensurePackages } from './ensure-packages.mjs';
import { ensureTool } from './ensure-tool.mjs';
import { ROOT } from './paths.mjs';
import { say, sayFailure, secondsSince } from './report.mjs';
import { FAKE_GCS_SERVER, TEMPORAL_CLI } from './tools.mjs';

/**
 * Installs, builds and finds all that is asked for, and tells the program about it in `process.env`. Tools
 * and packages come side by side; two Go builds at once would only take each other's cores.
 *
 * @param {{ temporal?: boolean, fakeGcs?: boolean, build: 'all' | 'workflows' }} wanted
 */
export async function setUp({ temporal = true, fakeGcs = false, build }) {
  const startMs = Date.now();
  const tools = [...(temporal ? [TEMPORAL_CLI] : []), ...(fakeGcs ? [FAKE_GCS_SERVER] : [])];
  const [found] = await allOrExit([installTools(tools), installFfmpeg(), buildProgram(build)]);
  say(`set up in ${secondsSince(startMs)}${found.length > 0 ? ` (${found.join(', ')})` : ''}`);
}

async function installTools(tools) {
  const found = [];
  for (const tool of tools) {
    const { path, found: words } = await ensureTool(tool);
    process.env[tool.variable] = path;
    if (tool === TEMPORAL_CLI) found.push(words);
  }
  return found;
}

async function installFfmpeg() {
  const { ffmpeg, ffprobe } = await ensureFfmpeg();
  process.env.FFMPEG_PATH = ffmpeg;
  process.env.FFPROBE_PATH = ffprobe;
}

async function buildProgram(build) {
  await ensurePackages(ROOT);
  await (build === 'all' ? ensureBuild() : ensureWorkflowBundle());
  process.env.WORKFLOW_BUNDLE = WORKFLOW_BUNDLE;
}

/**
 * Like Promise.all, but tells of a failure at once and lets the others finish: what they installed is there
 * the next time.
 */
async function allOrExit(promises) {
  const results = await Promise.allSettled(
    promises.map((promise) =>
      promise.catch((error) => {
        sayFailure(error);
        throw error;
      }),
    ),
  );
  if (results.some(({ status }) => status === 'rejected')) process.exit(1);
  return results.map(({ value }) => value);
}
