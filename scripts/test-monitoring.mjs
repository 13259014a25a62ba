// `npm run test:monitoring`: checks the alerts and the dashboard with promtool. Then a real Prometheus scrapes a demo
// for 90 seconds. After that, every query must have a result, and no alert may be active.
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';
import { checkDemo } from './monitoring/check-demo.mjs';
import { checkFiles } from './monitoring/check-files.mjs';
import { startPrometheus } from './monitoring/prometheus.mjs';
import { setUp } from './setup/set-up.mjs';
import { findFreePorts } from './support/find-free-ports.mjs';
import { findOnPath } from './support/programs.mjs';
import { say, ScriptError } from './support/report.mjs';
import { runScript } from './support/run-script.mjs';
import { BACKFILL_COMMAND, startDemo } from './test/start-demo.mjs';

/** The demo's links are valid for a minute, so every clip is refreshed once during the check. */
const SCRAPE_MS = 90_000;

await runScript(async () => {
  const promtool = await requireProgram('promtool');
  const program = await requireProgram('prometheus');
  const folder = await mkdtemp(join(tmpdir(), 'everclip-monitoring-'));
  const cleanUps = [() => rm(folder, { recursive: true, force: true })];
  try {
    await checkFiles(promtool, folder);
    await setUp();
    const [temporalPort = '', webUiPort = '', metricsPort = '', port = '', libraryPort = ''] =
      await findFreePorts(5);
    const target = `127.0.0.1:${metricsPort}`;
    const demo = await startDemo(join(folder, 'data'), {
      TEMPORAL_PORT: temporalPort,
      WEB_UI_PORT: webUiPort,
      LIBRARY_ADDRESS: `127.0.0.1:${libraryPort}`,
      METRICS_ADDRESS: target,
    });
    cleanUps.unshift(demo.stop);
    const prometheus = await startPrometheus({ program, folder, port, target });
    cleanUps.unshift(prometheus.stop);
    await runBackfill(demo.output());
    say(`Prometheus scrapes a demo for ${SCRAPE_MS / 1000} s ...`);
    await pause(SCRAPE_MS);
    await checkDemo(prometheus);
  } finally {
    for (const cleanUp of cleanUps) await cleanUp();
  }
});

/** @param {string} name */
async function requireProgram(name) {
  const path = await findOnPath(name);
  if (path !== null) return path;
  throw new ScriptError(
    `${name} is not on PATH: install Prometheus, for example with "apt-get install prometheus".`,
  );
}

/**
 * Runs the backfill command that the demo prints, so that there are backfills to count.
 *
 * @param {string} demoOutput
 */
async function runBackfill(demoOutput) {
  const command = BACKFILL_COMMAND.exec(demoOutput)?.[1];
  if (command === undefined) {
    throw new ScriptError('The demo did not print a backfill command.', demoOutput);
  }
  await promisify(execFile)('sh', ['-c', command], { env: process.env });
}
