import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createActivities } from '../../src/activities/create-activities.ts';
import type { HistoryPageInput } from '../../src/activities/archive-history-page.ts';
import type { HistoryPageResult } from '../../src/activities/history/page-progress.ts';
import { clipId } from '../../src/clip/clip.ts';
import {
  accessLost,
  applicationFailure,
  invalidInput,
  isFailure,
  messageGone,
  serviceFailed,
} from '../../src/errors.ts';
import { noMetrics, type HistoryPage } from '../../src/metrics.ts';
import { aMessage, anAttachment, PLACE, JUNO } from '../clip/a-message.ts';
import { createFakePorts, type FakePorts } from '../support/fake-ports.ts';
import { anEnvironment, attempt } from './run-activity.ts';

const { channelId } = PLACE;
/** The id of the n-th message. */
const id = (n: number): string => (1_295_276_128_952_516_000n + BigInt(n)).toString();

/** Posts messages with the given numbers of clips and returns their ids. */
function post(ports: FakePorts, numbers: number[], clips: (n: number) => number = () => 1): void {
  for (const n of numbers) {
    const attachments = Array.from({ length: clips(n) }, (_, index) =>
      anAttachment({ id: `${id(n)}${index}` }),
    );
    ports.discord.post(aMessage({ id: id(n), attachments }));
  }
}

const range = (from: number, to: number): number[] =>
  Array.from({ length: to - from + 1 }, (_, index) => from + index);

function stage() {
  const ports = createFakePorts();
  ports.discord.addChannel(PLACE);
  return { ports, archiveHistoryPage: createActivities(ports).archiveHistoryPage };
}

const newest = (
  limit: number,
  more: Partial<HistoryPageInput['older']> = {},
): HistoryPageInput => ({
  channelId,
  limit,
  older: { before: null, after: null, ...more },
});

/** The numbers of the messages whose clips were started, in order of the starts. */
const startedOf = ({ starts }: FakePorts): number[] =>
  starts.map(({ messageId }) => Number(BigInt(messageId) - BigInt(id(0))));

type Archive = (input: HistoryPageInput) => Promise<HistoryPageResult>;

/**
 * Retries an activity as the server does. Each attempt gets the last heartbeat of the attempt before it.
 * `between` runs after each attempt that fails.
 */
async function untilDone(
  archive: Archive,
  input: HistoryPageInput,
  between: () => void = () => {},
) {
  let heartbeatDetails: unknown;
  for (let number = 1; number <= 10; number++) {
    const environment = anEnvironment({
      attempt: number,
      heartbeatDetails: structuredClone(heartbeatDetails),
    });
    environment.on('heartbeat', (details: unknown) => {
      heartbeatDetails = JSON.parse(JSON.stringify(details));
    });
    try {
      const result: HistoryPageResult = await environment.run(archive as never, input);
      return { result, number };
    } catch (error) {
      if (!isFailure(error, 'ServiceFailed')) throw error;
      between();
    }
  }
  throw new Error('ten attempts were not enough');
}

/** Makes Discord deny permissions that it granted at the last check. */
function forbidSince({ discord }: FakePorts) {
  const asked: boolean[] = [];
  const seenBefore = discord.readableChannel.bind(discord);
  discord.readableChannel = async (channel, { fresh = false } = {}) => {
    asked.push(fresh);
    if (fresh) throw invalidInput('give it Read Message History there');
    return await seenBefore(channel);
  };
  return { asked };
}

const AWAY = serviceFailed('Temporal is away');
const nothing = () => {};

describe('a history page', () => {
  test('if a message mentions its own thread, which no list of channels contains, the clip gets the name', async () => {
    const { ports, archiveHistoryPage } = stage();
    ports.discord.addChannel({ ...PLACE, findChannelName: () => null });
    ports.discord.post(aMessage({ content: `best of <#${channelId}>` }));
    await attempt(archiveHistoryPage, newest(10));
    assert.deepEqual(
      ports.starts.map(({ description }) => description),
      ['best of #overtime'],
    );
  });

  test('after a history page is archived, the metrics count its messages, its new clips and its already known clips', async () => {
    const { ports } = stage();
    const pages: HistoryPage[] = [];
    const metrics = { ...noMetrics, historyPage: (page: HistoryPage) => void pages.push(page) };
    const { archiveHistoryPage } = createActivities({ ...ports, metrics });
    post(ports, [1, 2, 3]);
    await attempt(archiveHistoryPage, newest(100));
    await attempt(archiveHistoryPage, { channelId, limit: 100, newer: { after: id(1) } });
    assert.deepEqual(pages, [
      { channelId, source: 'backfill', messages: 3, started: 3, known: 0 },
      { channelId, source: 'sweep', messages: 2, started: 0, known: 2 },
    ]);
  });

  test('while a history page waits for its turn at Discord, the heartbeats continue and keep the progress of the last attempt', async (t) => {
    t.mock.timers.enable({ apis: ['setInterval'] });
    const { ports, archiveHistoryPage } = stage();
    post(ports, [1, 2, 3]);
    const earlier = {
      oldest: id(1),
      newest: id(3),
      through: id(2),
      ahead: [],
      started: 2,
      known: 0,
    };
    for (const heartbeatDetails of [undefined, earlier]) {
      const told: unknown[] = [];
      const environment = anEnvironment({ heartbeatDetails: structuredClone(heartbeatDetails) });
      environment.on('heartbeat', (details: unknown) => told.push(structuredClone(details)));
      const fetchHistory = ports.discord.fetchHistory.bind(ports.discord);
      ports.discord.fetchHistory = async (...args) => {
        for (let second = 0; second < 60; second++) {
          t.mock.timers.tick(1000);
          await Promise.resolve();
        }
        return await fetchHistory(...args);
      };
      await environment.run(archiveHistoryPage as never, newest(100));
      ports.discord.fetchHistory = fetchHistory;
      const waiting = told.slice(0, 30);
      assert.deepEqual(waiting, Array(30).fill(heartbeatDetails), 'one every two seconds');
      const count = told.length;
      t.mock.timers.tick(60_000);
      assert.equal(told.length, count, 'none after the end');
    }
  });

  test('if Temporal refuses one clip permanently, the page logs that clip and starts all others', async () => {
    const { ports } = stage();
    post(ports, range(1, 20));
    const refused = id(7);
    const startClip: FakePorts['startClip'] = (clip, source) =>
      clip.messageId === refused
        ? Promise.reject(invalidInput('Temporal refuses the clip clip-7: too large'))
        : ports.startClip(clip, source);
    const { archiveHistoryPage } = createActivities({ ...ports, startClip });
    const lines: string[] = [];
    const environment = anEnvironment({}, (line) => lines.push(line));
    const result = await environment.run(archiveHistoryPage as never, newest(100));
    assert.deepEqual(result, {
      messages: 20,
      clips: 19,
      started: 19,
      known: 0,
      oldest: id(1),
      newest: id(20),
    });
    assert.deepEqual(
      startedOf(ports),
      range(1, 20).filter((n) => n !== 7),
    );
    const errors = lines.filter((line) => line.startsWith('ERROR'));
    assert.equal(errors.length, 1);
    assert.match(errors[0] ?? '', new RegExp(`skipped a clip of message ${refused}: .* too large`));
  });

  test('if a history page starts a clip, the log has one line about that clip, and none about known clips', async () => {
    const { ports, archiveHistoryPage } = stage();
    post(ports, [1, 2]);
    const lines: string[] = [];
    const run = () =>
      anEnvironment({}, (line) => lines.push(line)).run(archiveHistoryPage as never, newest(100));
    await run();
    const found = 'INFO found in the history: COMET.mp4 by _juno in #overtime';
    assert.deepEqual(lines, [found, found]);
    await run();
    assert.equal(lines.length, 2);
  });

  test('archiving a history page starts a workflow for each clip and counts messages, new clips and already known clips', async () => {
    const { ports, archiveHistoryPage } = stage();
    post(ports, range(1, 30), (n) => n % 3);
    post(ports, [31], () => 10);
    const own = { ...JUNO, id: PLACE.selfId ?? '' };
    ports.discord.post(aMessage({ id: id(32), author: own }));
    ports.discord.post(
      aMessage({
        id: id(33),
        attachments: [anAttachment({ filename: 'a.png', content_type: 'image/png' })],
      }),
    );
    const counts = { messages: 33, clips: 40, oldest: id(1), newest: id(33) };
    const first = await attempt(archiveHistoryPage, newest(100));
    assert.deepEqual(first, { ...counts, started: 40, known: 0 });
    assert.equal(new Set(ports.starts.map(clipId)).size, 40);
    const again = await attempt(archiveHistoryPage, newest(100));
    assert.deepEqual(again, { ...counts, started: 0, known: 40 });
  });

  test('a clip found on a history page has the name of its channel and a freshly signed link', async () => {
    const { ports, archiveHistoryPage } = stage();
    post(ports, [1]);
    await attempt(archiveHistoryPage, newest(100));
    assert.equal(ports.starts[0]?.channelName, 'overtime');
    assert.match(ports.starts[0].url, /\?ex=/);
  });

  test('whether Discord sends a history page newest first or oldest first, the same clips are archived in the same order', async () => {
    for (const pagesComeOldestFirst of [true, false]) {
      for (const input of [newest(20), { channelId, limit: 20, newer: { after: id(5) } }]) {
        const { ports, archiveHistoryPage } = stage();
        ports.discord.pagesComeOldestFirst = pagesComeOldestFirst;
        post(ports, range(1, 50));
        const [from, to] = input.newer ? [6, 25] : [31, 50];
        assert.deepEqual(await attempt(archiveHistoryPage, input), {
          messages: 20,
          clips: 20,
          started: 20,
          known: 0,
          oldest: id(from),
          newest: id(to),
        });
        assert.deepEqual(startedOf(ports), range(from, to), 'oldest first');
      }
    }
  });

  test('if a backfill has a lower bound, its history pages go back to the first message after the bound', async () => {
    const { ports, archiveHistoryPage } = stage();
    post(ports, range(1, 50));
    const pages: HistoryPageResult[] = [];
    let before: string | null = id(41);
    while (before !== null) {
      const page: HistoryPageResult = await attempt(
        archiveHistoryPage,
        newest(15, { before, after: id(20) }),
      );
      pages.push(page);
      before = page.oldest;
    }
    assert.deepEqual(
      pages.map(({ messages }) => messages),
      [15, 5, 0],
    );
    assert.deepEqual(
      startedOf(ports).sort((a, b) => a - b),
      range(21, 40),
    );
  });

  test('the history pages of a sweep start after a given message and go forward to the newest message', async () => {
    const { ports, archiveHistoryPage } = stage();
    post(ports, range(1, 25));
    let after = id(3);
    for (const messages of [10, 10, 2, 0]) {
      const page = await attempt(archiveHistoryPage, { channelId, limit: 10, newer: { after } });
      assert.equal(page.messages, messages);
      after = page.newest ?? after;
    }
    assert.deepEqual(startedOf(ports), range(4, 25));
  });

  test('clips that a backfill finds have the source backfill, and clips that a sweep finds have the source sweep', async () => {
    const { ports, archiveHistoryPage } = stage();
    post(ports, [1]);
    await attempt(archiveHistoryPage, newest(100));
    await attempt(archiveHistoryPage, { channelId, limit: 100, newer: { after: id(0) } });
    assert.deepEqual(ports.sources, ['backfill', 'sweep']);
  });

  test('if the server sends messages outside the requested bounds, archiving the history page ignores these messages', async () => {
    const { ports, archiveHistoryPage } = stage();
    post(ports, range(1, 50));
    const fetchHistory = ports.discord.fetchHistory.bind(ports.discord);
    ports.discord.fetchHistory = (channel, { limit }) => fetchHistory(channel, { limit });
    const forward = { channelId, limit: 100, newer: { after: id(40) } };
    assert.equal((await attempt(archiveHistoryPage, forward)).oldest, id(41));
    const back = newest(100, { before: id(11) });
    assert.equal((await attempt(archiveHistoryPage, back)).newest, id(10));
    const end = await attempt(archiveHistoryPage, newest(100, { before: id(1) }));
    assert.equal(end.oldest, null, 'the page before the oldest message is empty');
    const ahead = { ...forward, newer: { after: id(50) } };
    assert.equal((await attempt(archiveHistoryPage, ahead)).newest, null);
  });

  test('if a history page contains a malformed message, only the clips of the other messages are archived', async () => {
    const { ports, archiveHistoryPage } = stage();
    post(ports, range(1, 3));
    ports.discord.post(aMessage({ id: id(2), author: null as never }));
    const page = await attempt(archiveHistoryPage, newest(100));
    assert.deepEqual(startedOf(ports), [1, 3]);
    assert.deepEqual([page.messages, page.clips, page.oldest, page.newest], [3, 2, id(1), id(3)]);
  });

  test('if a history page is empty, the ids of its oldest and newest message are null', async () => {
    const { archiveHistoryPage } = stage();
    assert.deepEqual(await attempt(archiveHistoryPage, newest(100)), {
      messages: 0,
      clips: 0,
      started: 0,
      known: 0,
      oldest: null,
      newest: null,
    });
  });

  test('if a history page is empty because the bot lost Read Message History, archiving the page fails', async () => {
    const { ports, archiveHistoryPage } = stage();
    const { asked } = forbidSince(ports);
    await assert.rejects(attempt(archiveHistoryPage, newest(100)), (error) =>
      isFailure(error, 'InvalidInput'),
    );
    assert.deepEqual(asked, [false, true], 'the permissions are checked again');
  });

  test('an empty page after the oldest message is the end if Discord still returns that message', async () => {
    const { ports, archiveHistoryPage } = stage();
    const { asked } = forbidSince(ports);
    post(ports, [1]);
    const page = await attempt(archiveHistoryPage, newest(100, { before: id(1) }));
    assert.equal(page.oldest, null);
    assert.deepEqual(asked, [false], 'the permissions are not looked up again');
    assert.equal(ports.discord.calls.at(-1), 'fetchMessage');
  });

  test('if Discord denies or deleted the oldest message, an empty page is the end only if the bot has the permissions', async () => {
    for (const failure of [accessLost, messageGone]) {
      const { ports, archiveHistoryPage } = stage();
      const { asked } = forbidSince(ports);
      post(ports, [1]);
      ports.discord.before.fetchMessage.add(failure({ route: 'GET /channels/1/messages/1' }));
      await assert.rejects(attempt(archiveHistoryPage, newest(100, { before: id(1) })), (error) =>
        isFailure(error, 'InvalidInput'),
      );
      assert.deepEqual(asked, [false, true]);
    }
  });

  test('if the backfill input has revive set, archiving a history page restarts deleted clips', async () => {
    const { ports, archiveHistoryPage } = stage();
    post(ports, [1, 2]);
    await attempt(archiveHistoryPage, newest(100));
    assert.equal(ports.revived.length, 0);
    await attempt(archiveHistoryPage, { ...newest(100), revive: true });
    assert.equal(ports.revived.length, 2);
  });

  test('if the bot cannot read a channel, archiving a history page of the channel fails and starts no clip workflow', async () => {
    const { ports, archiveHistoryPage } = stage();
    const other = { ...newest(100), channelId: '1283675776780079999' };
    await assert.rejects(attempt(archiveHistoryPage, other), (error) =>
      isFailure(error, 'InvalidInput'),
    );
    ports.discord.before.fetchHistory.add(accessLost({ route: 'GET /channels/1/messages' }));
    await assert.rejects(attempt(archiveHistoryPage, newest(100)), (error) =>
      isFailure(error, 'AccessLost'),
    );
    assert.deepEqual(ports.discord.calls, ['readableChannel', 'readableChannel', 'fetchHistory']);
    assert.deepEqual(ports.starts, []);
  });
});

describe('the page after a full page', () => {
  test('the next page is requested while the clips of a full page are started, and then not again', async () => {
    const { ports, archiveHistoryPage } = stage();
    post(ports, range(1, 150));
    const first = await attempt(archiveHistoryPage, newest(100));
    const pages = () => ports.discord.calls.filter((call) => call === 'fetchHistory').length;
    assert.equal(pages(), 2);
    const second = await attempt(archiveHistoryPage, newest(100, { before: first.oldest }));
    assert.equal(pages(), 2);
    assert.deepEqual([first.messages, second.messages], [100, 50]);
    assert.deepEqual(
      startedOf(ports).sort((a, b) => a - b),
      range(1, 150),
    );
  });

  test('the page after a page of a sweep is not requested ahead', async () => {
    const { ports, archiveHistoryPage } = stage();
    post(ports, range(1, 150));
    await attempt(archiveHistoryPage, { channelId, limit: 100, newer: { after: id(0) } });
    assert.equal(ports.discord.calls.filter((call) => call === 'fetchHistory').length, 1);
  });
});

describe('a page of a sweep', () => {
  const sweepPage = (after: string): HistoryPageInput => ({
    channelId,
    limit: 100,
    newer: { after },
  });

  test('an empty page looks nothing up if the channel was readable, and looks the channel up otherwise', async () => {
    for (const wasReadable of [true, false]) {
      const { ports, archiveHistoryPage } = stage();
      ports.discord.wasReadable = () => Promise.resolve(wasReadable);
      post(ports, [1]);
      const result = await attempt(archiveHistoryPage, sweepPage(id(1)));
      assert.equal(result.newest, null);
      const calls = wasReadable ? ['fetchHistory'] : ['readableChannel', 'fetchHistory'];
      assert.deepEqual(ports.discord.calls, calls);
    }
  });

  test('a page with messages looks the channel up, and starts no clip if the channel cannot be read any more', async () => {
    const { ports, archiveHistoryPage } = stage();
    ports.discord.wasReadable = () => Promise.resolve(true);
    post(ports, [1, 2]);
    ports.discord.before.readableChannel.add(invalidInput('EXCLUDE_CHANNEL_IDS takes it out'));
    await assert.rejects(attempt(archiveHistoryPage, sweepPage(id(1))), (error) =>
      isFailure(error, 'InvalidInput'),
    );
    assert.deepEqual(ports.starts, []);
    const { started } = await attempt(archiveHistoryPage, sweepPage(id(1)));
    assert.equal(started, 1);
    assert.deepEqual(startedOf(ports), [2]);
  });
});

describe('an interrupted history page', () => {
  test('if archiving a history page is interrupted, the retry archives only the remaining clips', async () => {
    const { ports, archiveHistoryPage } = stage();
    post(ports, range(1, 60), (n) => n % 3);
    ports.beforeStart.add(...Array.from({ length: 31 }, () => nothing), AWAY);
    const { result, number } = await untilDone(archiveHistoryPage, newest(100));
    assert.equal(number, 2);
    assert.deepEqual(result, {
      messages: 60,
      clips: 60,
      started: 60,
      known: 0,
      oldest: id(1),
      newest: id(60),
    });
    assert.equal(ports.starts.length, 60);
  });

  test('if new messages are posted before a history page is retried, the retry covers the same messages as the first attempt', async () => {
    const { ports, archiveHistoryPage } = stage();
    post(ports, range(1, 130));
    let posted = 130;
    const shift = (by: number) => () => {
      post(ports, range(posted + 1, posted + by));
      posted += by;
    };
    ports.beforeStart.add(...Array.from({ length: 50 }, () => nothing), AWAY);
    const first = await untilDone(archiveHistoryPage, newest(100), shift(10));
    const hundred = { messages: 100, clips: 100, started: 100, known: 0 };
    assert.deepEqual(first, { number: 2, result: { ...hundred, oldest: id(31), newest: id(130) } });

    // After the first attempt, many messages are posted. The newest page then shares no message with the page of the
    // first attempt.
    const { ports: others, archiveHistoryPage: archive } = stage();
    post(others, range(1, 130));
    others.beforeStart.add(...Array.from({ length: 50 }, () => nothing), AWAY);
    const second = await untilDone(archive, newest(100), () => post(others, range(131, 400)));
    assert.deepEqual(second, {
      number: 2,
      result: { ...hundred, oldest: id(31), newest: id(130) },
    });
    const rest = await attempt(archive, newest(100, { before: second.result.oldest }));
    assert.deepEqual([rest.started, rest.known, rest.messages], [30, 0, 30]);
    assert.deepEqual(
      startedOf(others).sort((a, b) => a - b),
      range(1, 130),
    );
  });

  test('if messages are deleted before a history page is retried, the clips of all remaining messages are still archived', async () => {
    const { ports, archiveHistoryPage } = stage();
    post(ports, range(1, 40));
    ports.beforeStart.add(...Array.from({ length: 12 }, () => nothing), AWAY);
    const { result } = await untilDone(archiveHistoryPage, newest(20), () => {
      for (const n of range(37, 40)) ports.discord.remove({ channel_id: channelId, id: id(n) });
    });
    assert.equal(result.messages, 16);
    assert.equal(result.oldest, id(21));
    const rest = await attempt(archiveHistoryPage, newest(100, { before: result.oldest }));
    assert.equal(rest.oldest, id(1));
    assert.deepEqual(
      startedOf(ports).sort((a, b) => a - b),
      range(1, 36),
    );
    assert.equal(result.started + rest.started, 36);
    assert.equal(result.known + rest.known, 0);
  });

  test('if all messages of a history page are deleted before its retry, the retry still returns the same oldest message id', async () => {
    const { ports, archiveHistoryPage } = stage();
    post(ports, range(1, 20));
    ports.beforeStart.add(AWAY);
    const { result } = await untilDone(archiveHistoryPage, newest(10), () => {
      for (const n of range(11, 20)) ports.discord.remove({ channel_id: channelId, id: id(n) });
    });
    assert.equal(result.oldest, id(11), 'the next page begins where this page ends');
  });

  test('if archiving a history page of a sweep is interrupted, the retry archives only the remaining clips', async () => {
    const { ports, archiveHistoryPage } = stage();
    post(ports, range(1, 30));
    ports.beforeStart.add(...Array.from({ length: 12 }, () => nothing), AWAY);
    const input = { channelId, limit: 20, newer: { after: id(5) } };
    const { result } = await untilDone(archiveHistoryPage, input, () => post(ports, [31, 32]));
    assert.deepEqual(result, {
      messages: 20,
      clips: 20,
      started: 20,
      known: 0,
      oldest: id(6),
      newest: id(25),
    });
  });

  test('if a retry of a history page repeats clips of the earlier attempt, these clips count as already known', async () => {
    const { ports, archiveHistoryPage } = stage();
    post(ports, range(1, 20));
    const environment = anEnvironment();
    const told: unknown[] = [];
    environment.on('heartbeat', (details: unknown) => told.push(structuredClone(details)));
    await environment.run(archiveHistoryPage as never, newest(100));
    assert.ok(told.length > 1);
    const retried = await attempt(archiveHistoryPage, newest(100), {
      attempt: 2,
      heartbeatDetails: told[0],
    });
    assert.deepEqual([retried.clips, retried.started, retried.known], [20, 0, 20]);
  });

  test('if archiving a history page is cancelled, the remaining clips are not archived', async () => {
    const { ports, archiveHistoryPage } = stage();
    post(ports, range(1, 100));
    const environment = anEnvironment();
    ports.beforeStart.add(() => environment.cancel());
    const run = environment.run(archiveHistoryPage as never, newest(100));
    await assert.rejects(run, { name: 'CancelledFailure' });
    await new Promise((resolve) => setImmediate(resolve));
    assert.ok(ports.starts.length < 100, `${ports.starts.length} starts`);
    assert.ok(ports.starts.length > 0);
  });
});

describe('checkChannel', () => {
  test('checkChannel returns the name of a readable channel and fails for an unknown channel', async () => {
    const { ports } = stage();
    const { checkChannel } = createActivities(ports);
    assert.deepEqual(await attempt(checkChannel, { channelId }), { channelName: 'overtime' });
    const unknown = attempt(checkChannel, { channelId: '1283675776780079999' });
    await assert.rejects(unknown, (error) => {
      const failure = applicationFailure(error);
      return failure?.type === 'InvalidInput' && failure.nonRetryable === true;
    });
  });
});
