import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createLimit } from '../../src/ingest/limit.ts';
import { createEventQueue } from '../../src/ingest/event-queue.ts';
import type { WatchedChannel } from '../../src/ingest/watched-channels.ts';
import { createSweeps } from '../../src/ingest/sweeps.ts';
import { createLogger } from '../../src/log.ts';
import { until } from '../support/wait.ts';

const log = createLogger('silent', 'test');

/** Sweeps of the channels that `readable` names, and those that were swept. */
function stage(readable: string[], sweep?: (channel: WatchedChannel) => Promise<void>) {
  const swept: string[] = [];
  const watched = (): WatchedChannel[] =>
    readable.map((channelId) => ({
      ...{ channelId, channelName: channelId, isThread: false, lastMessageId: null },
    }));
  const queue = createEventQueue(log);
  const sweeps = createSweeps({
    ...{ places: { watched, withThreads: () => [] }, queue, log },
    archivedThreads: async () => [],
    swept: async () => [],
    endUnlessWatched: async () => undefined,
    sweep: async (channel) => {
      await sweep?.(channel);
      swept.push(channel.channelId);
    },
  });
  /** What was swept since the last look, when all is done. */
  const done = async () => {
    await queue.idle();
    return swept.splice(0);
  };
  return { readable, swept, sweeps, done };
}

describe('which channels are swept', () => {
  test('all of them, at every new session', async () => {
    const { sweeps, done } = stage(['1', '2']);
    sweeps.all();
    assert.deepEqual(await done(), ['1', '2']);
    sweeps.all();
    assert.deepEqual(await done(), ['1', '2']);
  });

  test('in a session those that become readable, each time they do', async () => {
    const { readable, sweeps, done } = stage(['1']);
    sweeps.news();
    assert.deepEqual(await done(), [], 'there is no session yet');
    sweeps.all();
    await done();
    readable.push('2');
    sweeps.news();
    sweeps.news();
    assert.deepEqual(await done(), ['2']);
    readable.pop();
    sweeps.news();
    readable.push('2');
    sweeps.news();
    assert.deepEqual(await done(), ['2'], 'what was posted meanwhile is in the history');
  });

  test('though one of them fails: it is tried again, and holds no other up', async () => {
    let faults = 1;
    const { swept, sweeps, done } = stage(['1', '2', '3'], async ({ channelId }) => {
      if (channelId === '1' && faults-- > 0) throw new Error('no');
    });
    sweeps.all();
    await until('the others', () => swept.length === 2);
    assert.deepEqual(swept, ['2', '3']);
    assert.deepEqual(await done(), ['2', '3', '1']);
  });
});

test('of much work at most so much is under way at a time, and all of it is done', async () => {
  const limited = createLimit(3);
  let running = 0;
  let most = 0;
  const work = async (n: number): Promise<number> => {
    running += 1;
    most = Math.max(most, running);
    await new Promise((resolve) => setTimeout(resolve, n % 4));
    running -= 1;
    if (n === 5) throw new Error('five');
    return n;
  };
  const ends = await Promise.allSettled(
    Array.from({ length: 20 }, (_, n) => limited(() => work(n))),
  );
  assert.equal(most, 3);
  assert.deepEqual(
    ends.filter(({ status }) => status === 'rejected').length,
    1,
    'one that fails makes room for the next',
  );
  assert.equal(running, 0);
});
