import { join } from 'node:path';
import process from 'node:process';
import { findOnPath } from './find-on-path.mjs';
import { installTool } from './install-tool.mjs';
import { withLock } from './lock.mjs';
import { cacheDir } from './paths.mjs';
import { run } from './run.mjs';
import { SetUpError } from './set-up-error.mjs';

/** @typedef {import('./tools.mjs').Tool} Tool */

/**
 * Finds a tool - in its variable, on PATH, in the cache - or installs it into the cache. Every candidate is
 * run once, so that half a binary is never taken.
 *
 * @param {Tool} tool
 * @param {NodeJS.ProcessEnv} env
 * @returns {Promise<{ path: string, found: string }>} `found` says in words which one it is
 */
export async function ensureTool(tool, env = process.env) {
  const named = env[tool.variable];
  if (named) return fromVariable(tool, named);

  const onPath = await findOnPath(tool.name, env);
  const banner = onPath && (await bannerOf(tool, onPath));
  if (banner !== undefined) return { path: onPath, found: `${banner} at ${onPath}` };

  const cached = join(cacheDir(env), 'bin', `${tool.name}-${tool.version}`, tool.name);
  const found = `${tool.title} ${tool.version}`;
  if ((await bannerOf(tool, cached)) === undefined) {
    const lock = join(cacheDir(env), 'locks', `${tool.name}-${tool.version}`);
    await withLock(lock, async () => {
      if ((await bannerOf(tool, cached)) === undefined) await installTool(tool, cached, env);
    });
  }
  return { path: cached, found };
}

async function fromVariable(tool, path) {
  const banner = await bannerOf(tool, path);
  if (banner !== undefined) return { path, found: `${banner} at ${path}` };
  throw new SetUpError(
    `${tool.variable} is ${path}, which doesn't run: correct it, or unset it to have ${tool.title} installed.`,
  );
}

/** The first line that the tool prints, or undefined where it doesn't run. */
async function bannerOf(tool, path) {
  const { ok, output } = await run(path, tool.probe);
  return ok ? output.split('\n', 1)[0] : undefined;
}
