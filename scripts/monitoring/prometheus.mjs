import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { ROOT } from '../support/paths.mjs';
import { ScriptError } from '../support/report.mjs';

/** The alert rules that operators load. */
export const ALERTS = join(ROOT, 'monitoring', 'alerts.yml');

const SCRAPE_INTERVAL = '5s';
const POLL_MS = 200;

/**
 * A running Prometheus.
 *
 * @typedef {object} Prometheus
 * @property {(path: string) => Promise<unknown>} get returns the `data` of a response; `path` is relative to /api/v1
 * @property {() => Promise<void>} stop
 */

/** @typedef {{ status: string, data: unknown, error?: string }} ApiResponse */

/**
 * Starts a Prometheus with our alert rules. It scrapes one process as worker, as media and as ingest, because
 * `npm start` runs all three in one process.
 *
 * @param {object} options
 * @param {string} options.program path of prometheus
 * @param {string} options.folder for its configuration and data
 * @param {string} options.port
 * @param {string} options.target host and port of the process to scrape
 * @returns {Promise<Prometheus>}
 * @throws {ScriptError} if Prometheus exits before it is ready
 */
export async function startPrometheus({ program, folder, port, target }) {
  const configFile = join(folder, 'prometheus.json');
  // JSON is valid YAML.
  await writeFile(configFile, JSON.stringify(createConfig(target)));
  const server = spawn(
    program,
    [
      `--config.file=${configFile}`,
      `--web.listen-address=127.0.0.1:${port}`,
      `--storage.tsdb.path=${join(folder, 'prometheus')}`,
      '--log.level=error',
    ],
    { stdio: ['ignore', 'inherit', 'inherit'] },
  );
  const origin = `http://127.0.0.1:${port}`;
  const isReady = () =>
    fetch(`${origin}/-/ready`).then(
      ({ ok }) => ok,
      () => false,
    );
  while (!(await isReady())) {
    if (server.exitCode !== null) throw new ScriptError('Prometheus did not start.');
    await pause(POLL_MS);
  }
  return {
    async get(path) {
      const response = await fetch(`${origin}/api/v1/${path}`);
      const { status, data, error } = /** @type {ApiResponse} */ (await response.json());
      if (status !== 'success') throw new ScriptError(`Prometheus rejected ${path}: ${error}`);
      return data;
    },
    async stop() {
      if (server.exitCode !== null) return;
      const exited = once(server, 'exit');
      server.kill('SIGTERM');
      await exited;
    },
  };
}

/** @param {string} target */
function createConfig(target) {
  const staticConfigs = [{ targets: [target] }];
  return {
    global: { scrape_interval: SCRAPE_INTERVAL, evaluation_interval: SCRAPE_INTERVAL },
    rule_files: [ALERTS],
    scrape_configs: [
      { job_name: 'worker', static_configs: staticConfigs },
      { job_name: 'media', static_configs: staticConfigs },
      { job_name: 'ingest', static_configs: staticConfigs },
      { job_name: 'library', static_configs: staticConfigs },
    ],
  };
}
