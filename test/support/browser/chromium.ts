import type { Browser } from 'playwright-core';
import { findChromium } from '../../../scripts/support/find-chromium.mjs';
import { launchChromium } from '../../../scripts/support/launch-chromium.mjs';

/**
 * Starts the headless Chromium that `npm test` has found or installed. Tests use this name.
 * @throws Error with one sentence if this machine has no Chromium
 */
export async function openChromium(): Promise<Browser> {
  return await launchChromium(await findChromium(process.env, { isShellEnough: true }));
}
