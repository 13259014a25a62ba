import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { APIMessage } from 'discord-api-types/v10';
import { createReadAhead } from '../../../src/activities/history/read-ahead.ts';
import { serviceFailed } from '../../../src/errors.ts';
import { aMessage, PLACE } from '../../clip/a-message.ts';

const SECOND_MS = 1000;
const MINUTE_MS = 60 * SECOND_MS;
const { channelId } = PLACE;
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
    readAhead.begin(channelId, before(1));
    assert.equal((await readAhead.fetchHistory(channelId, before(1))).length, 1);
    assert.equal(asked.length, 1);
    await readAhead.fetchHistory(channelId, before(1));
    assert.equal(asked.length, 2);
  });

  test('another page, another channel and a page after a message are requested', async () => {
    const { asked, readAhead } = stage();
    readAhead.begin(channelId, before(1));
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
    readAhead.begin(channelId, before(1));
    assert.equal((await readAhead.fetchHistory(channelId, before(1))).length, 1);
    assert.equal(asked.length, 2);
    await new Promise(setImmediate);
    process.off('unhandledRejection', record);
    assert.deepEqual(unhandled, []);
  });

  test('a page is used for ten seconds, and after an unused page nothing is read ahead for ten minutes', async () => {
    const { asked, readAhead, time } = stage();
    readAhead.begin(channelId, before(1));
    time.nowMs = 10 * SECOND_MS;
    await readAhead.fetchHistory(channelId, before(1));
    assert.equal(asked.length, 2, 'the page is too old');
    time.nowMs += 10 * MINUTE_MS - 1;
    readAhead.begin(channelId, before(2));
    assert.equal(asked.length, 2);
    time.nowMs += 1;
    readAhead.begin(channelId, before(2));
    assert.equal(asked.length, 3);
  });
});
