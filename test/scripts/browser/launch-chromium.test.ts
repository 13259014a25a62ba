import assert from 'node:assert/strict';
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { chromium } from 'playwright-core';
import { findChromium, HEADLESS_SHELL } from '../../../scripts/support/find-chromium.mjs';
import { launchChromium } from '../../../scripts/support/launch-chromium.mjs';

const DISABLED = '--disable-features=';

/** Returns what a launch turns off. The `browser` is a program that writes down its arguments. */
async function disabledFeatures(launch: (browser: string) => Promise<unknown>): Promise<string[]> {
  const folder = await mkdtemp(join(tmpdir(), 'everclip-chromium-'));
  try {
    const browser = join(folder, 'browser');
    await writeFile(browser, `#!/bin/sh\nprintf '%s\\n' "$@" > ${folder}/arguments\nexit 1\n`);
    await chmod(browser, 0o755);
    await assert.rejects(launch(browser));
    const args = (await readFile(join(folder, 'arguments'), 'utf8')).split('\n');
    // Chromium uses the last one.
    const last = args.filter((each) => each.startsWith(DISABLED)).at(-1) ?? '';
    return last.slice(DISABLED.length).split(',');
  } finally {
    await rm(folder, { recursive: true });
  }
}

test('what Playwright turns off in Chromium stays off', async () => {
  const plain = await disabledFeatures((executablePath) => chromium.launch({ executablePath }));
  const ours = await disabledFeatures((executablePath) => launchChromium(executablePath));
  assert.ok(plain.includes('PaintHolding'));
  assert.deepEqual(ours.slice(0, plain.length), plain);
});

test('Chromium loads no page of its own beside the pages of a test', async (t) => {
  // The other tests use the headless shell, if there is one. It has no pages of its own.
  const isShell = process.env.CHROMIUM_PATH?.endsWith(HEADLESS_SHELL) ?? false;
  const withWindows = await findChromium(isShell ? { PATH: process.env.PATH } : process.env);
  if (withWindows === null) {
    t.skip('this machine has only the headless shell of Chromium');
    return;
  }
  const browser = await launchChromium(withWindows);
  try {
    await browser.newPage();
    const session = await browser.newBrowserCDPSession();
    const { targetInfos } = await session.send('Target.getTargets');
    const urls = targetInfos.map(({ url }) => url);
    assert.ok(urls.includes('about:blank'));
    assert.deepEqual(
      urls.filter((url) => /^chrome(-untrusted)?:/.test(url)),
      [],
    );
  } finally {
    await browser.close();
  }
});
