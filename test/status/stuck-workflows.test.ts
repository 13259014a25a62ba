import assert from 'node:assert/strict';
import { after, afterEach, before, describe, test } from 'node:test';
import { Client } from '@temporalio/client';
import { defineSearchAttributeKey } from '@temporalio/common';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import type { Activities } from '../../src/activities/create-activities.ts';
import type { Clip } from '../../src/clip/clip.ts';
import { clipWorkflowId } from '../../src/clip/names.ts';
import { accessLost } from '../../src/errors.ts';
import { startClip } from '../../src/start-clip.ts';
import { readStatus, type Status } from '../../src/status/read-status.ts';
import { formatScreen } from '../../src/status/screen.ts';
import { refreshNowSignal } from '../../src/workflows/messages.ts';
import { aClip, fakeActivities } from '../support/fake-activities.ts';
import { startTemporal, withWorkers } from '../support/temporal.ts';
import { until } from '../support/wait.ts';

const MINUTE = 60;
const marginMs = 30 * MINUTE * 1000;
const CHANNEL = '1196521684992000058';
const BROKEN_CHANNEL = '1196521684992000099';
const NO_PAGE = { messages: 0, clips: 0, started: 0, known: 0, oldest: null, newest: null };
const POLL_MS = 30_000;
/** More workflows than the number of clips that the status inspects for each query. */
const MANY = 25;

/** The fault of the workflow, if its task is being retried. */
function taskFaultOf({ pending }: Status, workflowId: string) {
  return pending.find((each) => each.activity === 'workflow task' && each.example === workflowId);
}

/**
 * Activities that return an invalid result for the clips in `broken` and for the broken channel. The result makes the
 * tasks of these workflows fail.
 */
function breakingActivities(broken: readonly Clip[]): Partial<Activities> {
  const { activities } = fakeActivities();
  const isBroken = ({ messageId }: { messageId: string }) =>
    broken.some((clip) => clip.messageId === messageId);
  return {
    ...activities,
    refetch: async (input) =>
      isBroken(input.state.clip) ? (null as never) : await activities.refetch!(input),
    checkChannel: () => Promise.resolve({ channelName: 'overtime' }),
    archiveHistoryPage: ({ channelId }) =>
      Promise.resolve(channelId === BROKEN_CHANNEL ? (null as never) : NO_PAGE),
  };
}

describe('a workflow whose task fails', () => {
  let environment: TestWorkflowEnvironment;
  before(async () => {
    environment = await startTemporal({ attributes: 'of newer servers' });
  });
  after(() => environment.teardown());
  // The status shows all workflows with the same fault on one line. So end the workflows of each test before the next
  // test.
  afterEach(async () => {
    const { workflow } = environment.client;
    const query = "ExecutionStatus = 'Running'";
    for await (const { workflowId } of workflow.list({ query }))
      await workflow.getHandle(workflowId).terminate();
    await until('the end of all workflows', async () => (await workflow.count(query)).count === 0);
  });

  /** Reads the status until it shows the fault. */
  async function untilFault(taskQueue: string, workflowId: string) {
    return await until(`the fault of ${workflowId}`, async () => {
      const status = await readStatus(environment.client, { marginMs, taskQueue });
      const fault = taskFaultOf(status, workflowId);
      return fault && { status, fault };
    });
  }

  test('if a clip whose link is overdue fails among many healthy clips, the status names the clip', async () => {
    const { client } = environment;
    const broken = aClip({ leaseSeconds: 10 * MINUTE });
    await withWorkers(environment, breakingActivities([broken]), async (taskQueue) => {
      const start = (clip: Clip) => startClip(client, clip, { source: 'live', taskQueue });
      await start(broken);
      await client.workflow.getHandle(clipWorkflowId(broken)).signal(refreshNowSignal);
      await start(aClip());
      for (let count = 0; count < MANY; count++) await start(aClip({ leaseSeconds: 50 * MINUTE }));
      const { fault } = await untilFault(taskQueue, clipWorkflowId(broken));
      assert.match(fault.reason, /null/);
    });
  });

  test('if an unreachable clip fails, the status names the clip', async () => {
    const { client } = environment;
    const broken = aClip();
    let isReachable = false;
    const activities = breakingActivities([broken]);
    const refetch: Activities['refetch'] = async (input) => {
      if (!isReachable) throw accessLost({ route: 'GET /channels/1' });
      return await activities.refetch!(input);
    };
    await withWorkers(environment, { ...activities, refetch }, async (taskQueue) => {
      const workflowId = clipWorkflowId(broken);
      await startClip(client, broken, { source: 'live', taskQueue });
      const handle = client.workflow.getHandle(workflowId);
      await handle.signal(refreshNowSignal);
      await until('the clip to be unreachable', async () => {
        const query = `WorkflowId = '${workflowId}' AND ClipState = 'unreachable'`;
        return (await client.workflow.count(query)).count === 1;
      });
      isReachable = true;
      await handle.signal(refreshNowSignal);
      await untilFault(taskQueue, workflowId);
    });
  });

  test('if the oldest of many sweeps fails, the status names the sweep', async () => {
    const { client } = environment;
    await withWorkers(environment, breakingActivities([]), async (taskQueue) => {
      const start = async (workflowId: string, channelId: string) => {
        const input = { channelId, channelName: 'overtime', after: CHANNEL, untilQuiet: false };
        await client.workflow.start('sweep', { taskQueue, workflowId, args: [input] });
      };
      await start('sweep-broken', BROKEN_CHANNEL);
      for (let count = 0; count < MANY; count++) await start(`sweep-${count}`, CHANNEL);
      await untilFault(taskQueue, 'sweep-broken');
    });
  });

  test('if a backfill fails, the status says so instead of blaming a missing worker', async () => {
    const { client } = environment;
    await withWorkers(environment, breakingActivities([]), async (taskQueue) => {
      const workflowId = 'backfill-broken';
      const args = [{ channelId: BROKEN_CHANNEL }];
      await client.workflow.start('backfill', { taskQueue, workflowId, args });
      const rejected = 'backfill-broken: its workflow task fails: see Faults';
      const { status } = await until('the rejected query', async () => {
        const now = await untilFault(taskQueue, workflowId);
        const screen = formatScreen(now.status);
        assert.doesNotMatch(screen, /start a worker/);
        return screen.includes(rejected) ? now : null;
      });
      assert.ok(taskFaultOf(status, workflowId));
    });
  });

  test('if no worker runs, the status says to start one, and names a wrong task queue', async () => {
    const { client } = environment;
    const taskQueue = 'nobody';
    await client.workflow.start('backfill', { taskQueue, workflowId: 'backfill-idle', args: [] });
    const status = await until('the backfill', async () => {
      const now = await readStatus(client, { marginMs, taskQueue });
      const isListed = now.backfills.some(({ workflowId }) => workflowId === 'backfill-idle');
      return isListed ? now : null;
    });
    assert.match(formatScreen(status), /backfill-idle: no worker answers: start a worker/);
    const elsewhere = await readStatus(client, { marginMs, taskQueue: 'clips' });
    assert.match(
      formatScreen(elsewhere),
      /backfill-idle: no worker polls its task queue nobody: terminate it, and start it with --task-queue clips/,
    );
  });

  test('if the worker repeatedly fails to answer in time, the status says how often, starting with the third attempt', async () => {
    const { client } = environment;
    const { namespace } = client.options;
    const [taskQueue, workflowId] = ['silent', 'backfill-silent'];
    const handle = await client.workflow.start('backfill', {
      taskQueue,
      workflowId,
      workflowTaskTimeout: '1s',
      args: [],
    });
    const poll = async () => {
      await client.withDeadline(Date.now() + POLL_MS, () =>
        client.workflowService.pollWorkflowTaskQueue({
          namespace,
          taskQueue: { name: taskQueue },
          identity: 'a worker that hangs',
        }),
      );
    };
    const attempt = async () => (await handle.describe()).raw.pendingWorkflowTask?.attempt ?? 1;
    await poll();
    await until('the second attempt', async () => (await attempt()) === 2);
    const read = () => readStatus(client, { marginMs, taskQueue });
    assert.equal(taskFaultOf(await read(), workflowId), undefined);
    await poll();
    const { fault } = await untilFault(taskQueue, workflowId);
    assert.equal(fault.reason, 'the worker did not answer in time, 2 times in a row');
  });

  test('if the server itself reports failing workflows, the status shows them, but not those of other programs', async () => {
    const { client } = environment;
    const problems = defineSearchAttributeKey('TemporalReportedProblems', 'KEYWORD_LIST');
    // No other query of the status lists this clip, because its link is valid for a day.
    const healthy = aClip();
    await withWorkers(environment, breakingActivities([healthy]), async (taskQueue) => {
      const workflowId = clipWorkflowId(healthy);
      await client.workflow.start('archiveClip', {
        taskQueue,
        workflowId,
        args: [healthy],
        typedSearchAttributes: [
          {
            key: problems,
            value: ['category=WorkflowTaskFailed', 'cause=WorkflowTaskFailedCause'],
          },
        ],
      });
      await client.workflow.getHandle(workflowId).signal(refreshNowSignal);
      await untilFault(taskQueue, workflowId);
      const other = await readStatus(client, { marginMs, taskQueue: "another program's" });
      assert.equal(taskFaultOf(other, workflowId), undefined);
    });
  });
});

describe('a namespace that another program uses too', () => {
  let environment: TestWorkflowEnvironment;
  before(async () => {
    environment = await startTemporal({ runtime: 'installed' });
  });
  after(() => environment.teardown());

  test('if another program has workflows whose memo cannot be decoded, the status shows none of their faults', async () => {
    const { client } = environment;
    const encrypt = {
      encode: <T extends object>(payloads: T[]) =>
        Promise.resolve(
          payloads.map((payload) => ({
            ...payload,
            metadata: { encoding: Buffer.from('binary/encrypted') },
          })),
        ),
      decode: <T>(payloads: T[]) => Promise.resolve(payloads),
    };
    const { connection } = client;
    const stranger = new Client({ connection, dataConverter: { payloadCodecs: [encrypt] } });
    const taskQueue = "a stranger's";
    await withWorkers(environment, breakingActivities([]), async (ours) => {
      const typo = await client.workflow.start('backfil', { taskQueue: ours, workflowId: 'typo' });
      const start = (type: string, workflowId: string, queue: string) =>
        stranger.workflow.start(type, { taskQueue: queue, workflowId, memo: { order: 1 } });
      await start('order', 'unknown-here', ours);
      await start('order', 'order-1', taskQueue);
      await start('backfill', 'backfill-of-orders', taskQueue);
      const status = await until('the faults', async () => {
        const now = await readStatus(client, { marginMs, taskQueue: ours });
        return taskFaultOf(now, 'typo') && now;
      });
      assert.doesNotMatch(JSON.stringify(status.pending), /order-1/);
      const theirs = await readStatus(client, { marginMs, taskQueue });
      assert.equal(taskFaultOf(theirs, 'typo'), undefined);
      await typo.terminate();
    });
  });
});
