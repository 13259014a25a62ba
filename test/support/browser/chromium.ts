import { chromium, type Browser } from 'playwright-core';
import { findChromium, INSTALL_CHROMIUM } from '../../../scripts/setup/find-chromium.mjs';

/** The arguments of every headless Chromium: no requests of its own, and sound and video without a click. */
export const BROWSER_ARGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--mute-audio',
];

/**
 * Starts the headless Chromium that `npm test` has found or installed.
 * @throws Error with one sentence if this machine has no Chromium; tests must not pass without one
 */
export async function openChromium(): Promise<Browser> {
  const executablePath = await findChromium();
  if (executablePath === null) throw new Error(`There is no Chromium: ${INSTALL_CHROMIUM}.`);
  return await chromium.launch({ executablePath, args: BROWSER_ARGS });
}
