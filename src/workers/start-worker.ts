import { noCatalog } from '../activities/no-catalog.ts';
import { createActivities } from '../activities/create-activities.ts';
import { createChannelSaver } from '../activities/channel-saver.ts';
import type { CatalogPort, Ports } from '../activities/ports.ts';
import { clipRulesOf, type Config, needsDiscord } from '../config.ts';
import { programEnvironment } from '../config/program-environment.ts';
import { connectDiscord } from '../connect-discord.ts';
import type { Get } from '../discord/rest-client.ts';
import { createRestPort } from '../discord/rest-port.ts';
import type { Logger } from '../log.ts';
import type { MediaSettings } from '../media/create-media.ts';
import { createIsolatedMedia } from '../media/process/client.ts';
import type { Metrics } from '../metrics.ts';
import type { Running } from '../run-until-signal.ts';
import { SETTLE_MS } from '../activities/forget/recent-clips.ts';
import { startClip } from '../start-clip.ts';
import { createCancelWorkflow } from '../temporal/cancel-workflow.ts';
import { createExecutions } from '../temporal/executions.ts';
import { createTidyUserData } from '../temporal/tidy-user-data.ts';
import { createBucket } from '../store/bucket.ts';
import { scheduleAudits } from '../temporal/audit-schedule.ts';
import {
  createForgottenPeople,
  FORGOTTEN_AFTER_MS,
  MAX_WRITE_MS,
} from '../store/forgotten-people.ts';
import { connectClient, connectWorker } from '../temporal/connect.ts';
import { registerSearchAttributes } from '../temporal/register-search-attributes.ts';
import { createClipExecutions } from './clip-executions.ts';
import { createWorkers, type WorkflowCapacity } from './create-workers.ts';
import { reportAudits } from './report-audits.ts';
import { createTellClip } from './tell-clip.ts';
import { watchPublicChannels, type WatchClock } from './watch-public-channels.ts';

/** Parts of a worker that the caller may provide. */
export interface WorkerOptions {
  /** The Discord REST client of this process. A worker that only makes thumbnails has no Discord client. */
  get?: Get;
  /** The catalog that learns what the worker writes. Absent: the worker has no catalog. */
  catalog?: CatalogPort;
  /** The clock of the hourly look-ups of public channels. Tests replace it. */
  watchClock?: WatchClock;
  /** For a program that must be smaller than a worker is by default. */
  capacity?: WorkflowCapacity;
}

/**
 * Builds the worker's ports and activities from the settings, and runs the workers.
 */
export async function startWorker(
  config: Config,
  log: Logger,
  metrics: Metrics,
  {
    get = discordOf(config, log, metrics),
    catalog = noCatalog,
    watchClock,
    capacity,
  }: WorkerOptions = {},
): Promise<Running> {
  const client = await connectClient(config, log);
  await registerSearchAttributes(client, log);
  const connection = await connectWorker(config, log);
  const bucket = createBucket(config);
  const ports: Ports = {
    discord: createRestPort(
      {
        apiUrl: config.discordApiUrl,
        metrics,
        guildIds: config.guildIds,
        excludeChannelIds: config.excludeChannelIds,
      },
      get,
    ),
    bucket,
    forgotten: createForgottenPeople(bucket),
    tidyUserData: createTidyUserData(client, config.taskQueue, {
      // A clip that is purged reports its people before it writes the tombstone.
      settleMs: MAX_WRITE_MS + SETTLE_MS,
    }),
    catalog,
    media: createIsolatedMedia({
      ...mediaSettings(config),
      environment: programEnvironment(),
      sandbox: { hiddenFiles: config.secretFiles },
      onNoSandbox: (reason, isExpected) =>
        log[isExpected ? 'info' : 'warn'](
          { reason },
          'ffmpeg runs without a sandbox; npm run doctor says what to do',
        ),
      onFallback(reason, path) {
        log.info({ reason }, `downloading the whole clip: ${path}`);
        metrics.mediaFallback(reason);
      },
    }),
    startClip: (clip, source, options) =>
      startClip(client, clip, { source, taskQueue: config.taskQueue, ...options }),
    cancelWorkflow: createCancelWorkflow(client),
    tellClip: createTellClip(client),
    clipExecutions: createClipExecutions(client),
    executions: createExecutions(client, config.taskQueue),
    metrics,
    log,
    settings: {
      refreshMarginMs: config.refreshMarginMs,
      clipRules: clipRulesOf(config),
      storyboards: config.storyboards,
      channelIds: config.channelIds,
      onDelete: config.onDelete,
      forgottenAfterMs: FORGOTTEN_AFTER_MS,
      settleMs: SETTLE_MS,
      cdnOrigin: config.mediaHosts[0] ?? '',
    },
  };
  const saveChannel = createChannelSaver(ports);
  const activities = createActivities(ports, saveChannel);
  const { namespace } = client.options;
  const workers = await createWorkers(config, {
    connection,
    namespace,
    activities,
    capacity,
  });
  const channels = needsDiscord(config)
    ? watchPublicChannels(ports, saveChannel, watchClock)
    : null;
  const stopReporting = needsDiscord(config) ? reportAudits(ports) : null;
  if (config.workerQueues.includes('main')) await scheduleAudits(client, config, log);
  const stop = () => {
    metrics.ready(false);
    channels?.stop();
    stopReporting?.();
    for (const worker of workers) if (worker.getState() === 'RUNNING') worker.shutdown();
  };
  const stopped = Promise.all(
    // If one worker ends, the others stop too, because otherwise nobody would notice that a task queue has no worker.
    workers.map((worker) => worker.run().finally(stop)),
  ).then(async () => {
    await connection.close();
    await client.connection.close();
  });
  // A worker that only makes thumbnails doesn't know the margin of a demo.
  if (needsDiscord(config)) metrics.refreshMargin(config.refreshMarginMs);
  // Mark the promise as handled, because it can reject while ingest is still logging in. Callers that await `stopped`
  // still get the rejection.
  stopped.catch(() => undefined);
  metrics.ready(true);
  log.info(`worker serves the task queues ${config.workerQueues.join(', ')}`);
  return { stopped, stop };
}

function discordOf(config: Config, log: Logger, metrics: Metrics): Get {
  return needsDiscord(config) ? connectDiscord(config, log, metrics) : noDiscord;
}

/** No activity of the media queue calls this function. */
const noDiscord: Get = () =>
  Promise.reject(new Error('this worker only makes thumbnails, so it has no access to Discord'));

/** Selects the settings that go to the media process, which must not get any secrets. */
function mediaSettings({
  mediaHosts,
  maxMediaBytes,
  thumbnailFormat,
  ffmpegPath,
  ffprobePath,
}: Config): MediaSettings {
  return { mediaHosts, maxMediaBytes, thumbnailFormat, ffmpegPath, ffprobePath };
}
