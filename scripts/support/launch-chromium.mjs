import { findChromium, INSTALL_CHROMIUM } from './find-chromium.mjs';
import { ScriptError } from './report.mjs';

const ARGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--no-first-run',
  // Without these arguments, Chromium sends requests of its own.
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--mute-audio',
];

/**
 * Starts the headless Chromium that the set-up has found or installed.
 *
 * @returns {Promise<import('playwright-core').Browser>}
 * @throws {ScriptError} if there is no Chromium, because a test must not pass without one
 */
export async function launchChromium() {
  const executablePath = await findChromium();
  if (executablePath === null) throw new ScriptError(`There is no Chromium: ${INSTALL_CHROMIUM}.`);
  // This import comes after the set-up, which installs the package.
  const { chromium } = await import('playwright-core');
  return await chromium.launch({ executablePath, args: ARGS });
}
