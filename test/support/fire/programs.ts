import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isAlive } from '../../../src/process-identity.ts';
import { freeReservedPort } from '../free-port.ts';
import { startPostgres } from '../postgres.ts';
import type { Guard } from '../stack/guard.ts';
import { createStackProcess, type StackProcess } from '../stack/process.ts';
import { createStackServer } from '../stack/server.ts';
import { temporalCli } from '../temporal.ts';
import { until } from '../wait.ts';
import { copyEmptyDatabase } from '../catalog-process.ts';
import { findCatalogPid } from './catalog-pid.ts';
import type { DiscordProcess } from './discord.ts';
import { findMediaPid } from './media-pid.ts';

/**
 * How Everclip runs: `split` is one process for worker, ingest and library each, with PostgreSQL; `start` is what
 * `npm start` runs, with PGlite.
 */
export type Layout = 'split' | 'start';

/** A process that can be killed. */
export interface Victim {
  readonly name: string;
  /** Kills the process with -9 and waits for its end. */
  kill(): Promise<void>;
  /** Starts the process again, or waits until its supervisor has. Resolves when the process is ready. */
  restart(): Promise<void>;
}

/** Everclip, its Temporal server and its database, as processes. */
export interface Programs {
  readonly libraryUrl: string;
  /** The host and port at which the library's process serves metrics. */
  readonly metricsAddress: string;
  readonly temporalAddress: string;
  /** In the order in which they should be killed. */
  readonly victims: readonly Victim[];
  /** @throws Error if a process ended that nobody killed */
  check(): void;
  /** The last lines that each process printed. */
  lastLines(): string;
  /** Ends what does not end with the guard. */
  stop(): Promise<void>;
}

export interface ProgramsOptions {
  layout: Layout;
  /** For logs. */
  folder: string;
  dataDir: string;
  guard: Guard;
  discord: DiscordProcess;
  /** True to run what `npm run build` made, which starts several times faster than the sources. */
  isBuilt?: boolean;
  /** More settings for all processes. */
  env?: Record<string, string>;
}

const READY_TIMEOUT_MS = 60_000;
/** After a kill of its postmaster, PostgreSQL refuses to start while an older process of it still runs. */
const MAX_POSTGRES_START_MS = 20_000;

/** Starts everything. */
export async function startPrograms(options: ProgramsOptions): Promise<Programs> {
  const libraryPort = await freeReservedPort();
  const metricsAddress = `127.0.0.1:${await freeReservedPort()}`;
  const libraryUrl = `http://127.0.0.1:${libraryPort}`;
  const { discord, folder, dataDir } = options;
  const env: Record<string, string> = {
    ...passOn('PATH', 'FFMPEG_PATH', 'FFPROBE_PATH', 'WORKFLOW_BUNDLE'),
    HOME: folder,
    TOKEN: discord.token,
    DISCORD_API_URL: discord.apiUrl,
    MEDIA_HOSTS: discord.cdnOrigin,
    TASK_QUEUE: 'fire-clips',
    DATA_DIR: dataDir,
    LIBRARY_ADDRESS: `127.0.0.1:${libraryPort}`,
    // The tests are about links, and storyboards would be made during the tests.
    STORYBOARDS: 'no',
    ...options.env,
  };
  const context = { ...options, env, libraryUrl, metricsAddress };
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  if (options.layout !== 'split') await copyEmptyDatabase(dataDir);
  return await (options.layout === 'split' ? startSplit(context) : startTogether(context));
}

type Context = ProgramsOptions & {
  env: Record<string, string>;
  libraryUrl: string;
  metricsAddress: string;
};

async function startSplit(context: Context): Promise<Programs> {
  const { folder, guard, discord, libraryUrl, metricsAddress } = context;
  const server = await createStackServer(folder, guard);
  const [postgres] = await Promise.all([startPostgres(), server.start()]);
  guard.watch(postgres.pid());
  const env = {
    ...context.env,
    TEMPORAL_ADDRESS: server.address,
    DATABASE_URL: await postgres.createDatabase('everclip'),
  };
  const program = (name: string, ready: RegExp, more: Record<string, string> = {}) =>
    createStackProcess({
      main: context.isBuilt === true ? `dist/${name}/main.js` : `src/${name}/main.ts`,
      ready,
      env: { ...env, ...more },
      logFile: join(folder, `${name}.log`),
      guard,
    });
  const worker = program('workers', /worker serves/);
  const ingest = program('ingest', /listening to Discord/);
  const library = program('library', /./, { METRICS_ADDRESS: metricsAddress });
  const programs = [worker, ingest, library];
  await Promise.all(programs.map((each) => each.start()));
  await untilHealthy(libraryUrl, library);
  return {
    libraryUrl,
    metricsAddress,
    temporalAddress: server.address,
    victims: [
      victimOf('worker', worker),
      {
        ...victimOf('library', library),
        async restart() {
          await library.start();
          await untilHealthy(libraryUrl, library);
        },
      },
      {
        name: 'database',
        async kill() {
          process.kill(postgres.pid(), 'SIGKILL');
          await postgres.crash();
        },
        async restart() {
          await until(
            'PostgreSQL to start again',
            () =>
              postgres.restart().then(
                () => true,
                () => false,
              ),
            MAX_POSTGRES_START_MS,
          );
          guard.watch(postgres.pid());
        },
      },
      { name: 'Temporal', kill: () => server.kill(), restart: () => server.start() },
      victimOf('ingest', ingest),
      mediaOf(worker),
      { name: 'Discord', kill: () => discord.kill(), restart: () => discord.start() },
    ],
    check() {
      for (const each of programs) each.check();
    },
    lastLines: () => programs.map((each) => each.lastLines()).join('\n'),
    stop: () => postgres.stop(),
  };
}

async function startTogether(context: Context): Promise<Programs> {
  const { folder, dataDir, guard, discord, libraryUrl, metricsAddress } = context;
  const temporalPort = await freeReservedPort();
  const everclip = createStackProcess({
    main: context.isBuilt === true ? 'dist/local/main.js' : 'src/local/main.ts',
    ready: /Everclip is running/,
    env: {
      ...context.env,
      METRICS_ADDRESS: metricsAddress,
      TEMPORAL_PORT: String(temporalPort),
      WEB_UI_PORT: String(await freeReservedPort()),
      TEMPORAL_CLI: temporalCli(),
    },
    logFile: join(folder, 'everclip.log'),
    guard,
  });
  const start = async () => {
    await everclip.start();
    await untilHealthy(libraryUrl, everclip);
    guard.watch(readServer().pid);
  };
  const readServer = () =>
    JSON.parse(readFileSync(join(dataDir, 'temporal.json'), 'utf8')) as {
      pid: number;
      identity: string;
    };
  await start();
  return {
    libraryUrl,
    metricsAddress,
    temporalAddress: `127.0.0.1:${temporalPort}`,
    victims: [
      { name: 'npm start', kill: () => everclip.kill(), restart: start },
      {
        name: 'database',
        async kill() {
          const pid = await until('the database process', () => findCatalogPid(dataDir));
          process.kill(pid, 'SIGKILL');
          await until('the end of the database process', () => findCatalogPid(dataDir) !== pid);
        },
        async restart() {
          await until('the database process', () => findCatalogPid(dataDir), READY_TIMEOUT_MS);
        },
      },
      {
        name: 'Temporal',
        async kill() {
          const { pid, identity } = readServer();
          process.kill(pid, 'SIGKILL');
          await until('the end of the Temporal server', () => !isAlive(identity));
        },
        async restart() {
          await until(
            'the Temporal server to run again',
            () => isAlive(readServer().identity),
            READY_TIMEOUT_MS,
          );
          guard.watch(readServer().pid);
        },
      },
      mediaOf(everclip),
      { name: 'Discord', kill: () => discord.kill(), restart: () => discord.start() },
    ],
    check() {
      everclip.check();
    },
    lastLines: () => everclip.lastLines(),
    stop: () => Promise.resolve(),
  };
}

function victimOf(name: string, program: StackProcess): Victim {
  return { name, kill: () => program.kill(), restart: () => program.start() };
}

/** The process that makes a worker's pictures. The worker starts it again for the picture of the next clip. */
function mediaOf(worker: StackProcess): Victim {
  const find = (): number | null => findMediaPid(worker.pid);
  return {
    name: 'media',
    async kill() {
      const pid = await until('the media process', find, READY_TIMEOUT_MS);
      process.kill(pid, 'SIGKILL');
      await until('the end of the media process', () => find() !== pid);
    },
    async restart() {
      await until('the media process to run again', find, READY_TIMEOUT_MS);
    },
  };
}

async function untilHealthy(libraryUrl: string, program: StackProcess): Promise<void> {
  await until(
    `${libraryUrl}/healthz`,
    async () => {
      program.check();
      const response = await fetch(`${libraryUrl}/healthz`).catch(() => null);
      await response?.arrayBuffer();
      return response?.ok;
    },
    READY_TIMEOUT_MS,
  );
}

function passOn(...names: string[]): Record<string, string> {
  return Object.fromEntries(names.map((name) => [name, process.env[name] ?? '']));
}
