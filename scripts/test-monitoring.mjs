// `npm run test:monitoring`: promtool looks at alerts and dashboard; then a real Prometheus watches a demo, and after a
// minute and a half everything that they ask for must be there and no alert may ring.
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';
import { checkRules } from './lib/check-rules.mjs';
import { findOnPath } from './lib/find-on-path.mjs';
import { freePorts } from './lib/free-ports.mjs';
import { runScript } from './lib/main.mjs';
import { startPrometheus } from './lib/prometheus.mjs';
import { say } from './lib/report.mjs';
import { SetUpError } from './lib/set-up-error.mjs';
import { setUp } from './lib/set-up.mjs';
import { startDemo } from './lib/start-demo.mjs';
import { checkWatched } from './lib/watched.mjs';

/** The demo's links live a minute. */
const WATCHED_MS = 90_000;

await runScript(async () => {
  const [promtool, prometheus] = await Promise.all(['promtool', 'prometheus'].map(findTool));
  const folder = await mkdtemp(join(tmpdir(), 'everclip-monitoring-'));
  const stops = [() => rm(folder, { recursive: true, force: true })];
  try {
    await checkRules(promtool, folder);
    await setUp({ build: 'all' });
    const [temporal, webUi, metrics, port] = await freePorts(4);
    const target = `127.0.0.1:${metrics}`;
    const demo = await startDemo(join(folder, 'data'), {
      ...{ TEMPORAL_PORT: temporal, WEB_UI_PORT: webUi, METRICS_ADDRESS: target },
    });
    stops.unshift(demo.stop);
    const watcher = await startPrometheus({ ...{ program: prometheus, folder, port, target } });
    stops.unshift(watcher.stop);
    await backfill(demo.said());
    say(`Prometheus watches a demo for ${WATCHED_MS / 1000} s ...`);
    await pause(WATCHED_MS);
    await checkWatched(watcher);
  } finally {
    for (const stop of stops) await stop();
  }
});

async function findTool(name) {
  const path = await findOnPath(name);
  if (path) return path;
  throw new SetUpError(
    `There is no ${name} on PATH: install Prometheus, which brings it (apt-get install prometheus).`,
  );
}

/** Runs the command that the demo names, so that there is a history to count. */
async function backfill(said) {
  const command = /^Backfill a channel with:\n((?:.*\\\n)*.*)$/m.exec(said)?.[1];
  if (!command) throw new SetUpError('The demo names no command for a backfill.', said);
  await promisify(execFile)('sh', ['-c', command], { env: process.env });
}
