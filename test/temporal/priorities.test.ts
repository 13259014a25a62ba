import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { activityInfo } from '@temporalio/activity';
import { Worker } from '@temporalio/worker';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import type { HistoryPageInput } from '../../src/activities/archive-history-page.ts';
import { EMPTY_PAGE } from '../../src/activities/history/page-progress.ts';
import { clipWorkflowId, taskQueues } from '../../src/clip/names.ts';
import { createClipWorkflows } from '../../src/ingest/clip-workflows.ts';
import { createLogger } from '../../src/log.ts';
import { noMetrics } from '../../src/metrics.ts';
import { startClip } from '../../src/start-clip.ts';
import { aClip, fakeActivities } from '../support/fake-activities.ts';
import { startTemporal, workflowSource } from '../support/temporal.ts';
import { until } from '../support/wait.ts';

const poster = (number: number) => {
  const name = `juno ${number}`;
  const id = String(356003082141696426n + BigInt(number));
  return { id, username: name, displayName: name, avatar: null };
};

/** Tests the order in which queued tasks run on a real server. */
describe('priorities', () => {
  let environment: TestWorkflowEnvironment;
  before(async () => {
    environment = await startTemporal();
  });
  after(async () => {
    await environment.teardown();
  });

  /** Runs a worker for workflows until `work` has ended. */
  async function withWorkflows(taskQueue: string, work: () => Promise<void>): Promise<void> {
    const { activities } = fakeActivities();
    const connection = environment.nativeConnection;
    const worker = await Worker.create({ connection, taskQueue, activities, ...workflowSource() });
    await worker.runUntil(work);
  }

  /** Waits until each workflow waits for an activity. */
  async function untilQueued(workflowIds: readonly string[]): Promise<void> {
    for (const workflowId of workflowIds) {
      await until(`an activity of ${workflowId}`, async () => {
        const { raw } = await environment.client.workflow.getHandle(workflowId).describe();
        return (raw.pendingActivities ?? []).length > 0;
      });
    }
  }

  test('if one poster posts a flood of clips first, the thumbnails of other posters are made before most thumbnails of the flood', async () => {
    const taskQueue = 'flood';
    const clips = createClipWorkflows(
      environment.client,
      taskQueue,
      createLogger('silent', 'test'),
      noMetrics,
    );
    const flood = Array.from({ length: 40 }, () => aClip({ poster: poster(0) }));
    const others = Array.from({ length: 9 }, (_, n) => aClip({ poster: poster(n + 1) }));
    const all = [...flood, ...others];
    const made: string[] = [];
    await withWorkflows(taskQueue, async () => {
      for (const clip of all) await clips.start(clip);
      await untilQueued(all.map(clipWorkflowId));
      const { activities } = fakeActivities({
        thumbnail: ({ messageId, attachmentId }) => {
          made.push(messageId);
          return { thumbnail: `thumb/${messageId}-${attachmentId}.webp`, facts: {} };
        },
      });
      await withOneSlot(taskQueues(taskQueue).media, activities, () =>
        until('all pictures', () => made.length === all.length),
      );
    });
    // The server splits a queue into four parts, and the order holds only within a part. Without priorities, the other
    // posters' clips are the last in each part.
    const places = others.map(({ messageId }) => made.indexOf(messageId) + 1).sort((a, b) => a - b);
    const middle = places[Math.floor(places.length / 2)] ?? Infinity;
    assert.ok(middle <= all.length / 2, `they were number ${places.join(', ')}`);
  });

  test('a link refresh runs before sweep pages, and sweep pages before backfill pages, even if a backfill found the clip', async () => {
    const taskQueue = 'requests';
    const { client } = environment;
    const priorities: Record<string, number | undefined> = {};
    const note = (request: string) => {
      priorities[request] = activityInfo().priority?.priorityKey;
    };
    const dead = aClip({ leaseSeconds: -60 });
    const { activities } = fakeActivities({
      refetch: () => {
        note('refetch');
        return {};
      },
    });
    const discordActivities = {
      ...activities,
      checkChannel: async () => ({ channelName: 'overtime' }),
      archiveHistoryPage: async ({ newer }: HistoryPageInput) => {
        note(newer === undefined ? 'backfill' : 'sweep');
        return EMPTY_PAGE;
      },
    };
    await withWorkflows(taskQueue, async () => {
      await client.workflow.start('backfill', {
        taskQueue,
        workflowId: 'backfill-1',
        args: [{ channelId: dead.channelId }],
      });
      const { channelId, channelName } = dead;
      await client.workflow.start('sweep', {
        taskQueue,
        workflowId: 'sweep-1',
        args: [{ channelId, channelName, after: channelId, untilQuiet: false }],
      });
      await startClip(client, dead, { source: 'backfill', taskQueue });
      await withOneSlot(taskQueues(taskQueue).discord, discordActivities, () =>
        until('all requests', () => Object.keys(priorities).length === 3),
      );
      for (const workflowId of ['sweep-1', clipWorkflowId(dead)]) {
        await client.workflow.getHandle(workflowId).terminate();
      }
    });
    assert.deepEqual(priorities, { refetch: 1, sweep: 3, backfill: 5 });
  });

  /** Runs a worker that does one activity at a time. */
  async function withOneSlot(
    taskQueue: string,
    activities: object,
    work: () => Promise<unknown>,
  ): Promise<void> {
    const worker = await Worker.create({
      connection: environment.nativeConnection,
      taskQueue,
      activities,
      maxConcurrentActivityTaskExecutions: 1,
    });
    await worker.runUntil(work);
  }
});
