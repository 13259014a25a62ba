import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import process from 'node:process';
import { findChromium, HEADLESS_SHELL, INSTALL_CHROMIUM } from '../support/find-chromium.mjs';
import { ROOT } from '../support/paths.mjs';
import { run } from '../support/programs.mjs';
import { headAndTail, sayFailure, ScriptError, step } from '../support/report.mjs';
import { aptInstall, canInstall } from './apt-install.mjs';

/**
 * Finds Chromium as `findChromium` does. If it is missing, installs Debian's package, and if that is not possible
 * either, lets Playwright download its own. Call it after the npm packages are installed.
 *
 * @param {NodeJS.ProcessEnv} [env]
 * @param {object} [options]
 * @param {boolean} [options.isShellEnough] whether the headless shell may be used, and is preferred
 * @returns {Promise<string>} its path
 * @throws {ScriptError} if Chromium is missing and cannot be installed
 */
export async function ensureChromium(env = process.env, options = {}) {
  const found = await findChromium(env, options);
  if (found !== null) return found;
  if (await canInstall(env)) {
    for (const name of options.isShellEnough ? [HEADLESS_SHELL, 'chromium'] : ['chromium']) {
      const next =
        name === 'chromium' ? 'Playwright downloads its own' : 'the set-up tries chromium';
      const failure = `apt-get could not install ${name}, so ${next}.`;
      await aptInstall(name, { env, failure }).catch(sayFailure);
      const installed = await findChromium(env, options);
      if (installed !== null) return installed;
    }
  }
  await download(env);
  const downloaded = await findChromium(env, options);
  if (downloaded !== null) return downloaded;
  throw new ScriptError(`There is still no Chromium: ${INSTALL_CHROMIUM}, then run this again.`);
}

/** @param {NodeJS.ProcessEnv} env */
async function download(env) {
  const words = {
    doing: 'downloading Chromium with Playwright (about 170 MB, only once)',
    done: 'downloaded Chromium',
  };
  await step(words, async () => {
    const cli = join(
      dirname(createRequire(join(ROOT, 'package.json')).resolve('playwright-core/package.json')),
      'cli.js',
    );
    const { ok, output } = await run(process.execPath, [cli, 'install', '--no-shell', 'chromium'], {
      cwd: ROOT,
      env,
    });
    if (ok) return;
    throw new ScriptError(
      `Chromium is missing, and neither apt-get nor Playwright could install it: ${INSTALL_CHROMIUM}, then run this again.`,
      headAndTail(output),
    );
  });
}
