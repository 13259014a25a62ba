import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { pino } from 'pino';
import { createLimit } from '../../src/ingest/sweeps/limit.ts';
import { createEventQueue } from '../../src/ingest/event-queue.ts';
import type { BoundedPlace } from '../../src/discord/channels/watch-bounds.ts';
import type { WatchedChannel } from '../../src/ingest/watched-channels.ts';
import { createSweeps, type SweepParts } from '../../src/ingest/sweeps/sweeps.ts';
import { createLogger } from '../../src/log.ts';
import { until } from '../support/wait.ts';
import { assertIsPlain, HOSTILE_NAME } from './hostile-name.ts';

const log = createLogger('silent', 'test');

/** The log line that names the most channels is shorter than this. */
const MAX_LINE_BYTES = 2000;

/** Stages sweeps of the channels in `readable`, and records which channels were swept. */
function stage(
  readable: string[],
  sweep?: (channel: WatchedChannel) => Promise<void>,
  parts: Partial<SweepParts> = {},
) {
  const swept: string[] = [];
  const listReadable = (): WatchedChannel[] =>
    readable.map((channelId) => ({
      channelId,
      channelName: channelId,
      isThread: false,
      listingParentId: null,
      lastMessageId: null,
    }));
  const queue = createEventQueue(log);
  const sweeps = createSweeps({
    channels: { listReadable, listThreadParents: () => [], isPlaceAllowed: () => true },
    queue,
    log,
    createArchivedThreadsList: () => async () => [],
    listRunningSweeps: async () => [],
    endIfUnwatched: async () => undefined,
    sweepChannel: async (channel) => {
      await sweep?.(channel);
      swept.push(channel.channelId);
    },
    ...parts,
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

  test('only at the start of a session is the newest message of a channel known', async () => {
    const newest: (string | null | undefined)[] = [];
    const readable = ['1'];
    const { sweeps, done } = stage([], async ({ newestId }) => void newest.push(newestId), {
      channels: {
        listReadable: () =>
          readable.map((channelId) => ({
            channelId,
            channelName: channelId,
            isThread: false,
            listingParentId: null,
            lastMessageId: '7',
            newestId: '7',
          })),
        listThreadParents: () => [],
        isPlaceAllowed: () => true,
      },
    });
    sweeps.sweepAll();
    await done();
    readable.push('2');
    sweeps.sweepNewlyReadable();
    await done();
    assert.deepEqual(newest, ['7', null]);
  });

  test('the log shows hostile channel names as short plain text, and names at most 20 channels per line', async () => {
    const lines: string[] = [];
    const stream = {
      write: (line: string) => void lines.push((JSON.parse(line) as { msg: string }).msg),
    };
    const hostile = (channelId: string): WatchedChannel => ({
      channelId,
      channelName: HOSTILE_NAME,
      isThread: true,
      listingParentId: '1196521684992000058',
      lastMessageId: null,
    });
    const fails = new Set(['sweep', 'list']);
    const failOnce = (what: string): void => {
      if (fails.delete(what)) throw new Error('no');
    };
    const { sweeps } = stage([], async () => failOnce('sweep'), {
      log: pino({}, stream),
      queue: createEventQueue(pino({}, stream)),
      channels: {
        listReadable: () => Array.from({ length: 150 }, (_, n) => hostile(`${n}`)),
        listThreadParents: () => [{ ...hostile('forum'), guildId: null }],
        isPlaceAllowed: () => true,
      },
      createArchivedThreadsList: () => async () => {
        failOnce('list');
        return [];
      },
    });
    sweeps.sweepAll();
    await until('the failures', () => lines.length === 3);
    const has = (pattern: RegExp): boolean => lines.some((line) => pattern.test(line));
    assert.ok(has(/^watching #cl .* and 130 more$/), lines.join());
    assert.ok(has(/^could not sweep #cl /), lines.join());
    assert.ok(has(/^could not list the archived threads of #cl /), lines.join());
    for (const line of lines) assertIsPlain(line, MAX_LINE_BYTES);
  });

  test('an archived thread that the settings do not allow gets no sweep', async () => {
    const places: BoundedPlace[] = [];
    const parent = { channelId: 'forum', channelName: 'forum', guildId: 'guild' };
    const thread = { channelName: 'post', isThread: true, listingParentId: 'forum' };
    const { sweeps, done } = stage([], undefined, {
      channels: {
        listReadable: () => [],
        listThreadParents: () => [parent],
        isPlaceAllowed: (place) => {
          places.push(place);
          return place.id !== 'excluded';
        },
      },
      createArchivedThreadsList: () => async () =>
        ['excluded', 'other'].map((channelId) => ({ ...thread, channelId, lastMessageId: null })),
    });
    sweeps.sweepAll();
    assert.deepEqual(await done(), ['other']);
    const above = { parentId: 'forum', categoryId: null, guildId: 'guild' };
    assert.deepEqual(places, [
      { id: 'excluded', ...above },
      { id: 'other', ...above },
    ]);
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
