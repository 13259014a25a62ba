import { loadConfig, namesTemporal, type Config } from '../config.ts';
import { checkDiscord } from '../discord/check-discord.ts';
import { startIngest } from '../ingest/start-ingest.ts';
import { createLogger, type Logger } from '../log.ts';
import { runUntilSignal, type Running } from '../run-until-signal.ts';
import { bucketFolder, checkBucket } from '../store/bucket.ts';
import { temporalTarget } from '../temporal/connect.ts';
import { installRuntime } from '../temporal/runtime.ts';
import { startWorker } from '../workers/start-worker.ts';
import { claimDataDir } from './claim-data-dir.ts';
import { startDemoDiscord, type DemoDiscord } from './demo-discord.ts';
import { startDevServer, type DevServer } from './dev-server.ts';
import { welcome } from './welcome.ts';

/** What `npm start` runs: everything in one process but the Temporal dev server, which outlives a kill. */
export const main = (): Promise<void> =>
  runUntilSignal(async () => {
    const config = loadConfig();
    const log = createLogger(config.logLevel, 'everclip');
    installRuntime(log);
    claimDataDir(config.dataDir);
    await checkBucket(config);
    const demo = config.token === null ? await startDemoDiscord(config, log) : null;
    const withDiscord = demo ? demoConfig(config, demo) : config;
    await checkDiscord(
      {
        token: withDiscord.token ?? '',
        apiUrl: withDiscord.discordApiUrl,
        requestsPerSecond: withDiscord.discordRequestsPerSecond,
      },
      withDiscord.channelIds,
    );
    const server = namesTemporal(config) ? null : await startDevServer(config);
    return await startAll(server ? serverConfig(withDiscord, server) : withDiscord, {
      demo,
      server,
      log,
    });
  });

async function startAll(
  config: Config,
  { demo, server, log }: { demo: DemoDiscord | null; server: DevServer | null; log: Logger },
): Promise<Running> {
  const worker = await startWorker(config, log);
  const ingest = await startIngest(config, log);
  console.log(
    welcome({
      demo: demo !== null,
      webUi: server ? server.webUi : null,
      temporal: temporalTarget(config),
      bucket: config.bucketName === null ? bucketFolder(config) : `gs://${config.bucketName}`,
      backfillChannelId: demo?.backfillChannelId ?? config.channelIds[0] ?? null,
      temporalCli: config.temporalCli,
      taskQueue: config.taskQueue,
    }),
  );
  demo?.play();
  const stop = () => {
    ingest.stop();
    void ingest.stopped
      .catch(() => undefined)
      .finally(() => {
        worker.stop();
      });
  };
  // Either part ending takes the other with it.
  worker.stopped
    .catch(() => undefined)
    .finally(() => {
      ingest.stop();
    });
  const stopped = Promise.all([worker.stopped, ingest.stopped]).then(
    () => stopRest(),
    async (error: unknown) => {
      stop();
      await worker.stopped.catch(() => undefined);
      await stopRest();
      throw error;
    },
  );
  return { stopped, stop };

  async function stopRest(): Promise<void> {
    await demo?.stop();
    await server?.stop();
    log.info('stopped: everything goes on at the next start');
  }
}

const demoConfig = (config: Config, demo: DemoDiscord): Config => ({
  ...config,
  token: demo.token,
  discordApiUrl: demo.apiUrl,
  mediaHosts: [demo.cdnOrigin],
});

const serverConfig = (config: Config, server: DevServer): Config => ({
  ...config,
  temporalEnv: { ...config.temporalEnv, TEMPORAL_ADDRESS: server.address },
});
