/**
 * Records the histories that the replay test runs, from the workflows as they are now, into
 * test/histories. Histories are added, never edited: one that is there already stays as it is.
 *
 *     node --import tsx test/support/record-histories.ts SUFFIX
 */
import { existsSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import type { WorkflowHandle } from '@temporalio/client';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import type { Activities } from '../../src/activities/activities.ts';
import { clipWorkflowId } from '../../src/clip/clip.ts';
import { snowflakeAt } from '../../src/clip/snowflake.ts';
import { accessLost, mediaUnreadable, serviceFailed } from '../../src/errors.ts';
import { startClip } from '../../src/start-clip.ts';
import {
  clipQuery,
  editedSignal,
  goneSignal,
  refreshNowSignal,
} from '../../src/workflows/messages.ts';
import { aClip, aLink, fakeActivities } from './fake-activities.ts';
import { startTemporal, withWorkers } from './temporal.ts';
import { pause, until } from './wait.ts';

const suffix = process.argv[2] ?? 'v1';
const environment = await startTemporal();

async function save(name: string, { workflowId }: WorkflowHandle, runId?: string): Promise<void> {
  const path = fileURLToPath(new URL(`../histories/${name}-${suffix}.json`, import.meta.url));
  if (existsSync(path)) throw new Error(`${path} is there already: give another suffix`);
  const handle = environment.client.workflow.getHandle(workflowId, runId);
  // Stack traces carry the paths of the machine that recorded, and replay doesn't look at them.
  const json = historyToJSON(await handle.fetchHistory());
  writeFileSync(path, `${json.replace(/("stackTrace": )"(?:[^"\\]|\\.)*"/g, '$1""')}\n`);
  console.log(path);
}

async function recordClip(
  name: string,
  activities: Partial<Activities>,
  play: (handle: WorkflowHandle) => Promise<void>,
): Promise<void> {
  await withWorkers(environment, activities, async (taskQueue) => {
    const clip = aClip();
    await startClip(environment.client, clip, { source: 'live', taskQueue });
    const handle = environment.client.workflow.getHandle(clipWorkflowId(clip));
    const { runId } = await handle.describe();
    await until('live', async () => (await handle.query(clipQuery)).status === 'live');
    await play(handle);
    await pause(500);
    await save(name, handle, runId);
    await handle.terminate().catch(() => undefined);
  });
}

const refreshed = (handle: WorkflowHandle, times: number) =>
  until(`${times} refreshes`, async () => (await handle.query(clipQuery)).refreshes === times);

await recordClip(
  'archive-clip-deleted',
  fakeActivities({ persist: () => ({ refreshAtMs: Date.now() + 1000 }) }).activities,
  async (handle) => {
    await refreshed(handle, 1);
    await handle.signal(editedSignal, { description: 'edited', url: aLink(90_000) });
    await handle.signal(refreshNowSignal);
    await refreshed(handle, 2);
    await handle.signal(goneSignal);
    await handle.result();
  },
);
await recordClip('archive-clip-continued', fakeActivities().activities, async (handle) => {
  for (let times = 1; times <= 16; times++) {
    await handle.signal(refreshNowSignal);
    await refreshed(handle, times);
  }
});
await recordClip(
  'archive-clip-stopped-without-thumbnail',
  fakeActivities({
    thumbnail: () => {
      throw mediaUnreadable('no video');
    },
  }).activities,
  async (handle) => {
    await handle.cancel();
    await handle.result().catch(() => undefined);
  },
);
let writes = 0;
let allowed = false;
await recordClip(
  'archive-clip-through-faults',
  fakeActivities({
    persist: () => {
      writes += 1;
      if (writes < 6) throw serviceFailed('the bucket does not answer');
      return {};
    },
    refetch: () => {
      if (!allowed) throw accessLost({ route: 'GET /channels/1/messages/2', status: 403 });
      return {};
    },
  }).activities,
  async (handle) => {
    await handle.signal(refreshNowSignal);
    await until(
      'unreachable',
      async () => (await handle.query(clipQuery)).status === 'unreachable',
    );
    allowed = true;
    await handle.signal(refreshNowSignal);
    await refreshed(handle, 1);
  },
);

const CHANNEL = '1283675776780075058';
let pages = 0;
await withWorkers(
  environment,
  {
    checkChannel: async () => ({ channelName: 'deadlock' }),
    archiveHistoryPage: async () => {
      pages += 1;
      const counts = { messages: 100, clips: 40, started: 39, known: 1 };
      const id = snowflakeAt(Date.now() - pages * 60_000);
      return pages % 4 === 0
        ? { messages: 0, clips: 0, started: 0, known: 0, oldest: null, newest: null }
        : { ...counts, oldest: id, newest: id };
    },
  },
  async (taskQueue) => {
    const options = { taskQueue, args: [{ channelId: CHANNEL }] };
    const { workflow } = environment.client;
    const backfill = await workflow.start('backfill', { ...options, workflowId: 'backfill-1' });
    await backfill.result();
    await save('backfill', backfill);
    const input = { channelName: 'deadlock', after: '1', untilQuiet: false, channelId: CHANNEL };
    const sweep = await workflow.start('sweep', {
      ...options,
      args: [{ ...input, after: snowflakeAt(Date.now()) }],
      workflowId: 'sweep-1',
    });
    await pause(2000);
    await sweep.signal('sweepNow');
    await pause(2000);
    await save('sweep', sweep);
  },
);
await teardown(environment);

async function teardown(started: TestWorkflowEnvironment): Promise<void> {
  await started.teardown();
  process.exit(0);
}
