import { existsSync } from 'node:fs';
import process from 'node:process';
import { findOnPath, isExecutable } from './programs.mjs';
import { ScriptError } from './report.mjs';

/** The names of the program in the packages of Debian, Ubuntu and Google. */
const NAMES = ['chromium', 'chromium-browser', 'google-chrome'];
/**
 * Debian's Chromium without windows. The browser suite takes two thirds of the time with it, because a window of the
 * other costs more CPU time than the pages in it.
 */
export const HEADLESS_SHELL = 'chromium-headless-shell';

/** What the user can do if there is no browser. */
export const INSTALL_CHROMIUM =
  'install Chromium, for example with "apt-get install chromium", or set CHROMIUM_PATH';

/**
 * Finds Chromium: the program that CHROMIUM_PATH names, a program on PATH, or the one that Playwright has downloaded,
 * which needs the npm packages.
 *
 * @param {NodeJS.ProcessEnv} [env]
 * @param {object} [options]
 * @param {boolean} [options.isShellEnough] whether the headless shell may be used, and is preferred
 * @returns {Promise<string | null>} its path, or null if there is none
 * @throws {ScriptError} if CHROMIUM_PATH names something that is not an executable file
 */
export async function findChromium(env = process.env, { isShellEnough = false } = {}) {
  const named = env.CHROMIUM_PATH;
  if (named) {
    if (await isExecutable(named)) return named;
    throw new ScriptError(
      `CHROMIUM_PATH is ${named}, which is not an executable file: correct CHROMIUM_PATH, or unset it to use the Chromium on PATH.`,
    );
  }
  for (const name of isShellEnough ? [HEADLESS_SHELL, ...NAMES] : NAMES) {
    const path = await findOnPath(name, env);
    if (path !== null) return path;
  }
  return await findDownloaded();
}

/** @returns {Promise<string | null>} */
async function findDownloaded() {
  try {
    const { chromium } = await import('playwright-core');
    const path = chromium.executablePath();
    return existsSync(path) ? path : null;
  } catch {
    // The npm packages are not installed yet.
    return null;
  }
}
