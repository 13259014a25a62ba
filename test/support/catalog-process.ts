import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { pino } from 'pino';
import {
  type CatalogProcess,
  type CatalogProcessOptions,
  startCatalogProcess,
} from '../../src/catalog/pglite/start-catalog-process.ts';
import { programEnvironment } from '../../src/config/program-environment.ts';

const exec = promisify(execFile);

const DEFAULTS = {
  environment: programEnvironment(),
  log: pino({ level: 'silent' }),
  pauseMs: 1,
};

/** PGlite in its own process, as `npm start` runs it. */
export interface TestCatalogProcess extends CatalogProcess {
  dataDir: string;
  /** Ends the process and removes its files. */
  remove: () => Promise<void>;
}

/**
 * Starts the process in a new data folder, or in `dataDir`. Creating a database takes 4 s of CPU time, so a new folder
 * gets a copy of an empty database.
 */
export async function startTestCatalog(
  options: Partial<CatalogProcessOptions> = {},
): Promise<TestCatalogProcess> {
  const dataDir = options.dataDir ?? (await createDataDir());
  const running = await startCatalogProcess({ ...DEFAULTS, ...options, dataDir });
  return {
    dataDir,
    stopped: running.stopped,
    stop: () => running.stop(),
    get socketPath() {
      return running.socketPath;
    },
    get pid() {
      return running.pid;
    },
    async remove() {
      running.stop();
      await running.stopped;
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

/** Creates a data folder with an empty database. */
export async function createDataDir(): Promise<string> {
  const dataDir = await mkdtemp(join(tmpdir(), 'everclip-catalog-'));
  await copyEmptyDatabase(dataDir);
  return dataDir;
}

/** Puts an empty database into a data folder, so that no program has to create one. */
export async function copyEmptyDatabase(dataDir: string): Promise<void> {
  await mkdir(dataDir, { recursive: true });
  // Node's own `cp` takes twice the CPU time for these thousand files.
  await exec('cp', ['-r', await findTemplate(), join(dataDir, 'catalog')]);
}

/** Returns a folder with an empty database of this version of PGlite, which is created once on a machine. */
export async function findTemplate(): Promise<string> {
  const manifest = new URL('../../node_modules/@electric-sql/pglite/package.json', import.meta.url);
  const { version } = JSON.parse(readFileSync(manifest, 'utf8')) as { version: string };
  const template = join(homedir(), '.cache', 'everclip', `pglite-${version}`);
  if (existsSync(template)) return template;
  await mkdir(dirname(template), { recursive: true });
  const folder = await mkdtemp(`${template}-new-`);
  const running = await startCatalogProcess({ ...DEFAULTS, dataDir: folder });
  running.stop();
  await running.stopped;
  // Another test file may have created the template meanwhile.
  if (!existsSync(template)) await rename(join(folder, 'catalog'), template).catch(() => undefined);
  await rm(folder, { recursive: true, force: true });
  return template;
}
