import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { dirname, join } from 'node:path';
import process from 'node:process';
import { setTimeout as pause } from 'node:timers/promises';
import { ROOT } from './paths.mjs';
import { SetUpError } from './set-up-error.mjs';
import { withoutSettings } from './settings.mjs';

/**
 * Starts the built program with the demo Discord, as `npm start` does, and waits until it runs.
 *
 * @param {string} dataDir a folder in one where no .env stands
 * @param {Record<string, string>} settings its ports at least
 * @returns {Promise<{ said: () => string, stop: () => Promise<void> }>}
 */
export async function startDemo(dataDir, settings) {
  const env = { ...withoutSettings(process.env), DATA_DIR: dataDir, ...settings };
  // A file and no --eval: the program's own processes are started with the same arguments of Node.
  const demo = spawn(process.execPath, [join(ROOT, 'scripts/lib/run-built.mjs')], {
    ...{ cwd: dirname(dataDir), env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let said = '';
  demo.stdout.setEncoding('utf8').on('data', (chunk) => (said += chunk));
  while (!said.includes('Everclip is running')) {
    if (demo.exitCode !== null) throw new SetUpError('The demo does not start.', said);
    await pause(100);
  }
  return {
    said: () => said,
    async stop() {
      if (demo.exitCode !== null) return;
      const ended = once(demo, 'exit');
      demo.kill('SIGINT');
      await ended;
    },
  };
}
