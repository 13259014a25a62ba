import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { clipState, linkExpiresAt } from '../../src/clip/search-attributes.ts';
import type { ClipStatus } from '../../src/clip/state.ts';
import {
  countClips,
  countOf,
  deadLinksQuery,
  expiringQuery,
} from '../../src/temporal/clip-queries.ts';
import { startTemporal } from '../support/temporal.ts';
import { until } from '../support/wait.ts';

const HOUR_MS = 60 * 60 * 1000;
const nowMs = Date.now();

let temporal: TestWorkflowEnvironment;

/** A clip's workflow as the lists see it; no worker is there to change it. */
const clip = async (workflowId: string, state: ClipStatus, expiresInMs: number | null) =>
  await temporal.client.workflow.start('archiveClip', {
    ...{ workflowId, taskQueue: 'nobody', args: [] },
    typedSearchAttributes: [
      { key: clipState, value: state },
      ...(expiresInMs === null
        ? []
        : [{ key: linkExpiresAt, value: new Date(nowMs + expiresInMs) }]),
    ],
  });

describe('the lists of clips', () => {
  before(async () => {
    temporal = await startTemporal();
    await clip('clip-dead', 'live', -HOUR_MS);
    await clip('clip-dead-at-the-start', 'archiving', -HOUR_MS);
    await clip('clip-dead-and-unreachable', 'unreachable', -HOUR_MS);
    await clip('clip-soon', 'live', HOUR_MS);
    await clip('clip-soon-and-unreachable', 'unreachable', HOUR_MS);
    await clip('clip-without-lease', 'live', null);
    const { client } = temporal;
    await until('all in the lists', async () => (await countClips(client)).live === 3);
  });
  after(() => temporal.teardown());

  test('count every running clip by its state', async () => {
    assert.deepEqual(await countClips(temporal.client), {
      ...{ archiving: 1, live: 3, unreachable: 2, deleted: 0, stopped: 0 },
    });
  });

  test('call a link dead only where it could be replaced', async () => {
    const ids: string[] = [];
    const query = deadLinksQuery(nowMs);
    for await (const { workflowId } of temporal.client.workflow.list({ query }))
      ids.push(workflowId);
    assert.deepEqual(ids.sort(), ['clip-dead', 'clip-dead-at-the-start']);
    assert.equal(await countOf(temporal.client, query), 2);
  });

  test('call a link expiring only where it can be replaced', async () => {
    const count = (fromMs: number, untilMs: number) =>
      countOf(temporal.client, expiringQuery(nowMs + untilMs, nowMs + fromMs));
    assert.equal(await count(0, 2 * HOUR_MS), 1);
    assert.equal(await count(2 * HOUR_MS, 24 * HOUR_MS), 0);
  });
});
