import { Client, Connection } from '@temporalio/client';
import { NativeConnection } from '@temporalio/worker';
import { createActivities } from '../../src/activities/create-activities.ts';
import { noMetrics } from '../../src/metrics.ts';
import { startClip } from '../../src/start-clip.ts';
import { createWorkers } from '../../src/workers/create-workers.ts';
import { createFakeDiscord, type FakeDiscord } from './fake-discord.ts';
import { createFakeBucket, fakeMedia } from './fake-ports.ts';
import { noActivities } from './no-activities.ts';
import type { Server } from './server.ts';
import { startServer } from './start-server.ts';

/** Our real workers on a server of their own, over fake ports. */
export interface Rig {
  server: Server;
  client: Client;
  discord: FakeDiscord;
  /** Never ends; rejects when a worker can't go on. */
  failed: Promise<never>;
  /** Workers that have no workflow in their cache take over. */
  restartWorkers(): Promise<void>;
  /** Stops the workers; the server goes on. */
  stopWorkers(): Promise<void>;
}

export async function startRig(folder: string, workflowBundle: string): Promise<Rig> {
  const server = await startServer(folder, workflowBundle);
  const { config } = server;
  const address = `127.0.0.1:${config.temporalPort}`;
  const client = new Client({ connection: await Connection.connect({ address }) });
  const connection = await NativeConnection.connect({ address });
  const discord = createFakeDiscord();
  const activities = {
    ...noActivities,
    ...createActivities({
      ...{ discord, bucket: createFakeBucket(), media: fakeMedia },
      metrics: noMetrics,
      startClip: (clip) =>
        startClip(client, clip, { source: 'backfill', taskQueue: config.taskQueue }),
      settings: {
        refreshMarginMs: config.refreshMarginMs,
        clipTypes: config.clipTypes,
        cdnOrigin: 'https://cdn.discordapp.com',
      },
    }),
  };
  let fail: (error: unknown) => void;
  const failed = new Promise<never>((_, reject) => {
    fail = reject;
  });
  failed.catch(() => undefined);

  async function startWorkers() {
    const workers = await createWorkers(config, {
      ...{ connection, namespace: 'default', activities },
    });
    const stopped = Promise.all(workers.map((worker) => worker.run()));
    stopped.catch(fail);
    return async () => {
      for (const worker of workers) worker.shutdown();
      await stopped;
    };
  }

  let stop = await startWorkers();
  return {
    ...{ server, client, discord, failed },
    async restartWorkers() {
      await stop();
      stop = await startWorkers();
    },
    async stopWorkers() {
      await stop();
      await connection.close();
      await client.connection.close();
    },
  };
}
