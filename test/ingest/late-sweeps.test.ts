import assert from 'node:assert/strict';
import { describe, test, type TestContext } from 'node:test';
import type { EventWork } from '../../src/ingest/event-queue.ts';
import { createLateSweeps } from '../../src/ingest/sweeps/late-sweeps.ts';
import type { WatchedChannel } from '../../src/ingest/watched-channels.ts';

const MINUTE_MS = 60_000;
const MESSAGE = '1213063181631516641';

/** Stages late sweeps whose work runs at once, and records what was swept. */
function stage(t: TestContext) {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const swept: WatchedChannel[] = [];
  const works: EventWork[] = [];
  const lateSweeps = createLateSweeps({
    channels: {
      async findWatched(channelId) {
        if (channelId === 'unwatched') return null;
        return {
          channelId,
          channelName: 'overtime',
          isThread: false,
          listingParentId: null,
          lastMessageId: null,
        };
      },
    },
    queue: { add: (work) => void works.push(work) },
    sweepChannel: async (channel) => void swept.push(channel),
  });
  const pass = async (ms: number): Promise<void> => {
    t.mock.timers.tick(ms);
    for (const work of works.splice(0)) await work.run();
  };
  return { lateSweeps, swept, pass };
}

describe('late sweeps', () => {
  test('if many messages arrive without content, their channel is swept once, 15 seconds after the first', async (t) => {
    const { lateSweeps, swept, pass } = stage(t);
    for (let n = 0; n < 100; n++) lateSweeps.request('1', `${BigInt(MESSAGE) + BigInt(n)}`, null);
    lateSweeps.request('2', MESSAGE, null);
    assert.deepEqual(swept, []);
    await pass(15_000);
    assert.deepEqual(
      swept.map(({ channelId }) => channelId),
      ['1', '2'],
    );
  });

  test('if no sweep of the channel is running, the new sweep reads from just before the message without content', async (t) => {
    const { lateSweeps, swept, pass } = stage(t);
    lateSweeps.request('1', MESSAGE, null);
    await pass(15_000);
    assert.equal(swept[0]?.lastMessageId, '1213063181631516640');
  });

  test('while messages keep arriving without content, sweeps become rare but do not stop', async (t) => {
    const { lateSweeps, swept, pass } = stage(t);
    for (let minute = 0; minute < 6 * 60; minute++) {
      lateSweeps.request('1', MESSAGE, null);
      await pass(MINUTE_MS);
    }
    assert.ok(swept.length >= 12 && swept.length <= 25, `${swept.length} in six hours`);
    const before = swept.length;
    lateSweeps.request('1', MESSAGE, null);
    await pass(30 * MINUTE_MS);
    assert.equal(swept.length, before + 1, 'the last message is covered within half an hour');
  });

  test('if all messages of the last two hours had content, the next message without content triggers a sweep after 15 seconds', async (t) => {
    const { lateSweeps, swept, pass } = stage(t);
    for (let minute = 0; minute < 60; minute++) {
      lateSweeps.request('1', MESSAGE, null);
      await pass(MINUTE_MS);
    }
    await pass(120 * MINUTE_MS);
    const before = swept.length;
    lateSweeps.request('1', MESSAGE, null);
    await pass(15_000);
    assert.equal(swept.length, before + 1);
  });

  test('if a channel is not watched or ingest is stopping, no sweep is started', async (t) => {
    const { lateSweeps, swept, pass } = stage(t);
    lateSweeps.request('unwatched', MESSAGE, null);
    await pass(15_000);
    lateSweeps.request('1', MESSAGE, null);
    lateSweeps.stop();
    await pass(60 * MINUTE_MS);
    assert.deepEqual(swept, []);
  });
});
