import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { createClipWorkflows } from '../../src/ingest/clip-workflows.ts';
import { isFailure } from '../../src/errors.ts';
import { createLogger } from '../../src/log.ts';
import { noMetrics } from '../../src/metrics.ts';
import { startTemporal } from '../support/temporal.ts';
import { until } from '../support/wait.ts';

const TASK_QUEUE = 'clip-workflows';
const MESSAGES = ['1213063181631510003', '1213063181631510001', '1213063181631510002'];
const ENDED = 'clip-1213063181631510001-2';
/** Workflow ids that look like ids of the messages' clips, but belong to other messages or have ended. */
const STRANGERS = [
  ENDED,
  'clip-1213063181631510000-1',
  'clip-1213063181631510004-1',
  'clip-12130631816315100010-1',
  'clip-121306318163151000-1',
  'sweep-1213063181631510001',
];

const clipsOf = (id: string): string[] => [`clip-${id}-1`, `clip-${id}-99999999999999999999`];

/** Tests the list queries on a real server. No worker runs, so the workflows stay open. */
describe('clip workflows on a server', () => {
  let environment: TestWorkflowEnvironment;
  before(async () => {
    environment = await startTemporal();
    const ids = MESSAGES.flatMap(clipsOf);
    for (const workflowId of [...ids, ...STRANGERS]) {
      await environment.client.workflow.start('idle', { taskQueue: TASK_QUEUE, workflowId });
    }
    await environment.client.workflow.getHandle(ENDED).terminate();
    await until('all starts in the list', async () => {
      const { count } = await environment.client.workflow.count("ExecutionStatus = 'Running'");
      return count === ids.length + STRANGERS.length - 1;
    });
  });
  after(async () => {
    await environment.teardown();
  });

  const create = () =>
    createClipWorkflows(environment.client, TASK_QUEUE, createLogger('silent', 'test'), noMetrics);

  test('the list query for a message finds the running clips of that message and no other workflows', async () => {
    for (const id of MESSAGES) {
      assert.deepEqual((await create().findRunning(id)).sort(), clipsOf(id));
    }
    assert.deepEqual(await create().findRunning('1213063181631519999'), []);
  });

  test('one list query finds the clips of 100 messages', async (t) => {
    const list = t.mock.method(environment.client.workflow, 'list');
    const absent = Array.from({ length: 97 }, (_, index) =>
      String(1213063181631520000n + BigInt(index)),
    );
    const find = create().createBulkLookUp([...MESSAGES, ...absent]);
    for (const id of MESSAGES) assert.deepEqual((await find(id)).sort(), clipsOf(id));
    for (const id of absent) assert.deepEqual(await find(id), []);
    assert.equal(list.mock.callCount(), 1);
  });

  test('finding the clips of many messages takes one list query per 100 messages', async (t) => {
    const list = t.mock.method(environment.client.workflow, 'list');
    const absent = Array.from({ length: 250 }, (_, index) =>
      String(1213063181631520000n + BigInt(index)),
    );
    const [last = ''] = MESSAGES;
    const find = create().createBulkLookUp([...absent, last]);
    assert.deepEqual((await find(last)).sort(), clipsOf(last));
    assert.equal(list.mock.callCount(), 3);
  });

  test('a list query is never built from a message id that is not a Discord id', async (t) => {
    const list = t.mock.method(environment.client.workflow, 'list');
    const injected = "1' OR WorkflowId > '";
    for (const id of [injected, '', '12', 'x'.repeat(18)]) {
      await assert.rejects(create().findRunning(id), (error) => isFailure(error, 'InvalidInput'));
    }
    assert.equal(list.mock.callCount(), 0);
  });
});
