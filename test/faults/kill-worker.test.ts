import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { clipQuery, refreshNowSignal } from '../../src/workflows/messages.ts';
import type { PostedClip } from '../support/stack/clips.ts';
import { assertSurvives } from '../support/stack/survival.ts';
import { startStack, type Stack } from '../support/stack/stack.ts';
import { pause } from '../support/wait.ts';

const FETCH_MESSAGE = 'GET /channels/:id/messages/:id';
/** Of Temporal's PendingActivityState. */
const STARTED = 2;

let stack: Stack<'clips'>;
let clips: PostedClip[] = [];
before(async () => {
  stack = await startStack({ channels: ['clips'] });
});
after(() => stack.stop());

test('kill -9 of the worker while 100 clips come in loses none and doubles none', async () => {
  clips = await assertSurvives(stack, async () => {
    await stack.worker.kill();
    await pause(1000);
    await stack.worker.start();
  });
});

test('what a killed worker was fetching is fetched by the next one within seconds, long before a time-out of a minute', async () => {
  const { emulator, temporal, worker } = stack;
  const some = clips.slice(0, 5);
  const fetched = () => emulator.stats.requests(FETCH_MESSAGE);
  const isUnderWay = async ({ workflowId }: PostedClip): Promise<boolean> => {
    const { raw } = await temporal.workflow.getHandle(workflowId).describe();
    return Number(raw.pendingActivities?.[0]?.state) === STARTED;
  };
  const hurry = emulator.faults.add({ route: FETCH_MESSAGE, stallMs: 14_000 });
  for (const { workflowId } of some) {
    await temporal.workflow.getHandle(workflowId).signal(refreshNowSignal);
  }
  for (const clip of some) await stack.until('the refetch to begin', () => isUnderWay(clip));
  // discord.js sends the requests of one channel one after the other.
  await stack.until('the first request', () => fetched() === 1);
  await worker.kill();
  const killedAtMs = Date.now();
  hurry();
  await worker.start();
  for (const { workflowId } of some) {
    const handle = temporal.workflow.getHandle(workflowId);
    await stack.until('the refresh', async () => (await handle.query(clipQuery)).refreshes === 1);
  }
  const tookMs = Date.now() - killedAtMs;
  assert.ok(tookMs < 45_000, `it took ${tookMs} ms`);
  assert.equal(fetched(), 1 + some.length);
});
