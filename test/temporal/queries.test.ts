import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { Worker } from '@temporalio/worker';
import { clipWorkflowId } from '../../src/clip/names.ts';
import { parseConfig } from '../../src/config.ts';
import { startClip } from '../../src/start-clip.ts';
import { openClient } from '../../src/temporal/connect.ts';
import type { archiveClip } from '../../src/workflows/clip/workflow.ts';
import { clipQuery, goneSignal } from '../../src/workflows/messages.ts';
import { createGate } from '../support/gate.ts';
import { activitiesWith, aPostedClip } from '../support/histories/a-posted-clip.ts';
import { startTemporal, workflowSource } from '../support/temporal.ts';
import { pause, valueOrNull } from '../support/wait.ts';

/** Shorter than the SDK's own pause before it repeats a refused call, which takes at least 1.36 s. */
const SOON_MS = 800;
/** Several pauses between the attempts of a refused query. */
const FEW_PAUSES_MS = 500;
/** The longest time that a workflow task runs. */
const MAX_TASK_MS = 10_000;
const MAX_ATTEMPTS_MS = 20_000;

describe('queries that the server refuses', { concurrency: true }, () => {
  let environment: TestWorkflowEnvironment;
  before(async () => {
    environment = await startTemporal();
  });
  after(async () => {
    await environment.teardown();
  });

  test('a query during a local activity waits for the end of the workflow task, and is answered soon after it', async () => {
    const client = await openClient(parseConfig({ TEMPORAL_ADDRESS: environment.address }));
    const { open: mayWrite, opened: allowed } = createGate();
    const activities = activitiesWith({
      async persist() {
        await allowed;
        return {};
      },
    });
    const taskQueue = 'queries';
    const connection = environment.nativeConnection;
    const worker = await Worker.create({
      ...{ connection, activities, taskQueue },
      ...workflowSource(),
    });
    const posted = aPostedClip();
    const workflowId = clipWorkflowId(posted);
    await startClip(client, posted, { source: 'live', taskQueue });
    const handle = client.workflow.getHandle<typeof archiveClip>(workflowId);
    // The server would attach the query to the first task. The worker would answer it when the poster is saved.
    const answer = handle.query(clipQuery);
    await pause(FEW_PAUSES_MS);
    await worker.runUntil(async () => {
      const early = await valueOrNull(answer, FEW_PAUSES_MS);
      mayWrite();
      assert.equal(early, null);
      assert.ok(await valueOrNull(answer, SOON_MS), 'the query is repeated soon');
      await handle.signal(goneSignal);
      assert.equal((await handle.result()).status, 'deleted');
    });
    await Worker.runReplayHistory(workflowSource(), await handle.fetchHistory(), workflowId);
    await client.connection.close();
  });

  test('a query that is refused for longer than a task may run fails with the reason', async () => {
    const client = await openClient(parseConfig({ TEMPORAL_ADDRESS: environment.address }));
    const posted = aPostedClip();
    await startClip(client, posted, { source: 'live', taskQueue: 'nobody' });
    const startMs = Date.now();
    const query = client.workflow.getHandle(clipWorkflowId(posted)).query(clipQuery);
    await assert.rejects(query, ({ cause }: Error) => String(cause).includes('buffer is full'));
    const tookMs = Date.now() - startMs;
    assert.ok(tookMs > MAX_TASK_MS && tookMs < MAX_ATTEMPTS_MS, `given up after ${tookMs} ms`);
    await client.connection.close();
  });
});
