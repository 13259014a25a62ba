import { setTimeout as pause } from 'node:timers/promises';
import { demoMarginMs, loadConfig, namesTemporal, type Config } from '../config.ts';
import { startIngest } from '../ingest/start-ingest.ts';
import { createLogger, type Logger } from '../log.ts';
import type { Metrics } from '../metrics.ts';
import { checkAccess, preflight } from '../preflight.ts';
import { runUntilSignal, type Running } from '../run-until-signal.ts';
import { bucketFolder } from '../store/bucket.ts';
import { temporalTarget } from '../temporal/connect.ts';
import { installRuntime } from '../temporal/runtime.ts';
import { startWorker } from '../workers/start-worker.ts';
import { claimDataDir } from './claim-data-dir.ts';
import { startDemoDiscord, type DemoDiscord } from './demo-discord.ts';
import { startDevServer } from './dev-server.ts';
import { keepServer } from './keep-server.ts';
import { welcome } from './welcome.ts';

/** What stands around worker and ingest, and is stopped after them. */
interface Surroundings {
  server?: Running;
  demo?: DemoDiscord;
}

/** What `npm start` runs: everything in one process but the Temporal dev server, which outlives a kill. */
export const main = (): Promise<void> =>
  runUntilSignal(async () => {
    const config = loadConfig();
    const log = createLogger(config.logLevel, 'everclip');
    const metrics = installRuntime(log, config.metricsAddress);
    claimDataDir(config.dataDir);
    const around: Surroundings = {};
    try {
      return await startAll(config, around, { log, metrics });
    } catch (error) {
      await stopSurroundings(around);
      throw error;
    }
  });

async function startAll(
  given: Config,
  around: Surroundings,
  { log, metrics }: { log: Logger; metrics: Metrics },
): Promise<Running> {
  let config = given;
  await preflight(config, ['bucket', 'ffmpeg'], log);
  let webUi: string | null = null;
  if (!namesTemporal(config)) {
    const server = await startDevServer(config);
    if (server.reused) log.info('the Temporal server was still running: going on with it');
    around.server = keepServer(server, { relaunch: () => startDevServer(given), log });
    config = { ...config, temporalEnv: { TEMPORAL_ADDRESS: server.address } };
    ({ webUi } = server);
  }
  if (config.token === null) {
    around.demo = await startDemoDiscord(config, log);
    const { token, apiUrl, cdnOrigin } = around.demo;
    config = {
      ...{ ...config, token, discordApiUrl: apiUrl, mediaHosts: [cdnOrigin] },
      refreshMarginMs: demoMarginMs(config),
    };
  }
  const { username } = await checkAccess(config, log);
  const worker = await startWorker(config, log, metrics);
  const ingest = await startIngest(config, log, metrics);
  console.log(
    welcome({
      discord: around.demo ? null : { username, apiUrl: config.discordApiUrl },
      webUi,
      temporal: temporalTarget(config),
      bucket: config.bucketName === null ? bucketFolder(config) : `gs://${config.bucketName}`,
      backfillChannelId: around.demo?.backfillChannelId ?? config.channelIds[0] ?? null,
      temporalCli: config.temporalCli,
      taskQueue: config.taskQueue,
    }),
  );
  around.demo?.play();
  return together({ ingest, worker, server: around.server }, async () => {
    await stopSurroundings(around);
    log.info('stopped: everything goes on at the next start');
  });
}

/** How long worker and ingest may take to stop where the server is lost, which they would tell of it. */
const LONGEST_END_MS = 10_000;

/** All as one: ingest stops first, the server last; where one ends by itself the others are stopped. */
function together(
  { ingest, worker, server }: { ingest: Running; worker: Running; server: Running | undefined },
  afterwards: () => Promise<void>,
): Running {
  const settled = (running: Running) => running.stopped.catch(() => undefined);
  const serverLost = new Promise<void>((resolve) => {
    server?.stopped.catch(() => {
      resolve();
    });
  });
  const stop = () => {
    ingest.stop();
    void settled(ingest).then(() => {
      worker.stop();
    });
  };
  void Promise.race([settled(ingest), settled(worker), serverLost]).then(stop);
  const ended = Promise.allSettled([ingest.stopped, worker.stopped]);
  const stopped = Promise.race([ended, serverLost.then(() => pause(LONGEST_END_MS))])
    .then(afterwards)
    .then(async () => {
      for (const { stopped: each } of [ingest, worker]) await each;
    });
  return { stopped, stop };
}

async function stopSurroundings({ demo, server }: Surroundings): Promise<void> {
  await demo?.stop();
  server?.stop();
  await server?.stopped;
}
