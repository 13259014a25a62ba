import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { clipQuery, refreshNowSignal } from '../../src/workflows/messages.ts';
import type { PostedClip } from '../support/stack/clips.ts';
import { assertSurvives } from '../support/stack/survival.ts';
import { startStack, type Stack } from '../support/stack/stack.ts';
import { pause } from '../support/wait.ts';

const FETCH_MESSAGE = 'GET /channels/:id/messages/:id';
/** The number of STARTED in Temporal's enum PendingActivityState. */
const STARTED = 2;

let stack: Stack<'clips'>;
let clips: PostedClip[] = [];
before(async () => {
  stack = await startStack({ channels: ['clips'] });
});
after(() => stack.stop());

test('if the worker is killed while 100 clips are posted, each clip is still archived exactly once', async () => {
  clips = await assertSurvives(stack, async () => {
    await stack.worker.kill();
    await pause(1000);
    await stack.worker.start();
  });
});

test('if a worker is killed while refreshing links, a new worker completes the refreshes within 45 seconds', async () => {
  const { emulator, temporal, worker } = stack;
  const some = clips.slice(0, 5);
  const fetched = () => emulator.stats.requests(FETCH_MESSAGE);
  const isRunning = async ({ workflowId }: PostedClip): Promise<boolean> => {
    const { raw } = await temporal.workflow.getHandle(workflowId).describe();
    return Number(raw.pendingActivities?.[0]?.state) === STARTED;
  };
  const removeStall = emulator.faults.add({ route: FETCH_MESSAGE, stallMs: 14_000 });
  for (const { workflowId } of some) {
    await temporal.workflow.getHandle(workflowId).signal(refreshNowSignal);
  }
  for (const clip of some) await stack.until('the refetch to begin', () => isRunning(clip));
  // Only one request arrives, because discord.js sends the requests for one channel one after another.
  await stack.until('the first request', () => fetched() === 1);
  await worker.kill();
  const killedAtMs = Date.now();
  removeStall();
  await worker.start();
  for (const { workflowId } of some) {
    const handle = temporal.workflow.getHandle(workflowId);
    await stack.until('the refresh', async () => (await handle.query(clipQuery)).refreshes === 1);
  }
  const tookMs = Date.now() - killedAtMs;
  assert.ok(tookMs < 45_000, `it took ${tookMs} ms`);
  assert.equal(fetched(), 1 + some.length);
});
