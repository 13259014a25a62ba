import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { chromium, type Browser } from 'playwright-core';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome'];
const ARGUMENTS = [
  '--no-sandbox',
  '--disable-gpu',
  '--no-first-run',
  // Without these arguments, Chromium sends requests of its own.
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** The sentence that a test prints when it skips the browser. */
export const NO_CHROMIUM = 'Chromium is not on PATH: install it, or set CHROMIUM_PATH';

/** Returns the path of Chromium: CHROMIUM_PATH, else from PATH, else Playwright's own; null if there is none. */
export function findChromium(): string | null {
  const named = process.env['CHROMIUM_PATH'];
  if (named) return named;
  const folders = (process.env['PATH'] ?? '').split(delimiter);
  const paths = NAMES.flatMap((name) => folders.map((folder) => join(folder, name)));
  return [...paths, chromium.executablePath()].find((path) => existsSync(path)) ?? null;
}

export async function launchChromium(executablePath: string): Promise<Browser> {
  return await chromium.launch({ executablePath, args: ARGUMENTS });
}
