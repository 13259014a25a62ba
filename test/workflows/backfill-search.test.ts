import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { createActivities, type Activities } from '../../src/activities/create-activities.ts';
import type { HistoryPageInput } from '../../src/activities/archive-history-page.ts';
import { failure } from '../../src/errors.ts';
import { requestDelayed } from '../../src/rate-limit-errors.ts';
import type { BackfillInput } from '../../src/workflows/backfill-input.ts';
import { backfillDetails } from '../../src/workflows/backfill/details.ts';
import { checkPlaceProgress } from '../../src/workflows/backfill/place-progress.ts';
import { addProgress, NO_PROGRESS } from '../../src/workflows/backfill/progress.ts';
import type { BackfillProgress } from '../../src/workflows/messages.ts';
import { aMessage, anAttachment, PLACE } from '../clip/a-message.ts';
import { createFakePorts, type FakePorts } from '../support/fake-ports.ts';
import { startTemporal, withWorkers } from '../support/temporal.ts';

const { channelId } = PLACE;
const FIRST_ID = 1_283_675_776_780_075_058n;
const idAt = (index: number) => (FIRST_ID + BigInt(index) * 4_194_304_000n).toString();
const indexOf = (id: string) => Number((BigInt(id) - FIRST_ID) / 4_194_304_000n);
const ROUTE = { route: 'GET /guilds/1/messages/search' };

/** Posts `length` messages. Every message whose index is a multiple of `messagesPerClip` has a clip. */
function stage(length: number, messagesPerClip: number) {
  const ports = createFakePorts();
  ports.discord.addChannel(PLACE);
  for (let index = 0; index < length; index++) {
    const hasClip = index % messagesPerClip === 0;
    const attachments = hasClip ? [anAttachment({ id: idAt(index) })] : [];
    ports.discord.post(aMessage({ id: idAt(index), attachments }));
  }
  const searches: HistoryPageInput[] = [];
  /** How many pages of history were read before each search. */
  const pagesBefore: number[] = [];
  let pages = 0;
  const real = createActivities(ports);
  const activities: Partial<Activities> = {
    ...real,
    archiveHistoryPage: async (input) => {
      const read = await real.archiveHistoryPage(input);
      pages += read.pages?.length ?? 1;
      return read;
    },
    archiveSearchPage: async (input) => {
      searches.push(input);
      pagesBefore.push(pages);
      return await real.archiveSearchPage(input);
    },
  };
  return { ports, activities, searches, pagesBefore };
}

/** The indexes of the messages whose clips were started, in order of the starts. */
const startedOf = ({ starts }: FakePorts) => starts.map(({ messageId }) => indexOf(messageId));

describe('a backfill of a channel in which clips are rare', { concurrency: 4 }, () => {
  let environment: TestWorkflowEnvironment;
  before(async () => {
    environment = await startTemporal();
  });
  after(async () => {
    await environment.teardown();
  });

  const run = (activities: Partial<Activities>, more: Partial<BackfillInput> = {}) =>
    withWorkers(
      environment,
      activities,
      (taskQueue) =>
        environment.client.workflow.execute('backfill', {
          taskQueue,
          workflowId: `backfill-${taskQueue}`,
          args: [{ channelId, ...more }],
        }) as Promise<BackfillProgress>,
    );

  test('the backfill searches after five pages, starts the clips before the pages reach them, and starts each clip once', async () => {
    const { ports, activities, searches, pagesBefore } = stage(1800, 60);
    const { search, ...progress } = await run(activities);
    // The pages found the clips from index 1300 on, and the search found the 22 older ones.
    assert.deepEqual(search, { pages: 2, clips: 22, started: 22 });
    assert.deepEqual(
      [progress.pages, progress.messages, progress.clips, progress.started, progress.known],
      [18, 1800, 30, 8, 22],
      'the pages read everything, as proof',
    );
    assert.deepEqual(
      searches.map(({ older, limit }) => [older, limit]),
      [
        [{ before: idAt(1300), after: null }, 25],
        [{ before: idAt(0), after: null }, 25],
      ],
    );
    assert.deepEqual(pagesBefore, [5, 5]);
    const started = startedOf(ports);
    assert.equal(new Set(started.slice(0, 30)).size, 30, 'the search and five pages start all');
  });

  test('the search stays between the bounds of the input and passes revive on', async () => {
    const { ports, activities, searches } = stage(1800, 60);
    const bounds = { before: idAt(1700), after: idAt(400), revive: true };
    const { search } = await run(activities, bounds);
    assert.deepEqual(searches[0]?.older, { before: idAt(1200), after: idAt(400) });
    assert.equal(searches[0].revive, true);
    assert.equal(search?.clips, 13);
    assert.ok(startedOf(ports).every((index) => index > 400 && index < 1700));
  });

  test('a channel with one clip in 40 messages, a short channel and a limit of messages need no search', async () => {
    const dense = stage(1200, 40);
    const short = stage(499, 250);
    const limited = stage(1200, 300);
    const results = [
      await run(dense.activities),
      await run(short.activities),
      await run(limited.activities, { maxMessages: 1000 }),
    ];
    for (const { searches } of [dense, short, limited]) assert.deepEqual(searches, []);
    assert.ok(results.every((progress) => !('search' in progress)));
    assert.equal(limited.ports.starts.length, 3, 'only the clips among the 1,000 messages');
  });

  test('a search that finds fewer clips than a page of history ends, because links to videos can fill the results', async () => {
    const { ports, activities, searches } = stage(1500, 200);
    const isLink = (index: number) => index % 2 === 1 && index < 1000;
    ports.discord.searchHistory = async (_, { before = idAt(1500), limit }) =>
      Array.from({ length: indexOf(before) }, (_, back) => indexOf(before) - 1 - back)
        .filter(isLink)
        .slice(0, limit)
        .map((index) => aMessage({ id: idAt(index), attachments: [] }));
    const { clips, search } = await run(activities);
    assert.equal(clips, 8);
    assert.deepEqual(search, { pages: 1, clips: 0, started: 0 });
    assert.equal(searches.length, 1);
  });

  test('while Discord indexes the server, the search waits for a moment, and then finds the clips', async () => {
    const { ports, activities } = stage(1200, 100);
    ports.discord.before.searchHistory.add(
      requestDelayed('Discord is still indexing this server', 500, ROUTE),
    );
    const { search } = await run(activities);
    assert.equal(search?.started, 7);
  });

  const failures: [string, Error, number][] = [
    ['an index that takes ten minutes', requestDelayed('still indexing', 600_000, ROUTE), 1],
    ['a missing permission', failure('AccessLost', 'no access', { retry: false }), 1],
    ['a server without search', failure('ServiceFailed', 'not found', { retry: false }), 1],
    ['a server that always limits the search', requestDelayed('rate limited', 50, ROUTE), 5],
  ];
  for (const [what, error, attempts] of failures) {
    test(`after ${what}, the backfill soon goes on, and its pages find all clips`, async () => {
      const { ports, activities, searches } = stage(1200, 100);
      ports.discord.searchHistory = async () => {
        throw error;
      };
      const startMs = Date.now();
      const progress = await run(activities);
      assert.ok(Date.now() - startMs < 50_000);
      assert.deepEqual(
        [progress.pages, progress.started, progress.known, progress.search],
        [12, 12, 0, undefined],
      );
      assert.equal(searches.length, attempts);
      assert.equal(ports.starts.length, 12);
    });
  }

  test('if the worker dies in the middle of a search page, the next attempt starts the rest, and counts each clip once', async () => {
    const { ports, activities } = stage(1800, 60);
    let failed = false;
    const startClip = ports.startClip.bind(ports);
    ports.startClip = async (clip, ...rest) => {
      if (!failed && indexOf(clip.messageId) === 600) {
        failed = true;
        throw failure('ServiceFailed', 'killed', { retry: true });
      }
      return await startClip(clip, ...rest);
    };
    const { archiveSearchPage } = createActivities(ports);
    const { search, clips } = await run({ ...activities, archiveSearchPage });
    assert.ok(failed);
    assert.deepEqual(search, { pages: 2, clips: 22, started: 22 });
    assert.equal(clips, 30);
  });
});

describe('the counts of a search', () => {
  const search = { pages: 2, clips: 30, started: 20 };
  const progress: BackfillProgress = { ...NO_PROGRESS, search };

  test('a backfill of more than one channel adds the searches of its channels', () => {
    assert.deepEqual(addProgress(progress, NO_PROGRESS).search, search);
    assert.deepEqual(addProgress(progress, progress).search, { pages: 4, clips: 60, started: 40 });
    assert.ok(!('search' in addProgress(NO_PROGRESS, NO_PROGRESS)));
  });

  test('a backfill tells the backfill that started it what its search found', () => {
    assert.deepEqual(checkPlaceProgress({ channelId, progress }), { channelId, progress });
    const malformed = { ...progress, search: 'many' };
    assert.equal(
      checkPlaceProgress({ channelId, progress: malformed })?.progress.search,
      undefined,
    );
  });

  test('the current details say what the search found in advance', () => {
    assert.match(
      backfillDetails('general', progress, 0),
      /found 30 clips in advance and started 20$/,
    );
    assert.doesNotMatch(backfillDetails('general', NO_PROGRESS, 0), /search/);
  });
});
