import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createLimit } from '../../src/ingest/sweeps/limit.ts';
import { createEventQueue } from '../../src/ingest/event-queue.ts';
import type { WatchedChannel } from '../../src/ingest/watched-channels.ts';
import { createSweeps } from '../../src/ingest/sweeps/sweeps.ts';
import { createLogger } from '../../src/log.ts';
import { until } from '../support/wait.ts';

const log = createLogger('silent', 'test');

/** Stages sweeps of the channels in `readable`, and records which channels were swept. */
function stage(readable: string[], sweep?: (channel: WatchedChannel) => Promise<void>) {
  const swept: string[] = [];
  const listReadable = (): WatchedChannel[] =>
    readable.map((channelId) => ({
      channelId,
      channelName: channelId,
      isThread: false,
      isListedWhenArchived: false,
      lastMessageId: null,
    }));
  const queue = createEventQueue(log);
  const sweeps = createSweeps({
    channels: { listReadable, listThreadParents: () => [] },
    queue,
    log,
    createArchivedThreadsList: () => async () => [],
    listRunningSweeps: async () => [],
    endIfUnwatched: async () => undefined,
    sweepChannel: async (channel) => {
      await sweep?.(channel);
      swept.push(channel.channelId);
    },
  });
  /** Waits for the queue. Returns the channels that were swept since the last call. */
  const done = async () => {
    await queue.idle();
    return swept.splice(0);
  };
  return { readable, swept, sweeps, done };
}

describe('createSweeps', () => {
  test('every new gateway session starts a sweep of all readable channels', async () => {
    const { sweeps, done } = stage(['1', '2']);
    sweeps.sweepAll();
    assert.deepEqual(await done(), ['1', '2']);
    sweeps.sweepAll();
    assert.deepEqual(await done(), ['1', '2']);
  });

  test('each time a channel becomes readable during a gateway session, the channel is swept', async () => {
    const { readable, sweeps, done } = stage(['1']);
    sweeps.sweepNewlyReadable();
    assert.deepEqual(await done(), [], 'no session has started yet');
    sweeps.sweepAll();
    await done();
    readable.push('2');
    sweeps.sweepNewlyReadable();
    sweeps.sweepNewlyReadable();
    assert.deepEqual(await done(), ['2']);
    readable.pop();
    sweeps.sweepNewlyReadable();
    readable.push('2');
    sweeps.sweepNewlyReadable();
    assert.deepEqual(
      await done(),
      ['2'],
      'only the sweep finds messages from the time without permissions',
    );
  });

  test('if the sweep of a channel fails, the sweep is retried and the sweeps of other channels do not wait', async () => {
    let faults = 1;
    const { swept, sweeps, done } = stage(['1', '2', '3'], async ({ channelId }) => {
      if (channelId === '1' && faults-- > 0) throw new Error('no');
    });
    sweeps.sweepAll();
    await until('the sweeps of the other channels', () => swept.length === 2);
    assert.deepEqual(swept, ['2', '3']);
    assert.deepEqual(await done(), ['2', '3', '1']);
  });
});

test('with a concurrency limit of three, all tasks run, but never more than three at once', async () => {
  const withLimit = createLimit(3);
  let running = 0;
  let maxRunning = 0;
  const work = async (n: number): Promise<number> => {
    running += 1;
    maxRunning = Math.max(maxRunning, running);
    await new Promise((resolve) => setTimeout(resolve, n % 4));
    running -= 1;
    if (n === 5) throw new Error('five');
    return n;
  };
  const ends = await Promise.allSettled(
    Array.from({ length: 20 }, (_, n) => withLimit(() => work(n))),
  );
  assert.equal(maxRunning, 3);
  assert.deepEqual(
    ends.filter(({ status }) => status === 'rejected').length,
    1,
    'a failed task makes room for the next task',
  );
  assert.equal(running, 0);
});
