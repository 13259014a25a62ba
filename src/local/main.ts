import { setTimeout as pause } from 'node:timers/promises';
import { loadConfig, namesTemporal, type Config } from '../config.ts';
import { demoMarginMs } from '../config/demo.ts';
import { createLogger, type Logger } from '../log.ts';
import { findReadableByOthers } from '../private-files.ts';
import { runUntilSignal, type Running } from '../run-until-signal.ts';
import { bucketFolder } from '../store/bucket.ts';
import type { WorkflowCapacity } from '../workers/create-workers.ts';
import { claimDataDir } from './data-dir.ts';
import type { DemoDiscord } from './demo-discord.ts';
import type { LocalLibrary } from './library.ts';
import { superviseServer } from './supervise-server.ts';
import { welcomeText } from './welcome.ts';

/** How long the greeting waits for the catalog's database. A new database takes 2 to 7 s. */
const MAX_DATABASE_WAIT_MS = 20_000;

/**
 * The worker is a part of this program, so it keeps fewer workflows in memory than in a process of its own. With 300 of
 * them, the program took 505 MB instead of at most 400 MB while it archived 1,000 clips with links that are valid for a
 * minute (docs/performance.md).
 */
const CAPACITY: WorkflowCapacity = { maxCachedWorkflows: 100, workflowThreadPoolSize: 1 };

/** The parts that start before the worker and ingest, and stop after them. */
interface Surroundings {
  server: Running | null;
  demo: DemoDiscord | null;
  library: LocalLibrary | null;
}

/**
 * Runs `npm start`. Everything runs in this process, except the Temporal dev server and the catalog's database. The
 * server survives if this process is killed; the database does not.
 *
 * Loading everything takes 2 s. So each part is loaded when it starts, and a start that ends with a fault, such as an
 * invalid setting, ends sooner.
 */
export function main(): Promise<void> {
  return runUntilSignal(async (signal) => {
    const config = loadConfig();
    const log = createLogger(config.logLevel, 'everclip');
    claimDataDir(config.dataDir);
    for (const sentence of findReadableByOthers(config)) log.warn(sentence);
    const surroundings: Surroundings = { server: null, demo: null, library: null };
    try {
      return await startAll(config, surroundings, { log, signal });
    } catch (error) {
      await stopSurroundings(surroundings);
      throw error;
    }
  });
}

/**
 * Starts everything. Adds the Temporal server and the demo to `surroundings` as soon as they have started. If a later
 * part fails to start, the caller can then stop them.
 */
async function startAll(
  settings: Config,
  surroundings: Surroundings,
  { log, signal }: { log: Logger; signal: AbortSignal },
): Promise<Running> {
  let config = settings;
  // Discord may be unreachable for hours. If the Temporal server or the worker ends during this time, stop waiting for
  // Discord.
  const lost = new AbortController();
  const waits = AbortSignal.any([signal, lost.signal]);
  const { checkAccess, preflight } = await import('../preflight.ts');
  await preflight(config, ['bucket', 'ffmpeg'], log);
  let webUi: string | null = null;
  if (!namesTemporal(config)) {
    const { startDevServer } = await import('./dev-server.ts');
    const server = await startDevServer(config);
    if (server.reused) log.info('the Temporal dev server was still running; using it');
    const restart = () => startDevServer(settings);
    surroundings.server = superviseServer(server, { restart, log });
    abortAtEnd(surroundings.server, lost);
    config = { ...config, temporalEnv: { TEMPORAL_ADDRESS: server.address } };
    webUi = server.webUi;
  }
  if (config.token === null) {
    const { startDemoDiscord } = await import('./demo-discord.ts');
    surroundings.demo = await startDemoDiscord(config, log);
    config = withDemoDiscord(config, surroundings.demo);
  }
  const { installRuntime } = await import('../temporal/runtime.ts');
  const metrics = installRuntime(log, config.metricsAddress);
  const { startLocalLibrary } = await import('./library.ts');
  // The library starts before Discord answers, because archived clips need no new message.
  const library = await startLocalLibrary(config, { log, metrics, signal: waits });
  surroundings.library = library;
  const { username } = await checkAccess(config, log, waits);
  const { connectDiscord } = await import('../connect-discord.ts');
  const { startWorker } = await import('../workers/start-worker.ts');
  const { startIngest } = await import('../ingest/start-ingest.ts');
  const get = connectDiscord(config, log, metrics);
  const worker = await startWorker(config, log, metrics, {
    get,
    catalog: library.catalog,
    capacity: CAPACITY,
  });
  abortAtEnd(worker, lost);
  const ingest = await startIngest(config, log, metrics, waits, get).catch(
    async (error: unknown) => {
      const isLost = lost.signal.aborted;
      worker.stop();
      // If the worker ended by itself, throw the worker's error, because it tells the operator what went wrong.
      await limitWithoutServer(worker.stopped, surroundings.server).catch((reason: unknown) => {
        if (isLost) throw reason;
      });
      throw error;
    },
  );
  // The first page should list clips. If the database can't be opened, the log says why.
  await Promise.race([
    library.databaseStarted,
    pause(MAX_DATABASE_WAIT_MS, undefined, { ref: false }),
  ]);
  const { temporalTarget } = await import('../temporal/connect.ts');
  console.log(
    welcomeText({
      library: library.address,
      discord: surroundings.demo ? null : { username, apiUrl: config.discordApiUrl },
      webUi,
      temporal: temporalTarget(config),
      bucket: config.bucketName === null ? bucketFolder(config) : `gs://${config.bucketName}`,
      backfillChannelId: surroundings.demo?.backfillChannelId ?? config.channelIds[0] ?? null,
      temporalCli: config.temporalCli,
      taskQueue: config.taskQueue,
    }),
  );
  surroundings.demo?.startPosting();
  return combine({ ingest, worker, server: surroundings.server }, async () => {
    await stopSurroundings(surroundings);
    log.info('stopped; the next start resumes all work');
  });
}

/** Aborts `controller` when the part has ended. */
function abortAtEnd({ stopped }: Running, controller: AbortController): void {
  const abort = () => {
    controller.abort();
  };
  stopped.then(abort, abort);
}

function withDemoDiscord(config: Config, demo: DemoDiscord): Config {
  return {
    ...config,
    token: demo.token,
    guildIds: [],
    discordApiUrl: demo.apiUrl,
    mediaHosts: [demo.cdnOrigin],
    refreshMarginMs: demoMarginMs(config),
  };
}

/**
 * How long the worker and ingest may take to stop after the Temporal server was lost. The worker and ingest can then no
 * longer report to the server.
 */
const MAX_STOP_WITHOUT_SERVER_MS = 10_000;

/** Waits for `ended`. If the Temporal server is lost, waits at most MAX_STOP_WITHOUT_SERVER_MS longer. */
async function limitWithoutServer(ended: Promise<unknown>, server: Running | null): Promise<void> {
  const limit = lossOf(server).then(() => pause(MAX_STOP_WITHOUT_SERVER_MS));
  await Promise.race([ended, limit]);
}

/** Resolves if the Temporal server of this program is lost. */
function lossOf(server: Running | null): Promise<void> {
  return new Promise((resolve) => {
    server?.stopped.catch(() => {
      resolve();
    });
  });
}

/**
 * Combines the parts into one. Ingest stops first, then the worker, then `stopRest` stops the rest.
 * If one part ends by itself, all others stop too.
 */
function combine(
  { ingest, worker, server }: { ingest: Running; worker: Running; server: Running | null },
  stopRest: () => Promise<void>,
): Running {
  const settled = (running: Running) => running.stopped.catch(() => undefined);
  const stop = () => {
    ingest.stop();
    void settled(ingest).then(() => {
      worker.stop();
    });
  };
  void Promise.race([settled(ingest), settled(worker), lossOf(server)]).then(stop);
  const ended = Promise.allSettled([ingest.stopped, worker.stopped]);
  const stopped = limitWithoutServer(ended, server)
    // If the server was lost, `stopRest` rejects with the server's error, which tells the operator what went wrong.
    .then(stopRest)
    .then(async () => {
      await ingest.stopped;
      await worker.stopped;
    });
  return { stopped, stop };
}

async function stopSurroundings({ demo, server, library }: Surroundings): Promise<void> {
  await library?.stop();
  await demo?.stop();
  server?.stop();
  await server?.stopped;
}
