import { createActivities } from '../activities/create-activities.ts';
import { environmentOfPrograms, requireToken, type Config } from '../config.ts';
import { createRestPort } from '../discord/rest-port.ts';
import type { Logger } from '../log.ts';
import type { MediaSettings } from '../media/create-media.ts';
import { createMediaApart } from '../media/media-apart.ts';
import type { Metrics } from '../metrics.ts';
import type { Running } from '../run-until-signal.ts';
import { startClip } from '../start-clip.ts';
import { createBucket } from '../store/bucket.ts';
import { connectClient, connectWorker } from '../temporal/connect.ts';
import { registerSearchAttributes } from '../temporal/register-search-attributes.ts';
import { createWorkers } from './create-workers.ts';

/** The composition root: settings, adapters, activities, workers. */
export async function startWorker(config: Config, log: Logger, metrics: Metrics): Promise<Running> {
  const token = requireToken(config);
  const client = await connectClient(config, log);
  await registerSearchAttributes(client, log);
  const connection = await connectWorker(config, log);
  const bucket = createBucket(config);
  const activities = createActivities({
    discord: createRestPort({
      token,
      apiUrl: config.discordApiUrl,
      requestsPerSecond: config.discordRequestsPerSecond,
      metrics,
    }),
    bucket,
    media: createMediaApart({
      ...mediaSettings(config),
      environment: environmentOfPrograms(),
      onFallback(reason, path) {
        log.info({ reason }, `downloaded whole: ${path}`);
        metrics.mediaFallback(reason);
      },
    }),
    startClip: (clip, source) => startClip(client, clip, { source, taskQueue: config.taskQueue }),
    metrics,
    settings: {
      refreshMarginMs: config.refreshMarginMs,
      clipTypes: config.clipTypes,
      cdnOrigin: config.mediaHosts[0] ?? '',
    },
  });
  const { namespace } = client.options;
  const workers = await createWorkers(config, { connection, namespace, activities });
  const stop = () => {
    metrics.ready(false);
    for (const worker of workers) if (worker.getState() === 'RUNNING') worker.shutdown();
  };
  const stopped = Promise.all(
    // One queue without its worker is a standstill nobody sees: all stop together.
    workers.map((worker) => worker.run().finally(stop)),
  ).then(async () => {
    await connection.close();
    await client.connection.close();
  });
  metrics.refreshMargin(config.refreshMarginMs);
  // It may end before anybody listens, while ingest is still logging in; who does hears of it all the same.
  stopped.catch(() => undefined);
  metrics.ready(true);
  log.info(`worker serves ${config.workerQueues.join(', ')}`);
  return { stopped, stop };
}

/** No more than these: they go to another process, where no secret belongs. */
const mediaSettings = ({
  mediaHosts,
  maxMediaBytes,
  thumbnailFormat,
  ffmpegPath,
  ffprobePath,
}: Config): MediaSettings => ({
  ...{ mediaHosts, maxMediaBytes, thumbnailFormat },
  ...{ ffmpegPath, ffprobePath },
});
