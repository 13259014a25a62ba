import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { clipState, linkExpiresAt } from '../../src/clip/search-attributes.ts';
import type { ClipStatus } from '../../src/clip/state.ts';
import {
  countClips,
  countWorkflows,
  deadLinksQuery,
  expiringQuery,
  NO_EXPIRY_QUERY,
  onTaskQueue,
  UNKNOWN_TYPES_QUERY,
} from '../../src/temporal/clip-queries.ts';
import { startTemporal } from '../support/temporal.ts';
import { until } from '../support/wait.ts';

const HOUR_MS = 60 * 60 * 1000;
const nowMs = Date.now();

let temporal: TestWorkflowEnvironment;

/** Starts a clip's workflow with these search attributes. No worker runs, so the attributes don't change. */
async function startClip(
  workflowId: string,
  state: ClipStatus,
  expiresInMs: number | null,
): Promise<void> {
  await temporal.client.workflow.start('archiveClip', {
    workflowId,
    taskQueue: 'nobody',
    args: [],
    typedSearchAttributes: [
      { key: clipState, value: state },
      ...(expiresInMs === null
        ? []
        : [{ key: linkExpiresAt, value: new Date(nowMs + expiresInMs) }]),
    ],
  });
}

describe('clip queries', () => {
  before(async () => {
    temporal = await startTemporal();
    await startClip('clip-dead', 'live', -HOUR_MS);
    await startClip('clip-dead-at-start', 'archiving', -HOUR_MS);
    await startClip('clip-dead-and-unreachable', 'unreachable', -HOUR_MS);
    await startClip('clip-soon', 'live', HOUR_MS);
    await startClip('clip-soon-and-unreachable', 'unreachable', HOUR_MS);
    await startClip('clip-without-lease', 'live', null);
    const { client } = temporal;
    await startClip('clip-without-lease-and-unreachable', 'unreachable', null);
    await until('all clips to be listed', async () => {
      const { archiving, live, unreachable } = await countClips(client);
      return archiving + live + unreachable === 7;
    });
  });
  after(() => temporal.teardown());

  test('countClips returns the number of running clips in each state', async () => {
    assert.deepEqual(await countClips(temporal.client), {
      archiving: 1,
      live: 3,
      unreachable: 3,
    });
  });

  test('if a clip is unreachable, the query for links without an expiry does not list the clip', async () => {
    const ids: string[] = [];
    for await (const { workflowId } of temporal.client.workflow.list({ query: NO_EXPIRY_QUERY }))
      ids.push(workflowId);
    assert.deepEqual(ids, ['clip-without-lease']);
  });

  test('the query for expired links ignores valid links and unreachable clips', async () => {
    const ids: string[] = [];
    const query = deadLinksQuery(nowMs);
    for await (const { workflowId } of temporal.client.workflow.list({ query }))
      ids.push(workflowId);
    assert.deepEqual(ids.sort(), ['clip-dead', 'clip-dead-at-start']);
    assert.equal(await countWorkflows(temporal.client, query), 2);
  });

  test('the query for links that expire soon ignores unreachable clips', async () => {
    const count = (fromMs: number, untilMs: number) =>
      countWorkflows(temporal.client, expiringQuery(nowMs + untilMs, nowMs + fromMs));
    assert.equal(await count(0, 2 * HOUR_MS), 1);
    assert.equal(await count(2 * HOUR_MS, 24 * HOUR_MS), 0);
  });

  test('if a query is limited to a task queue, it lists no workflow of other programs', async () => {
    const { client } = temporal;
    const count = (taskQueue: string) =>
      countWorkflows(client, onTaskQueue(UNKNOWN_TYPES_QUERY, taskQueue));
    for (const taskQueue of ["it's ours", 'theirs'])
      await client.workflow.start('order', { workflowId: `on ${taskQueue}`, taskQueue });
    await until('our workflow', async () => (await count("it's ours")) === 1);
    assert.equal(await count("it's"), 0);
  });
});
