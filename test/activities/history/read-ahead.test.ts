import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { APIMessage } from 'discord-api-types/v10';
import { createReadAhead } from '../../../src/activities/history/read-ahead.ts';
import { serviceFailed } from '../../../src/errors.ts';
import { aMessage, PLACE } from '../../clip/a-message.ts';
import { heapBytes } from '../../support/heap-bytes.ts';

const SECOND_MS = 1000;
const MINUTE_MS = 60 * SECOND_MS;
const { channelId } = PLACE;
/** The pages are read by later calls, which another worker may run. */
const LATER = { certain: 0, likely: Infinity };
const before = (n: number) => ({ before: `129527612895251600${n}`, limit: 100 });

/** A history that counts the requests, and a clock that the test sets. */
function stage(answer: () => Promise<APIMessage[]> = () => Promise.resolve([aMessage()])) {
  const time = { nowMs: 0 };
  const asked: (string | undefined)[] = [];
  const history = {
    fetchHistory: (_: string, page: { before?: string }) => {
      asked.push(page.before);
      return answer();
    },
  };
  return { time, asked, readAhead: createReadAhead(history, () => time.nowMs) };
}

describe('reading ahead', () => {
  test('a page that was read ahead is returned once, without another request', async () => {
    const { asked, readAhead } = stage();
    readAhead.begin(channelId, before(1), LATER);
    assert.equal((await readAhead.fetchHistory(channelId, before(1))).length, 1);
    assert.equal(asked.length, 1);
    await readAhead.fetchHistory(channelId, before(1));
    assert.equal(asked.length, 2);
  });

  test('another page, another channel and a page after a message are requested', async () => {
    const { asked, readAhead } = stage();
    readAhead.begin(channelId, before(1), LATER);
    await readAhead.fetchHistory(channelId, before(2));
    await readAhead.fetchHistory('442294389964800641', before(1));
    await readAhead.fetchHistory(channelId, { after: before(1).before, limit: 100 });
    await readAhead.fetchHistory(channelId, { ...before(1), limit: 50 });
    assert.equal(asked.length, 5);
  });

  test('a page that could not be read ahead is requested again, and its failure is not unhandled', async () => {
    const unhandled: unknown[] = [];
    const record = (reason: unknown) => unhandled.push(reason);
    process.on('unhandledRejection', record);
    const answers = [
      () => Promise.reject(serviceFailed('Discord is down')),
      () => Promise.resolve([aMessage()]),
    ];
    const { asked, readAhead } = stage(() => answers.shift()!());
    readAhead.begin(channelId, before(1), LATER);
    assert.equal((await readAhead.fetchHistory(channelId, before(1))).length, 1);
    assert.equal(asked.length, 2);
    await new Promise(setImmediate);
    process.off('unhandledRejection', record);
    assert.deepEqual(unhandled, []);
  });

  test('a page is used for ten seconds, and after an unused page nothing is read ahead for ten minutes', async () => {
    const { asked, readAhead, time } = stage();
    readAhead.begin(channelId, before(1), LATER);
    time.nowMs = 10 * SECOND_MS;
    await readAhead.fetchHistory(channelId, before(5));
    assert.equal(asked.length, 2);
    time.nowMs += 10 * MINUTE_MS - 1;
    readAhead.begin(channelId, before(2), LATER);
    assert.equal(asked.length, 2);
    time.nowMs += 1;
    readAhead.begin(channelId, before(2), LATER);
    assert.equal(asked.length, 3);
  });

  test('if this worker reads the page after all, but too late, reading ahead goes on at once', async () => {
    const { asked, readAhead, time } = stage();
    readAhead.begin(channelId, before(1), LATER);
    time.nowMs = 10 * SECOND_MS;
    readAhead.begin('442294389964800641', before(2), LATER);
    assert.equal(asked.length, 1, 'another worker may have read the page');
    await readAhead.fetchHistory(channelId, before(1));
    assert.equal(asked.length, 2, 'the page is too old');
    readAhead.begin('442294389964800641', before(2), LATER);
    assert.equal(asked.length, 3);
  });

  test('an unused page of a channel for which a delay is expected does not stop the reading ahead', async () => {
    const { asked, readAhead, time } = stage();
    readAhead.begin(channelId, before(1), LATER);
    readAhead.expectDelay(channelId);
    time.nowMs = 30 * SECOND_MS;
    readAhead.begin('442294389964800641', before(2), LATER);
    assert.equal(asked.length, 2);
    await readAhead.fetchHistory(channelId, before(1));
    assert.equal(asked.length, 3, 'the page is too old all the same');
  });

  test('three pages are read ahead, each as soon as the page before it is there', async () => {
    const { asked, readAhead, answer } = fullHistory();
    readAhead.begin(channelId, before(9), LATER);
    for (const count of [1, 2, 3, 3]) {
      assert.equal(asked.length, count);
      await answer();
    }
    await readAhead.fetchHistory(channelId, before(9));
    readAhead.begin(channelId, before(8), LATER);
    assert.deepEqual(
      asked,
      [9, 8, 7, 6].map((n) => before(n).before),
    );
  });

  test('pages that no call reads and pages outside the bounds are not requested', async () => {
    for (const [reach, count] of [
      [{ certain: 0, likely: 0 }, 0],
      [{ certain: 1, likely: 0 }, 1],
      [{ certain: 0, likely: 2 }, 2],
      [{ certain: 0, likely: 9, after: before(8).before }, 1],
      [{ certain: 0, likely: 9, after: before(7).before }, 2],
    ] as const) {
      const { asked, readAhead, answer } = fullHistory();
      readAhead.begin(channelId, before(9), reach);
      for (let n = 0; n < 4; n++) await answer();
      assert.equal(asked.length, count);
    }
  });

  test('if a server ignores the bounds, the same page is not requested again and again', async () => {
    const { asked, readAhead } = stage(() => Promise.resolve(pageAt(9)));
    readAhead.begin(channelId, before(9), LATER);
    await new Promise(setImmediate);
    assert.equal(asked.length, 1);
  });

  test('after an unused page, only the pages of the running call are read ahead', async () => {
    const { asked, readAhead, answer, time } = fullHistory();
    readAhead.begin('442294389964800641', before(9), { certain: 0, likely: 1 });
    await answer();
    time.nowMs = 10 * SECOND_MS;
    readAhead.begin(channelId, before(9), { certain: 2, likely: Infinity });
    for (let n = 0; n < 4; n++) await answer();
    assert.equal(asked.length, 1 + 2);
  });

  describe('the channel that comes next', () => {
    const next = '442294389964800642';
    const later = '442294389964800643';
    const nextPlaces = [channelId, next, later];

    test('is the first whose history nobody has begun here, once for each history that ends', async () => {
      const { asked, readAhead } = stage();
      await readAhead.fetchHistory(channelId, { limit: 100 });
      readAhead.beginNext(channelId, { nextPlaces });
      assert.equal(asked.length, 2);
      readAhead.beginNext(channelId, { nextPlaces });
      assert.equal(asked.length, 2);
      await readAhead.fetchHistory(next, { limit: 100 });
      assert.equal(asked.length, 2, 'the page was read ahead');
      readAhead.beginNext(next, { nextPlaces });
      assert.equal(asked.length, 3);
      readAhead.beginNext(later, { nextPlaces });
      assert.equal(asked.length, 3, 'all are begun');
    });

    test('is read ahead although a sweep has looked for new messages there', async () => {
      const { asked, readAhead } = stage();
      await readAhead.fetchHistory(next, { after: before(1).before, limit: 100 });
      readAhead.beginNext(channelId, { nextPlaces: [next] });
      assert.equal(asked.length, 2);
    });

    test('is read ahead as soon as an answer shows that the history before it ends', async () => {
      const { asked, readAhead } = stage();
      readAhead.begin(channelId, before(1), { ...LATER, nextPlaces });
      assert.deepEqual(asked, [before(1).before]);
      await new Promise(setImmediate);
      assert.deepEqual(asked, [before(1).before, undefined]);
      readAhead.beginNext(channelId, { nextPlaces });
      assert.equal(asked.length, 2, 'the activity finds the same end');
    });

    test('is followed only when its own backfill has begun, even if its end is already known', async () => {
      const { asked, readAhead } = stage();
      readAhead.beginNext(channelId, { nextPlaces });
      await new Promise(setImmediate);
      assert.equal(asked.length, 1);
      readAhead.begin(next, { limit: 100 }, { ...LATER, nextPlaces });
      assert.equal(asked.length, 2);
    });

    test('has ten pages read ahead', async () => {
      const { asked, readAhead, answer } = fullHistory();
      readAhead.beginNext(channelId, { nextPlaces: [next] });
      for (let n = 0; n < 12; n++) await answer();
      assert.equal(asked.length, 10);
    });

    test('is not read ahead after an unused page', () => {
      const { asked, readAhead, time } = stage();
      readAhead.begin(channelId, before(1), LATER);
      readAhead.beginNext(channelId, { nextPlaces: [next] });
      assert.equal(asked.length, 2);
      time.nowMs = 10 * SECOND_MS;
      readAhead.beginNext(next, { nextPlaces: [later] });
      assert.equal(asked.length, 2);
    });
  });

  test('a page that nobody uses is not kept in memory, although timers may ring a little early', async (t) => {
    t.mock.timers.enable({ apis: ['setTimeout'] });
    const answers = [[aMessage()]];
    const page = new WeakRef(answers[0]!);
    const { time, readAhead } = stage(() => Promise.resolve(answers.pop()!));
    readAhead.begin(channelId, before(1), { certain: 1, likely: 0 });
    await new Promise(setImmediate);
    heapBytes();
    assert.notEqual(page.deref(), undefined);
    await new Promise(setImmediate);
    for (const seconds of [10, 1]) {
      time.nowMs += seconds * SECOND_MS - 0.5;
      t.mock.timers.tick(seconds * SECOND_MS);
    }
    await new Promise(setImmediate);
    heapBytes();
    assert.equal(page.deref(), undefined);
  });

  test('forty pages are kept, and more are requested when they are needed', async () => {
    const { asked, readAhead } = stage();
    for (let n = 0; n < 50; n++) readAhead.begin(`4422943899648006${10 + n}`, before(1), LATER);
    assert.equal(asked.length, 40);
    await readAhead.fetchHistory('442294389964800659', before(1));
    assert.equal(asked.length, 41);
  });
});

/** A full page whose oldest message is `before(n)`. */
function pageAt(n: number): APIMessage[] {
  const oldest = BigInt(before(n).before);
  return Array.from({ length: 100 }, (_, newer) =>
    aMessage({ id: String(oldest + BigInt(newer)) }),
  );
}

/**
 * A history of full pages. Each page is answered when the test says so. The page before message n begins at n - 1, and
 * the newest page begins at 9.
 */
function fullHistory() {
  const waiting: (() => void)[] = [];
  const time = { nowMs: 0 };
  const asked: (string | undefined)[] = [];
  const history = {
    fetchHistory: (_: string, page: { before?: string }) => {
      asked.push(page.before);
      const n = Number(page.before?.at(-1) ?? 10);
      return new Promise<APIMessage[]>((resolve) => waiting.push(() => resolve(pageAt(n - 1))));
    },
  };
  async function answer(): Promise<void> {
    waiting.shift()?.();
    await new Promise(setImmediate);
  }
  return { time, asked, answer, readAhead: createReadAhead(history, () => time.nowMs) };
}
