import { join } from 'node:path';
import process from 'node:process';
import { withLock } from '../support/lock.mjs';
import { cacheDir } from '../support/paths.mjs';
import { findOnPath, run } from '../support/programs.mjs';
import { ScriptError } from '../support/report.mjs';
import { installTool } from './install-tool.mjs';

/** @typedef {import('./tools.mjs').Tool} Tool */

/**
 * Finds a tool through its environment variable, on PATH or in the cache. If the tool is missing, installs it
 * into the cache. Each candidate is run once, so a truncated binary is never used.
 *
 * @param {Tool} tool
 * @param {NodeJS.ProcessEnv} [env]
 * @returns {Promise<{ path: string, description: string }>} `description` names the tool found, for the user
 * @throws {ScriptError} if the variable names a program that does not run, or the installation fails
 */
export async function ensureTool(tool, env = process.env) {
  const named = env[tool.variable];
  if (named) return await requireNamedTool(tool, named);

  const onPath = await findOnPath(tool.name, env);
  const banner = onPath && (await readBanner(tool, onPath));
  if (onPath && banner !== null) return { path: onPath, description: `${banner} at ${onPath}` };

  const cached = cachedToolPath(tool, env);
  const isCached = async () => (await readBanner(tool, cached)) !== null;
  if (!(await isCached())) {
    const lock = join(cacheDir(env), 'locks', `${tool.name}-${tool.version}`);
    await withLock(lock, async () => {
      // Another set-up may have installed the tool while this set-up waited for the lock.
      if (!(await isCached())) await installTool(tool, cached, env);
    });
  }
  return { path: cached, description: `${tool.title} ${tool.version}` };
}

/**
 * Returns where the set-up installs a tool.
 *
 * @param {Tool} tool
 * @param {NodeJS.ProcessEnv} [env]
 * @returns {string}
 */
export function cachedToolPath(tool, env = process.env) {
  return join(cacheDir(env), 'bin', `${tool.name}-${tool.version}`, tool.name);
}

/**
 * @param {Tool} tool
 * @param {string} path
 */
async function requireNamedTool(tool, path) {
  const banner = await readBanner(tool, path);
  if (banner !== null) return { path, description: `${banner} at ${path}` };
  throw new ScriptError(
    `${tool.variable} is ${path}, which does not run: correct ${tool.variable}, or unset it to have ${tool.title} installed.`,
  );
}

/**
 * Returns the first line that the tool prints, or null if the tool does not run.
 *
 * @param {Tool} tool
 * @param {string} path
 * @returns {Promise<string | null>}
 */
async function readBanner(tool, path) {
  const { ok, output } = await run(path, tool.probe);
  return ok ? (output.split('\n', 1)[0] ?? '') : null;
}
