import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Client } from '@temporalio/client';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { clipState, linkExpiresAt } from '../../src/clip/search-attributes.ts';
import type { ClipStatus } from '../../src/clip/state.ts';
import { watchRefreshes } from '../../src/ingest/watch-refreshes.ts';
import { countWorkflows } from '../../src/temporal/clip-queries.ts';
import { describeLateRefreshes, findLateRefreshes } from '../../src/temporal/late-refreshes.ts';
import { startTemporal } from '../support/temporal.ts';
import { until } from '../support/wait.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
/** The default of REFRESH_MARGIN. */
const MARGIN = { marginMs: 6 * HOUR_MS };
const nowMs = Date.now();

let temporal: TestWorkflowEnvironment;

async function seeAll(count: number): Promise<void> {
  await until('all clips to be listed', async () => {
    return (await countWorkflows(temporal.client, "ExecutionStatus = 'Running'")) === count;
  });
}

/** Starts a workflow for each link. No worker runs, so no link is refreshed. */
async function addLinks(hoursLeft: number[], state: ClipStatus = 'live'): Promise<void> {
  for (const hours of hoursLeft) {
    await temporal.client.workflow.start('archiveClip', {
      workflowId: `clip-${hours}`,
      taskQueue: 'nobody',
      args: [],
      typedSearchAttributes: [
        { key: clipState, value: state },
        { key: linkExpiresAt, value: new Date(nowMs + hours * HOUR_MS) },
      ],
    });
  }
}

/** Terminates all running workflows, and then starts a workflow for each of these links. */
async function stage(hoursLeft: number[], state?: ClipStatus): Promise<Client> {
  const { client } = temporal;
  for await (const { workflowId } of client.workflow.list({ query: "ExecutionStatus = 'Running'" }))
    await client.workflow.getHandle(workflowId).terminate();
  await seeAll(0);
  await addLinks(hoursLeft, state);
  await seeAll(hoursLeft.length);
  return client;
}

describe('late refreshes', () => {
  before(async () => {
    temporal = await startTemporal();
  });
  after(() => temporal.teardown());

  test('links whose refresh is not due yet, or became due less than an hour ago, are not late', async () => {
    const client = await stage([24, 12, 6.5, 5.2]);
    assert.equal(await findLateRefreshes(client, { nowMs, ...MARGIN }), null);
  });

  test('links whose refresh was due hours ago are counted, together with the delay of the most overdue link', async () => {
    const client = await stage([24, 12, 4, 3, 2]);
    const late = await findLateRefreshes(client, { nowMs, ...MARGIN });
    assert.equal(late?.links, 3);
    // The refresh of the link that expires in 2 h was due 4 h ago.
    assert.ok(late.lateMs <= 4 * HOUR_MS && late.lateMs >= 3.5 * HOUR_MS, `${late.lateMs} ms`);
    assert.match(
      describeLateRefreshes(late),
      /^refreshes have fallen behind: 3 links are overdue, one of them by at least [34] h; if /,
    );
  });

  test('dead links count as late, but the links of unreachable clips do not', async () => {
    const client = await stage([20, -42]);
    const late = await findLateRefreshes(client, { nowMs, ...MARGIN });
    assert.equal(late?.links, 1);
    assert.ok(late.lateMs <= 48 * HOUR_MS && late.lateMs >= 42 * HOUR_MS, `${late.lateMs} ms`);
    await stage([-42], 'unreachable');
    assert.equal(await findLateRefreshes(client, { nowMs, ...MARGIN }), null);
  });

  test('links with a lease of an hour are not late 19 minutes before they expire, but are late 6 minutes before they expire', async () => {
    const client = await stage([0.95, 0.7, 0.4, 0.32]);
    assert.equal(await findLateRefreshes(client, { nowMs, ...MARGIN }), null);
    await addLinks([0.1]);
    await seeAll(5);
    const late = await findLateRefreshes(client, { nowMs, ...MARGIN });
    assert.equal(late?.links, 1);
    assert.ok(late.lateMs >= 8 * MINUTE_MS && late.lateMs <= 14 * MINUTE_MS, `${late.lateMs} ms`);
  });

  test('while refreshes are behind, the log repeats a warning; when they have caught up, the log says so once', async (t) => {
    const client = await stage([24, 1]);
    const lines: string[] = [];
    const log = {
      warn: (line: string) => void lines.push(`warn ${line}`),
      info: (line: string) => void lines.push(`info ${line}`),
    };
    let counting = 0;
    const count = (query?: string) => {
      counting += 1;
      return client.workflow.count(query).finally(() => (counting -= 1));
    };
    const counter = { workflow: { count } } as unknown as Client;
    const stop = watchRefreshes(counter, log as never, { ...MARGIN, intervalMs: 50 });
    t.after(stop);
    await until('two warnings', () => lines.length >= 2);
    assert.match(
      lines[1] ?? '',
      /^warn refreshes have fallen behind: 1 link is overdue by at least/,
    );
    await client.workflow.getHandle('clip-1').terminate();
    await until('the end', () => lines.at(-1)?.startsWith('info refreshes have caught up'));
    stop();
    await until('the last count', () => counting === 0);
  });
});
