import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { activityInfo } from '@temporalio/activity';
import { WorkflowFailedError } from '@temporalio/client';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { Worker } from '@temporalio/worker';
import { createActivities, type Activities } from '../../src/activities/create-activities.ts';
import { recordKey, type Clip } from '../../src/clip/clip.ts';
import { clipWorkflowId } from '../../src/clip/names.ts';
import { recordOf, type ClipRecord } from '../../src/clip/record.ts';
import type { ClipStatus } from '../../src/clip/state.ts';
import { serviceFailed } from '../../src/errors.ts';
import { startClip, type StartClipOptions } from '../../src/start-clip.ts';
import { createCancelWorkflow } from '../../src/temporal/cancel-workflow.ts';
import type { archiveClip } from '../../src/workflows/clip/workflow.ts';
import { clipQuery, goneSignal } from '../../src/workflows/messages.ts';
import { aClip, aLink, fakeActivities } from '../support/fake-activities.ts';
import { createFakePorts } from '../support/fake-ports.ts';
import { startTemporal, withWorkers, workflowSource } from '../support/temporal.ts';
import { until } from '../support/wait.ts';

type Start = Omit<StartClipOptions, 'taskQueue'>;

const REVISION = 7;
const OLD_THUMBNAIL = 'thumb/1213063181631602657-1213063181631606753.webp';

describe('clips whose record says that they have ended', { concurrency: 4 }, () => {
  let environment: TestWorkflowEnvironment;
  before(async () => {
    environment = await startTemporal();
  });
  after(async () => {
    await environment.teardown();
  });

  /**
   * Starts a clip that Temporal no longer knows, because its retention is over. Only the clip's record, which has this
   * status, still exists. Returns how the workflow ended, or `live`, and the record at that time.
   */
  async function outcomeOf(
    status: ClipStatus,
    start: Start,
    clip: Clip = aClip(),
  ): Promise<{ execution: string; record: ClipRecord; written: number; fetched: number }> {
    const ports = createFakePorts();
    const { cancelWorkflow: _, ...others } = ports;
    const real = createActivities({
      ...others,
      cancelWorkflow: createCancelWorkflow(environment.client),
    });
    const fakes = fakeActivities();
    let fetched = 0;
    const activities: Partial<Activities> = {
      ...fakes.activities,
      persist: real.persist,
      cancelClip: real.cancelClip,
      refetch: async (input) => {
        fetched += 1;
        const url = aLink(86_400);
        const state = { ...input.state, clip: { ...input.state.clip, url } };
        const earlierAttempts = activityInfo().attempt - 1;
        return { url, ...(await real.persist({ state, adopt: input.adopt, earlierAttempts })) };
      },
    };
    const key = recordKey(clip);
    const before = { clip, status, revision: REVISION, thumbnail: OLD_THUMBNAIL };
    ports.bucket.put(key, recordOf(before, 1));
    return await withWorkers(environment, activities, async (taskQueue) => {
      const { client } = environment;
      assert.equal(await startClip(client, clip, { ...start, taskQueue }), 'started');
      const handle = client.workflow.getHandle<typeof archiveClip>(clipWorkflowId(clip));
      const execution = await until('its end, or a record that is live', async () => {
        const { status: now } = await handle.describe();
        if (now.name !== 'RUNNING') return now.name;
        return (ports.bucket.json(key) as ClipRecord).Status === 'live' ? 'live' : null;
      });
      await handle.terminate().catch(() => undefined);
      const written = ports.bucket.writes.filter((write) => write.key === key && write.isDone);
      return {
        execution,
        record: ports.bucket.json(key) as ClipRecord,
        written: written.length,
        fetched,
      };
    });
  }

  for (const source of ['live', 'sweep'] as const) {
    test(`if the record says stopped or deleted, a clip that is started with the source ${source} ends at once`, async () => {
      for (const status of ['stopped', 'deleted'] as const) {
        const { execution, record, written } = await outcomeOf(status, { source });
        assert.equal(execution, status === 'stopped' ? 'CANCELLED' : 'COMPLETED');
        assert.equal(record.Status, status);
        assert.equal(record.Revision, REVISION);
        assert.equal(written, 0, 'the record is left as it is');
      }
    });
  }

  test('if the record says stopped, a backfill restarts the clip; if it says deleted, the clip ends', async () => {
    const stopped = await outcomeOf('stopped', { source: 'backfill' });
    assert.equal(stopped.execution, 'live');
    assert.ok(stopped.record.Revision > REVISION);
    assert.equal(stopped.record.Thumbnail, OLD_THUMBNAIL);
    const deleted = await outcomeOf('deleted', { source: 'backfill' });
    assert.equal(deleted.execution, 'COMPLETED');
    assert.equal(deleted.record.Status, 'deleted');
  });

  test('if a backfill has revive set, clips whose record says deleted or stopped are restarted', async () => {
    for (const status of ['stopped', 'deleted'] as const) {
      const { execution, record } = await outcomeOf(status, { source: 'backfill', revive: true });
      assert.equal(execution, 'live');
      assert.ok(!('Deleted_At' in record));
      assert.equal(record.Thumbnail, OLD_THUMBNAIL);
    }
  });

  test('if the record says live, the clip continues, whether a new message, a sweep or a backfill started the clip', async () => {
    for (const source of ['live', 'sweep', 'backfill'] as const) {
      const { execution } = await outcomeOf('live', { source });
      assert.equal(execution, 'live');
    }
  });

  test('if the record says deleted, the clip ends even if its link had to be refreshed first', async () => {
    const clip = aClip({ leaseSeconds: -60 });
    const { execution, written, fetched } = await outcomeOf('deleted', { source: 'live' }, clip);
    assert.equal(execution, 'COMPLETED');
    assert.equal(fetched, 1);
    assert.equal(written, 0);
  });

  test('if a clip ended because its record says stopped, a backfill restarts the clip', async () => {
    const fakes = fakeActivities({
      persist: ({ adopt }) => (adopt ? { adopted: { revision: REVISION }, ended: 'stopped' } : {}),
    });
    const { cancelClip } = createActivities({
      ...createFakePorts(),
      cancelWorkflow: createCancelWorkflow(environment.client),
    });
    const clip = aClip();
    await withWorkers(environment, { ...fakes.activities, cancelClip }, async (taskQueue) => {
      const { client } = environment;
      const handle = client.workflow.getHandle<typeof archiveClip>(clipWorkflowId(clip));
      const start = (options: Start) => startClip(client, clip, { ...options, taskQueue });
      assert.equal(await start({ source: 'live' }), 'started');
      await assert.rejects(handle.result(), WorkflowFailedError);
      assert.equal(await start({ source: 'live' }), 'known');
      assert.equal(await start({ source: 'backfill' }), 'started');
      await until('live', async () => (await handle.query(clipQuery)).status === 'live');
      await handle.signal(goneSignal);
      assert.equal((await handle.result()).status, 'deleted');
      assert.equal(await start({ source: 'backfill' }), 'known');
      assert.equal(await start({ source: 'backfill', revive: true }), 'started');
      await handle.terminate();
    });
  });

  test('a clip that is recorded as deleted ends although its user data cannot be saved', async () => {
    const fakes = fakeActivities({
      persist: ({ adopt }) => (adopt ? { adopted: { revision: REVISION }, ended: 'deleted' } : {}),
      saveUser: () => Promise.reject(serviceFailed('the CDN is down')),
    });
    await assertEnds(fakes.activities, aClip());
  });

  test('a clip that is deleted before its first task still ends although its user data cannot be saved', async () => {
    const fakes = fakeActivities({
      saveUser: () => Promise.reject(serviceFailed('the CDN is down')),
    });
    await assertEnds(fakes.activities, aClip(), goneSignal);
  });

  test('if the first write of a deleted clip strips its record, its poster is not saved', async () => {
    const fakes = fakeActivities({ persist: () => ({ erased: true }) });
    await assertEnds(fakes.activities, aClip(), goneSignal);
    assert.deepEqual(fakes.posters, []);
  });

  /** Starts a clip, asserts that it ends, and replays its history. */
  async function assertEnds(
    activities: Partial<Activities>,
    clip: Clip,
    signal?: typeof goneSignal,
  ): Promise<void> {
    const { client } = environment;
    await withWorkers(environment, activities, async (taskQueue) => {
      const workflowId = clipWorkflowId(clip);
      const options = { taskQueue, workflowId, args: [clip] as [Clip] };
      const handle = await (signal
        ? client.workflow.signalWithStart<typeof archiveClip, [channelId?: string]>('archiveClip', {
            ...options,
            signal,
          })
        : client.workflow.start<typeof archiveClip>('archiveClip', options));
      await until('its end', async () => (await handle.describe()).status.name !== 'RUNNING');
      const history = await handle.fetchHistory();
      await Worker.runReplayHistory(workflowSource(), history, workflowId);
    });
  }
});
