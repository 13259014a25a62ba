/**
 * Records the histories that the replay test runs, from the workflows as they are now, into
 * test/histories. Histories are added, never edited: one that is there already stays as it is.
 *
 *     node --import tsx test/support/record-histories.ts SUFFIX [NAME ...]
 */
import { existsSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import type { WorkflowHandle } from '@temporalio/client';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import { Context } from '@temporalio/activity';
import type { Activities } from '../../src/activities/create-activities.ts';
import type { HistoryPageInput } from '../../src/activities/archive-history-page.ts';
import { clipWorkflowId } from '../../src/clip/names.ts';
import { snowflakeAt } from '../../src/clip/snowflake.ts';
import { accessLost, mediaUnreadable, messageGone, serviceFailed } from '../../src/errors.ts';
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

const [suffix = 'v1', ...names] = process.argv.slice(2);
const isWanted = (name: string) => names.length === 0 || names.includes(name);
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
  if (!isWanted(name)) return;
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

const refusedBy404 = () =>
  messageGone({ route: 'GET /channels/1/messages/2', status: 404, code: 10008 });
const answers = [
  refusedBy404(),
  accessLost({ route: 'GET /channels/1/messages/2', status: 403 }),
  refusedBy404(),
];
await recordClip(
  'archive-clip-suspected',
  fakeActivities({
    refetch: () => {
      const answer = answers.shift();
      if (answer) throw answer;
      return {};
    },
  }).activities,
  async (handle) => {
    for (let left = answers.length; left > 0; left--) {
      await handle.signal(refreshNowSignal);
      await until('an answer', () => answers.length < left);
      await until('its end', async () => (await handle.query(clipQuery)).nextRefresh);
    }
    await handle.signal(editedSignal, { description: 'edited', url: aLink(60) });
    await handle.signal(refreshNowSignal);
    await refreshed(handle, 1);
  },
);
await recordClip(
  'archive-clip-stopped-in-a-fetch',
  fakeActivities({ refetch: () => Context.current().cancelled }).activities,
  async (handle) => {
    await handle.signal(refreshNowSignal);
    await until('the fetch', async () => (await handle.query(clipQuery)).nextRefresh === null);
    await handle.cancel();
    await handle.result().catch(() => undefined);
  },
);

const CHANNEL = '1196521684992000058';
let pages = 0;
if (isWanted('backfill') || isWanted('sweep')) await recordBackfillAndSweep();
if (isWanted('sweep-many-pages')) await recordManyPages();
await teardown(environment);

async function recordBackfillAndSweep(): Promise<void> {
  await withWorkers(
    environment,
    {
      checkChannel: async () => ({ channelName: 'overtime' }),
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
      const input = { channelName: 'overtime', after: '1', untilQuiet: false, channelId: CHANNEL };
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
}

/** A sweep that catches up over more pages than fit into a run. */
async function recordManyPages(): Promise<void> {
  const ids = Array.from({ length: 55 }, (_, n) => snowflakeAt(Date.now() - (60 - n) * 60_000));
  const archiveHistoryPage = async ({ newer }: HistoryPageInput) => {
    const id = ids.find((each) => BigInt(each) > BigInt(newer!.after)) ?? null;
    const count = id === null ? 0 : 1;
    return { messages: count, clips: 0, started: 0, known: 0, oldest: id, newest: id };
  };
  await withWorkers(environment, { archiveHistoryPage }, async (taskQueue) => {
    const after = snowflakeAt(Date.now() - 3_600_000);
    const sweep = await environment.client.workflow.start('sweep', {
      ...{ taskQueue, workflowId: 'sweep-2' },
      args: [{ channelName: 'overtime', after, untilQuiet: false, channelId: CHANNEL }],
    });
    await pause(20_000);
    await save('sweep-many-pages', sweep, sweep.firstExecutionRunId);
  });
}

async function teardown(started: TestWorkflowEnvironment): Promise<void> {
  await started.teardown();
  process.exit(0);
}
