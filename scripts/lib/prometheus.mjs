import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { ROOT } from './paths.mjs';
import { SetUpError } from './set-up-error.mjs';

/** The rules that operators load. */
export const ALERTS = join(ROOT, 'monitoring', 'alerts.yml');

const SCRAPE_EVERY = '5s';

/**
 * Starts a Prometheus with our rules that scrapes one process as worker and as ingest, for `npm start` is both.
 *
 * @param {{ program: string, folder: string, port: string, target: string }} options
 * @returns {Promise<{ get: (path: string) => Promise<any>, stop: () => Promise<void> }>}
 */
export async function startPrometheus({ program, folder, port, target }) {
  const file = join(folder, 'prometheus.json');
  const job = (name) => ({ job_name: name, static_configs: [{ targets: [target] }] });
  // JSON is YAML.
  const config = {
    global: { scrape_interval: SCRAPE_EVERY, evaluation_interval: SCRAPE_EVERY },
    rule_files: [ALERTS],
    scrape_configs: [job('worker'), job('ingest')],
  };
  await writeFile(file, JSON.stringify(config));
  const server = spawn(
    program,
    [
      ...[`--config.file=${file}`, `--web.listen-address=127.0.0.1:${port}`],
      ...[`--storage.tsdb.path=${join(folder, 'prometheus')}`, '--log.level=error'],
    ],
    { stdio: ['ignore', 'inherit', 'inherit'] },
  );
  const origin = `http://127.0.0.1:${port}`;
  const isReady = async () =>
    (await fetch(`${origin}/-/ready`).catch(() => ({ ok: false }))).ok === true;
  while (!(await isReady())) {
    if (server.exitCode !== null) throw new SetUpError('Prometheus does not start.');
    await pause(200);
  }
  return {
    async get(path) {
      const { status, data, error } = await (await fetch(`${origin}/api/v1/${path}`)).json();
      if (status !== 'success') throw new SetUpError(`Prometheus refuses ${path}: ${error}`);
      return data;
    },
    async stop() {
      if (server.exitCode !== null) return;
      const ended = once(server, 'exit');
      server.kill('SIGTERM');
      await ended;
    },
  };
}
