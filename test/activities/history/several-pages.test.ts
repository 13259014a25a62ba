import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { HistoryPageInput } from '../../../src/activities/archive-history-page.ts';
import { createActivities } from '../../../src/activities/create-activities.ts';
import type { HistoryPageResult } from '../../../src/activities/history/page-progress.ts';
import { invalidInput, isFailure, serviceFailed } from '../../../src/errors.ts';
import { aMessage, anAttachment, PLACE } from '../../clip/a-message.ts';
import { createFakePorts, type FakePorts } from '../../support/fake-ports.ts';
import { anEnvironment, attempt } from '../run-activity.ts';

const { channelId } = PLACE;
const MESSAGES_PER_CLIP = 10;
/** The id of the n-th message. */
const id = (n: number): string => (1_295_276_128_952_516_000n + BigInt(n)).toString();

/** Posts messages `from` to `to`. Every tenth message has a clip. */
function post(ports: FakePorts, from: number, to: number): void {
  for (let n = from; n <= to; n++) {
    const hasClip = n % MESSAGES_PER_CLIP === 0;
    const attachments = hasClip ? [anAttachment({ id: `${id(n)}0` })] : [];
    ports.discord.post(aMessage({ id: id(n), attachments }));
  }
}

function stage(messages: number) {
  const ports = createFakePorts();
  ports.discord.addChannel(PLACE);
  post(ports, 1, messages);
  /** The cursors of all requests for a page, in order. */
  const asked: (number | null)[] = [];
  const fetchHistory = ports.discord.fetchHistory.bind(ports.discord);
  ports.discord.fetchHistory = (channel, page) => {
    asked.push(page.before === undefined ? null : Number(BigInt(page.before) - BigInt(id(0))));
    return fetchHistory(channel, page);
  };
  return { ports, asked, archive: createActivities(ports).archiveHistoryPage };
}

const aCall = (more: Partial<HistoryPageInput> = {}): HistoryPageInput => ({
  channelId,
  limit: 100,
  older: { before: null, after: null },
  pages: 5,
  ...more,
});

const startedOf = ({ starts }: FakePorts): number[] =>
  starts.map(({ messageId }) => Number(BigInt(messageId) - BigInt(id(0)))).sort((a, b) => a - b);
const clipsUpTo = (last: number): number[] =>
  Array.from({ length: last / MESSAGES_PER_CLIP }, (_, n) => (n + 1) * MESSAGES_PER_CLIP);

describe('a call that reads several pages', () => {
  test('the call reads the pages in turn, starts their clips and returns the counts of each page', async () => {
    const { ports, asked, archive } = stage(700);
    const read = await attempt(archive, aCall());
    const page = { messages: 100, clips: 10 };
    assert.deepEqual(read, {
      messages: 500,
      clips: 50,
      started: 50,
      known: 0,
      oldest: id(201),
      newest: id(700),
      pages: [page, page, page, page, page],
    });
    const rest = await attempt(archive, aCall({ older: { before: read.oldest, after: null } }));
    assert.deepEqual([rest.messages, rest.oldest, rest.isEnd], [200, id(1), true]);
    assert.deepEqual(startedOf(ports), clipsUpTo(700));
    assert.deepEqual(asked, [null, 601, 501, 401, 301, 201, 101, 1], 'no page is requested twice');
  });

  test('at the end of the history, the call proves the end and says so', async () => {
    const { ports, asked, archive } = stage(200);
    const read = await attempt(archive, aCall());
    assert.deepEqual([read.pages?.length, read.oldest, read.isEnd], [2, id(1), true]);
    assert.deepEqual(asked, [null, 101, 1]);
    assert.equal(ports.discord.calls.at(-1), 'fetchMessage');
    const empty = await attempt(archive, aCall({ older: { before: id(1), after: null } }));
    assert.deepEqual([empty.oldest, empty.isEnd, empty.pages], [null, undefined, undefined]);
  });

  test('the request after a short page includes the oldest message, which proves the end without a further request', async () => {
    const { ports, asked, archive } = stage(250);
    const read = await attempt(archive, aCall());
    assert.deepEqual([read.messages, read.pages?.length, read.isEnd], [250, 3, true]);
    assert.deepEqual(asked, [null, 151, 51, 2]);
    assert.ok(!ports.discord.calls.includes('fetchMessage'));
  });

  test('if more messages follow a short page, they are read, and no message is counted twice', async () => {
    const { ports, archive } = stage(250);
    const fetchHistory = ports.discord.fetchHistory.bind(ports.discord);
    ports.discord.fetchHistory = async (channel, page) =>
      (await fetchHistory(channel, page)).slice(0, 70);
    const read = await attempt(archive, aCall());
    assert.deepEqual([read.messages, read.clips, read.isEnd], [250, 25, true]);
    assert.deepEqual(
      read.pages?.map(({ messages }) => messages),
      [70, 69, 69, 42],
    );
  });

  test('if the oldest message was deleted in the meantime, the permissions are looked up', async () => {
    const { ports, archive } = stage(150);
    const fetchHistory = ports.discord.fetchHistory.bind(ports.discord);
    ports.discord.fetchHistory = async (channel, page) => {
      const isProof = page.before === id(2);
      if (isProof) ports.discord.remove({ channel_id: channelId, id: id(1) });
      return await fetchHistory(channel, page);
    };
    const read = await attempt(archive, aCall());
    assert.deepEqual([read.messages, read.isEnd], [150, true]);
    assert.equal(ports.discord.calls.at(-1), 'readableChannel');
  });

  test('if the bot loses Read Message History in the middle, the call fails instead of reporting the end', async () => {
    const { ports, archive } = stage(150);
    const fetchHistory = ports.discord.fetchHistory.bind(ports.discord);
    ports.discord.fetchHistory = async (channel, page) =>
      page.before === id(2) ? [] : await fetchHistory(channel, page);
    ports.discord.fetchMessage = () => Promise.reject(serviceFailed('denied'));
    const lookUp = ports.discord.readableChannel.bind(ports.discord);
    ports.discord.readableChannel = async (channel, options = {}) => {
      if (options.fresh) throw invalidInput('grant it Read Message History there');
      return await lookUp(channel);
    };
    await assert.rejects(attempt(archive, aCall()), (error) => isFailure(error, 'InvalidInput'));
    assert.deepEqual(startedOf(ports), clipsUpTo(150));
  });

  test('an attempt that was interrupted on its third page goes on there, and counts every page once', async () => {
    const { ports, asked, archive } = stage(350);
    const away = serviceFailed('Temporal is away');
    ports.beforeStart.add(...Array.from({ length: 24 }, () => () => {}), away);
    let details: unknown;
    const run = async (number: number): Promise<HistoryPageResult> => {
      const environment = anEnvironment({
        attempt: number,
        heartbeatDetails: structuredClone(details),
      });
      environment.on('heartbeat', (told: unknown) => {
        details = JSON.parse(JSON.stringify(told));
      });
      return await environment.run(archive as never, aCall());
    };
    await assert.rejects(run(1), away);
    // New messages shift the newest page, but the second attempt goes on at older messages.
    post(ports, 351, 460);
    asked.length = 0;
    const read = await run(2);
    assert.deepEqual([read.messages, read.clips, read.newest], [350, 35, id(350)]);
    assert.deepEqual([read.started, read.known, read.isEnd], [35, 0, true]);
    assert.deepEqual(
      read.pages?.map(({ messages }) => messages),
      [100, 100, 100, 50],
    );
    assert.ok(!asked.includes(null) && !asked.includes(251), 'finished pages are not read again');
    assert.deepEqual(startedOf(ports), clipsUpTo(350));
  });

  test('while a later page is awaited, the heartbeats keep the progress of the pages before it', async (t) => {
    t.mock.timers.enable({ apis: ['setInterval'] });
    const { ports, archive } = stage(200);
    const told: { earlierPages?: unknown; oldest?: unknown }[] = [];
    const environment = anEnvironment();
    environment.on('heartbeat', (details: object) => told.push(structuredClone(details)));
    const fetchMessage = ports.discord.fetchMessage.bind(ports.discord);
    let count = 0;
    ports.discord.fetchMessage = async (...args) => {
      count = told.length;
      for (let second = 0; second < 10; second++) {
        t.mock.timers.tick(1000);
        await Promise.resolve();
      }
      return await fetchMessage(...args);
    };
    await environment.run(archive as never, aCall());
    const waiting = told.slice(count);
    assert.equal(waiting.length, 5, 'one every two seconds');
    for (const { oldest, earlierPages } of waiting) {
      assert.equal(oldest, id(1));
      assert.deepEqual(earlierPages, {
        messages: 100,
        clips: 10,
        started: 10,
        known: 0,
        oldest: id(101),
        newest: id(200),
        pages: [{ messages: 100, clips: 10 }],
      });
    }
  });

  test('after 20 seconds, the call returns the pages that it has read', async (t) => {
    const { ports, archive } = stage(500);
    let nowMs = 0;
    t.mock.method(performance, 'now', () => nowMs);
    ports.beforeStart.add(...Array.from({ length: 15 }, () => () => {}), () => {
      nowMs = 20_001;
    });
    const read = await attempt(archive, aCall());
    assert.deepEqual([read.pages?.length, read.oldest, read.isEnd], [2, id(301), undefined]);
  });

  test('if the backfill reads no further page, none is requested ahead', async () => {
    const { asked, archive } = stage(700);
    await attempt(archive, aCall({ pages: 2, laterPages: 0 }));
    assert.deepEqual(asked, [null, 601]);
    const other = stage(700);
    await attempt(other.archive, aCall({ pages: 1, laterPages: 1 }));
    assert.deepEqual(other.asked, [null, 601]);
  });

  test('pages below the lower bound are not requested ahead', async () => {
    const { asked, archive } = stage(700);
    const older = { before: null, after: id(350) };
    const read = await attempt(archive, aCall({ older }));
    assert.deepEqual([read.messages, read.isEnd], [350, true]);
    assert.deepEqual(asked, [null, 601, 501, 401, 352]);
  });

  test('if the call is canceled, it reads no further page', async () => {
    const { ports, asked, archive } = stage(700);
    const environment = anEnvironment();
    ports.beforeStart.add(() => environment.cancel());
    await assert.rejects(environment.run(archive as never, aCall()), { name: 'CancelledFailure' });
    await new Promise((resolve) => setImmediate(resolve));
    assert.ok(ports.starts.length < 20, `${ports.starts.length} starts`);
    assert.ok(asked.length <= 4, `${asked.length} pages`);
  });
});

describe('a place that was just listed', () => {
  test('its first page is requested while the place is looked up', async () => {
    const { ports, asked, archive } = stage(50);
    const lookUp = ports.discord.readableChannel.bind(ports.discord);
    const options: unknown[] = [];
    ports.discord.readableChannel = async (channel, more) => {
      if (options.push(more) === 1) assert.deepEqual(asked, [null]);
      return await lookUp(channel);
    };
    await attempt(archive, aCall({ isListed: true }));
    assert.deepEqual(asked, [null, 2], 'the first page is not requested again');
    assert.equal(options.length, 2);
    assert.deepEqual(options[0], { inKnownGuild: true });
  });

  test('as soon as its end is known, the first page of the next place is requested', async () => {
    const { ports, asked, archive } = stage(50);
    const next = { ...PLACE, channelId: '1283675776780079999' };
    ports.discord.addChannel(next);
    const nextPlaces = [channelId, next.channelId];
    await attempt(archive, aCall({ isListed: true, nextPlaces }));
    assert.deepEqual(asked, [null, null, 2], 'before the page that proves the end');
    const read = await attempt(archive, aCall({ channelId: next.channelId, isListed: true }));
    assert.equal(read.oldest, null);
    assert.deepEqual(asked, [null, null, 2], 'the page is not requested again');
  });

  test('if the look-up fails, no clip starts', async () => {
    const { ports, archive } = stage(50);
    ports.discord.before.readableChannel.add(invalidInput('no permission'));
    await assert.rejects(attempt(archive, aCall({ isListed: true })), (error) =>
      isFailure(error, 'InvalidInput'),
    );
    assert.deepEqual(ports.starts, []);
  });
});

describe('a search of more than ten seconds', () => {
  test('the pages after the search are read ahead as before', async (t) => {
    let nowMs = 0;
    t.mock.method(performance, 'now', () => nowMs);
    const ports = createFakePorts();
    ports.discord.addChannel(PLACE);
    post(ports, 1, 1500);
    const { archiveHistoryPage, archiveSearchPage } = createActivities(ports);
    const read = await attempt(archiveHistoryPage, aCall());
    const older = { before: read.oldest, after: null };
    await attempt(archiveSearchPage, { channelId, limit: 25, older });
    nowMs = 15_000;
    const requests = () => ports.discord.calls.filter((call) => call === 'fetchHistory').length;
    const before = requests();
    await attempt(archiveHistoryPage, aCall({ older }));
    // Five pages, which were read ahead too early, and the three pages after them.
    assert.equal(requests() - before, 5 + 3);
  });
});
