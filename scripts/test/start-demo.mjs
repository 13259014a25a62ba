import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { dirname, join } from 'node:path';
import process from 'node:process';
import { setTimeout as pause } from 'node:timers/promises';
import { ROOT } from '../support/paths.mjs';
import { ScriptError } from '../support/report.mjs';
import { withoutSettings } from '../support/settings.mjs';

/** The line that `npm start` prints once Everclip runs. */
export const READY_LINE = 'Everclip is running';

/** Matches the backfill command that `npm start` prints. The command can span several lines. */
export const BACKFILL_COMMAND = /^To backfill a channel, run:\n((?:.*\\\n)*.*)$/m;

const POLL_MS = 100;

/**
 * Starts the built program with the demo Discord, as `npm start` does, and waits until it runs.
 *
 * @param {string} dataDir its parent folder must contain no .env file
 * @param {Record<string, string>} settings at least the ports
 * @returns {Promise<{ output: () => string, stop: () => Promise<void> }>}
 * @throws {ScriptError} if the program exits before it is ready
 */
export async function startDemo(dataDir, settings) {
  // Run a file instead of --eval, because the program starts its own processes with the same Node arguments.
  const demo = spawn(
    process.execPath,
    [join(ROOT, 'scripts/test/run-local.mjs'), join(ROOT, 'dist/local/main.js')],
    {
      cwd: dirname(dataDir),
      env: { ...withoutSettings(process.env), DATA_DIR: dataDir, ...settings },
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  let output = '';
  demo.stdout.setEncoding('utf8').on('data', (/** @type {string} */ chunk) => (output += chunk));
  while (!output.includes(READY_LINE)) {
    if (demo.exitCode !== null) throw new ScriptError('The demo did not start.', output);
    await pause(POLL_MS);
  }
  return {
    output: () => output,
    async stop() {
      if (demo.exitCode !== null) return;
      const exited = once(demo, 'exit');
      demo.kill('SIGINT');
      await exited;
    },
  };
}
