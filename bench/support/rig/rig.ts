import { Client, Connection } from '@temporalio/client';
import { NativeConnection } from '@temporalio/worker';
import { createActivities } from '../../../src/activities/create-activities.ts';
import { SETTLE_MS } from '../../../src/activities/forget/recent-clips.ts';
import { clipRulesOf } from '../../../src/config.ts';
import { noCatalog } from '../../../src/activities/no-catalog.ts';
import type { CatalogPort } from '../../../src/activities/ports.ts';
import type { DiscordPort } from '../../../src/activities/ports/discord-port.ts';
import type { Clip } from '../../../src/clip/clip.ts';
import { noMetrics } from '../../../src/metrics.ts';
import { startClip } from '../../../src/start-clip.ts';
import { createClipExecutions } from '../../../src/workers/clip-executions.ts';
import { createForgottenPeople, FORGOTTEN_AFTER_MS } from '../../../src/store/forgotten-people.ts';
import { createExecutions } from '../../../src/temporal/executions.ts';
import { createWorkers } from '../../../src/workers/create-workers.ts';
import type { Server } from '../server/dev-server.ts';
import { startServer } from '../server/start-server.ts';
import { CDN_ORIGIN, createFakeDiscord, type FakeDiscord } from './fake-discord.ts';
import { createFakeBucket, fakeMedia } from './fake-ports.ts';

/** Our real workers with fake ports, on a Temporal server that no other workers use. */
export interface Rig {
  server: Server;
  client: Client;
  discord: FakeDiscord;
  /** Never resolves. Rejects if a worker fails. */
  failed: Promise<never>;
  /** Replaces the workers with new ones, whose caches are empty. */
  restartWorkers(): Promise<void>;
  /** Sets whether clips whose thumbnail is made from now on also get a storyboard, as they do at first. */
  makeStoryboards(on: boolean): void;
  /** Stops the workers. The server keeps running. */
  stopWorkers(): Promise<void>;
}

/** The bare workflow's activities. */
export const bareActivities = {
  async noop(): Promise<void> {
    await Promise.resolve();
  },
};

/**
 * Starts a server and workers. Without `catalog`, the workers have no catalog. `port` replaces the fake Discord.
 * `onStart` is called with each clip of a history whose workflow was started.
 */
export async function startRig(
  folder: string,
  workflowBundle: string,
  {
    catalog = noCatalog,
    port,
    onStart = () => undefined,
  }: { catalog?: CatalogPort; port?: DiscordPort; onStart?: (clip: Clip) => void } = {},
): Promise<Rig> {
  const server = await startServer(folder, workflowBundle);
  const { config } = server;
  const address = `127.0.0.1:${config.temporalPort}`;
  const client = new Client({ connection: await Connection.connect({ address }) });
  const connection = await NativeConnection.connect({ address });
  const discord = createFakeDiscord();
  const settings = {
    refreshMarginMs: config.refreshMarginMs,
    clipRules: clipRulesOf(config),
    storyboards: true,
    channelIds: config.channelIds,
    onDelete: config.onDelete,
    forgottenAfterMs: FORGOTTEN_AFTER_MS,
    settleMs: SETTLE_MS,
    cdnOrigin: CDN_ORIGIN,
  };
  const bucket = createFakeBucket();
  const activities = {
    ...bareActivities,
    ...createActivities({
      discord: port ?? discord,
      bucket,
      media: fakeMedia,
      metrics: noMetrics,
      catalog,
      log: { warn: console.warn },
      startClip: async (clip) => {
        const { taskQueue } = config;
        const outcome = await startClip(client, clip, { source: 'backfill', taskQueue });
        if (outcome === 'started') onStart(clip);
        return outcome;
      },
      cancelWorkflow: () => Promise.resolve(),
      executions: createExecutions(client, config.taskQueue),
      forgotten: createForgottenPeople(bucket),
      tidyUserData: () => Promise.resolve(),
      tellClip: () => Promise.resolve(false),
      clipExecutions: createClipExecutions(client),
      settings,
    }),
  };
  let fail: (error: unknown) => void;
  const failed = new Promise<never>((_, reject) => {
    fail = reject;
  });
  // Mark the rejection as handled; callers that await `failed` still see it.
  failed.catch(() => undefined);

  async function startWorkers(): Promise<() => Promise<void>> {
    const workers = await createWorkers(config, { connection, namespace: 'default', activities });
    const stopped = Promise.all(workers.map((worker) => worker.run()));
    stopped.catch(fail);
    return async () => {
      for (const worker of workers) worker.shutdown();
      await stopped;
    };
  }

  let stop = await startWorkers();
  return {
    server,
    client,
    discord,
    failed,
    async restartWorkers() {
      await stop();
      stop = await startWorkers();
    },
    makeStoryboards(on) {
      settings.storyboards = on;
    },
    async stopWorkers() {
      await stop();
      await connection.close();
      await client.connection.close();
    },
  };
}
