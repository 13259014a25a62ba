import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { WorkflowExecutionAlreadyStartedError, type Client } from '@temporalio/client';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { createClipWorkflows } from '../../src/ingest/clip-workflows.ts';
import { isFailure } from '../../src/errors.ts';
import { createLogger } from '../../src/log.ts';
import { noMetrics } from '../../src/metrics.ts';
import { aClip } from '../support/fake-activities.ts';
import { startTemporal } from '../support/temporal.ts';
import { until } from '../support/wait.ts';

const TASK_QUEUE = 'clip-workflows';
const MESSAGES = ['1213063181631510003', '1213063181631510001', '1213063181631510002'];
const ENDED = 'clip-1213063181631510001-2';
/**
 * Ids of workflows that must not be found, although the ids resemble those of the messages' clips. The workflow ENDED
 * has ended, and the other workflows do not belong to these messages.
 */
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

  test('if a message id is not a valid Discord id, no list query is built from the id', async (t) => {
    const list = t.mock.method(environment.client.workflow, 'list');
    const injected = "1' OR WorkflowId > '";
    for (const id of [injected, '', '12', 'x'.repeat(18)]) {
      await assert.rejects(create().findRunning(id), (error) => isFailure(error, 'InvalidInput'));
    }
    assert.equal(list.mock.callCount(), 0);
  });
});

describe('the priorities of live clips', () => {
  /** Stages clip workflows on a client that records the priority of each start. */
  function stage() {
    const priorities: number[] = [];
    const known = new Set<string>();
    let faults = 0;
    const client = {
      workflow: {
        async start(
          type: string,
          { workflowId, priority }: { workflowId: string; priority: { priorityKey: number } },
        ) {
          priorities.push(priority.priorityKey);
          if (faults-- > 0) throw new Error('Temporal is away');
          if (known.has(workflowId)) {
            throw new WorkflowExecutionAlreadyStartedError('known', workflowId, type);
          }
          known.add(workflowId);
        },
        getHandle: () => ({ signal: async () => undefined }),
      },
    } as unknown as Client;
    const clips = createClipWorkflows(
      client,
      TASK_QUEUE,
      createLogger('silent', 'test'),
      noMetrics,
    );
    return { clips, priorities, failNext: (count: number) => void (faults = count) };
  }

  test('if one poster floods a channel, the next clip of another poster has a higher priority', async () => {
    const { clips, priorities } = stage();
    for (let n = 0; n < 60; n++) await clips.start(aClip());
    const juno = { id: '356003082141696427', username: 'juno', displayName: 'Juno', avatar: null };
    await clips.start(aClip({ poster: juno }));
    assert.deepEqual(priorities.slice(-2), [4, 1]);
  });

  test('edits of a clip do not lower the priority of the next clip of its poster', async () => {
    const { clips, priorities } = stage();
    const clip = aClip();
    for (let n = 0; n < 30; n++) await clips.startOrEdit(clip);
    await clips.start(aClip());
    assert.equal(priorities.at(-1), 1);
  });

  test('failed starts of clips do not lower the priority of the next clip of their poster', async () => {
    const { clips, priorities, failNext } = stage();
    failNext(30);
    for (let n = 0; n < 30; n++) await assert.rejects(clips.start(aClip()));
    await clips.start(aClip());
    assert.equal(priorities.at(-1), 1);
  });
});
