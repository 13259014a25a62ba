import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { WorkflowFailedError } from '@temporalio/client';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import type { HistoryPageInput } from '../../src/activities/archive-history-page.ts';
import type { Activities } from '../../src/activities/create-activities.ts';
import type { ListedPlaces, ListPlacesInput } from '../../src/activities/places/list-places.ts';
import { backfillWorkflowId } from '../../src/clip/names.ts';
import type { ChannelKind, PlaceCursor } from '../../src/clip/places/place.ts';
import { snowflakeAt } from '../../src/clip/snowflake.ts';
import { accessLost } from '../../src/errors.ts';
import type { backfill } from '../../src/workflows/backfill.ts';
import type { BackfillInput } from '../../src/workflows/backfill-input.ts';
import {
  placeProgressSignal,
  progressQuery,
  type PlaceProgress,
} from '../../src/workflows/messages.ts';
import { createGate } from '../support/gate.ts';
import { startTemporal, withWorkers } from '../support/temporal.ts';
import { until } from '../support/wait.ts';

/** Every test has channels of its own, because workflow ids contain the channel's id. */
let nextMs = Date.UTC(2020, 0, 1);
const nextId = (): string => snowflakeAt((nextMs += 1000));

const EMPTY = { messages: 0, clips: 0, started: 0, known: 0, oldest: null, newest: null };

/** A server with `count` places, whose histories have one page of ten messages and two clips each. */
function aServer({ count, kind }: { count: number; kind?: ChannelKind }) {
  const places = Array.from({ length: count }, (_, n) => ({
    channelId: nextId(),
    channelName: `place ${n}`,
  }));
  const listings: ListPlacesInput[] = [];
  const pages: HistoryPageInput[] = [];
  const reading = new Set<string>();
  let mostAtOnce = 0;
  let checks = 0;
  const activities: Partial<Activities> = {
    checkChannel: async ({ channelId, acceptContainer }) => {
      checks += 1;
      const channelName = places.find((each) => each.channelId === channelId)?.channelName;
      return { channelName: channelName ?? 'root', ...(acceptContainer && kind && { kind }) };
    },
    // A page of the listing has two places.
    listPlaces: async (input): Promise<ListedPlaces> => {
      listings.push(input);
      const at = Number(input.cursor?.before ?? '0');
      const next = { before: String(at + 2) } as PlaceCursor;
      return {
        readable: places.slice(at, at + 2),
        unreadable: at === 0 ? 1 : 0,
        reasons: at === 0 ? ['the bot cannot read #secret: grant it View Channel there'] : [],
        next: at + 2 < count ? next : null,
      };
    },
    archiveHistoryPage: async (input) => {
      pages.push(input);
      const { channelId, older } = input;
      reading.add(channelId);
      mostAtOnce = Math.max(mostAtOnce, reading.size);
      // The history has one page. The next one is empty.
      if (pages.filter((page) => page.channelId === channelId).length > 1) {
        reading.delete(channelId);
        return EMPTY;
      }
      const id = older?.after ?? snowflakeAt(Date.UTC(2021, 0, 1));
      return { messages: 10, clips: 2, started: 1, known: 1, oldest: id, newest: id };
    },
  };
  return {
    places,
    activities,
    listings,
    pages,
    get mostAtOnce() {
      return mostAtOnce;
    },
    get checks() {
      return checks;
    },
  };
}

describe('backfill of more than one channel', { concurrency: 4 }, () => {
  let environment: TestWorkflowEnvironment;
  before(async () => {
    environment = await startTemporal();
  });
  after(async () => {
    await environment.teardown();
  });

  const start = (taskQueue: string, input: BackfillInput) =>
    environment.client.workflow.start<typeof backfill>('backfill', {
      taskQueue,
      workflowId: `backfill-${input.channelId ?? input.guildId ?? 'all'}`,
      args: [input],
    });
  const run = (activities: Partial<Activities>, input: BackfillInput) =>
    withWorkers(environment, activities, async (taskQueue) =>
      (await start(taskQueue, input)).result(),
    );

  test('a backfill of a guild reads every place within the bounds, three at a time, and adds up the counts', async () => {
    const server = aServer({ count: 5 });
    const guildId = nextId();
    const after = snowflakeAt(Date.UTC(2019, 0, 1));
    const result = await run(server.activities, { guildId, after, revive: true });
    assert.deepEqual(result, {
      pages: 5,
      messages: 50,
      clips: 10,
      started: 5,
      known: 5,
      reached: '2019-01-01T00:00:00Z',
      places: {
        found: 5,
        done: 5,
        known: 0,
        failed: 0,
        unreadable: 1,
        reasons: ['the bot cannot read #secret: grant it View Channel there'],
      },
    });
    assert.deepEqual(
      server.listings.map(({ scope, threads, cursor }) => [scope, threads, cursor?.before]),
      [undefined, '2', '4'].map((at) => [{ guildId }, true, at]),
    );
    assert.deepEqual(
      server.listings.map(({ endsBeforeArchived = false }) => endsBeforeArchived),
      [true, false, false],
      'the channels are read while the archived threads are listed',
    );
    assert.deepEqual(
      new Set(server.pages.map(({ channelId }) => channelId)),
      new Set(server.places.map(({ channelId }) => channelId)),
    );
    assert.ok(server.pages.every((page) => page.older?.after === after && page.revive === true));
    assert.ok(
      server.pages.every(({ isListed }) => isListed),
      'no place needs a check of its own',
    );
    assert.equal(server.checks, 0);
    const firstPage = server.pages.find(
      ({ channelId }) => channelId === server.places[0]?.channelId,
    );
    assert.deepEqual(firstPage?.nextPlaces, [server.places[1]?.channelId]);
    assert.ok(server.mostAtOnce <= 3, `${server.mostAtOnce} at once`);
  });

  test('while three places are read, the places after them are listed', async () => {
    const server = aServer({ count: 7 });
    const { open: release, opened: held } = createGate();
    const holding: Partial<Activities> = {
      ...server.activities,
      archiveHistoryPage: async (page) => {
        await held;
        return await server.activities.archiveHistoryPage!(page);
      },
    };
    await withWorkers(environment, holding, async (taskQueue) => {
      const handle = await start(taskQueue, { guildId: nextId() });
      const { places } = await until('the third page of the listing', async () => {
        const progress = await handle.query(progressQuery);
        return progress.places?.found === 6 ? progress : null;
      });
      assert.equal(places?.done, 0);
      assert.equal(server.pages.length, 0);
      release();
      assert.equal((await handle.result()).places?.done, 7);
    });
  });

  test('a backfill of a text channel reads the channel first and then its threads', async () => {
    const server = aServer({ count: 3, kind: 'threaded' });
    const [channel, ...threads] = server.places.map(({ channelId }) => channelId);
    const result = await run(server.activities, { channelId: channel! });
    assert.deepEqual([result.messages, result.places?.found, result.places?.done], [30, 3, 3]);
    const order = server.pages.map(({ channelId }) => channelId);
    assert.deepEqual(order.slice(0, 2), [channel, channel]);
    assert.deepEqual(new Set(order.slice(2)), new Set(threads), 'the channel is read only once');
  });

  test('if a text channel has no threads, the result of its backfill has no counts of places', async () => {
    const server = aServer({ count: 1, kind: 'threaded' });
    const activities: Partial<Activities> = {
      ...server.activities,
      listPlaces: async () => ({
        readable: server.places,
        unreadable: 0,
        reasons: [],
        next: null,
      }),
    };
    const result = await run(activities, { channelId: server.places[0]!.channelId });
    assert.deepEqual([result.messages, result.places], [10, undefined]);
  });

  test('if threads is false or maxMessages is set, a backfill of a text channel reads only the channel', async () => {
    for (const limit of [{ threads: false }, { maxMessages: 500 }]) {
      const server = aServer({ count: 3, kind: 'threaded' });
      const result = await run(server.activities, {
        channelId: server.places[0]!.channelId,
        ...limit,
      });
      assert.deepEqual([result.messages, result.places], [10, undefined]);
      assert.equal(server.listings.length, 0);
    }
  });

  test('a backfill of everything or of a category leaves threads out if threads is false', async () => {
    for (const scope of [{ all: true } as const, { channelId: nextId() }]) {
      const server = aServer({ count: 1, kind: 'category' });
      const result = await run(server.activities, { ...scope, threads: false });
      assert.equal(result.places?.done, 1);
      assert.deepEqual(server.listings, [
        { scope, threads: false, cursor: null, endsBeforeArchived: true },
      ]);
    }
  });

  const refused: [what: string, kind: ChannelKind, input: BackfillInput, sentence: RegExp][] = [
    ['a category', 'category', { maxMessages: 5 }, /^#root has no messages of its own: leave out/],
    ['a forum', 'forum', { threads: false }, /^#root has only threads: leave out "threads": false/],
  ];
  for (const [what, kind, input, sentence] of refused) {
    test(`a backfill of ${what} with ${JSON.stringify(input)} fails and says what to correct`, async () => {
      const server = aServer({ count: 0, kind });
      await assert.rejects(
        run(server.activities, { channelId: nextId(), ...input }),
        (error: WorkflowFailedError) => sentence.test(error.cause!.message),
      );
    });
  }

  test('a place that another backfill is reading counts as known, and is left to that backfill', async () => {
    const server = aServer({ count: 2 });
    const [first] = server.places;
    const { open: release, opened: held } = createGate();
    const holding: Partial<Activities> = {
      ...server.activities,
      archiveHistoryPage: async (input) => {
        if (input.channelId === first!.channelId) await held;
        return await server.activities.archiveHistoryPage!(input);
      },
    };
    await withWorkers(environment, holding, async (taskQueue) => {
      const other = await start(taskQueue, { channelId: first!.channelId, threads: false });
      const { places } = await (await start(taskQueue, { guildId: nextId() })).result();
      assert.deepEqual([places?.found, places?.done, places?.known], [2, 1, 1]);
      assert.match(places!.reasons.at(-1)!, /^#place 0: another backfill is still reading it/);
      release();
      await other.result();
    });
  });

  test('if another backfill of a place has ended before the last place is read, the place is read after that', async () => {
    const server = aServer({ count: 2 });
    const [first, last] = server.places.map(({ channelId }) => channelId);
    const gates = [first!, last!].map((channelId) => {
      return { channelId, ...createGate() };
    });
    const holding: Partial<Activities> = {
      ...server.activities,
      archiveHistoryPage: async (input) => {
        await gates.find(({ channelId }) => channelId === input.channelId)?.opened;
        const { older, channelId } = input;
        server.pages.push(input);
        // Every backfill reads one page.
        const id = snowflakeAt(Date.UTC(2021, 0, 1));
        if (older?.before === id) return EMPTY;
        assert.ok([first, last].includes(channelId));
        return { messages: 10, clips: 2, started: 1, known: 1, oldest: id, newest: id };
      },
    };
    const after = snowflakeAt(Date.UTC(2020, 6, 1));
    await withWorkers(environment, holding, async (taskQueue) => {
      const narrow = await start(taskQueue, { channelId: first!, threads: false, after });
      const handle = await start(taskQueue, { guildId: nextId() });
      await until('the first place to be known', async () => {
        const { places } = await handle.query(progressQuery);
        return places?.known === 1 ? true : null;
      });
      gates[0]!.open();
      await narrow.result();
      gates[1]!.open();
      const { messages, places } = await handle.result();
      assert.deepEqual([messages, places?.done, places?.known], [20, 2, 0]);
      const bounds = server.pages.filter(({ channelId }) => channelId === first);
      assert.deepEqual(
        bounds.map(({ older }) => older?.after),
        [after, after, null, null],
      );
    });
  });

  test('a place that is listed again after it was read is neither read nor counted again', async () => {
    const server = aServer({ count: 2 });
    const [first, second] = server.places;
    const listing: Partial<Activities> = {
      ...server.activities,
      // The second page comes after the first place was read.
      listPlaces: async ({ cursor }) => {
        const next = cursor === null ? ({ before: '1' } as PlaceCursor) : null;
        const readable = cursor === null ? [first!] : [first!, second!];
        if (cursor !== null) {
          const child = environment.client.workflow.getHandle(backfillWorkflowId(first!.channelId));
          await until(
            'the end of the first place',
            async () => (await child.describe()).status.name === 'COMPLETED',
          );
        }
        return { readable, unreadable: 0, reasons: [], next };
      },
    };
    const { messages, places } = await run(listing, { guildId: nextId() });
    const reads = server.pages.filter(({ channelId }) => channelId === first!.channelId);
    assert.equal(reads.length, server.pages.length / 2);
    assert.deepEqual([messages, places?.found, places?.done, places?.known], [20, 2, 2, 0]);
  });

  test('a place that is listed twice while it is being read is read once', async () => {
    const server = aServer({ count: 1 });
    let listings = 0;
    const { open: release, opened: held } = createGate();
    const holding: Partial<Activities> = {
      ...server.activities,
      archiveHistoryPage: async (input) => {
        await held;
        return await server.activities.archiveHistoryPage!(input);
      },
      listPlaces: async ({ cursor }) => {
        listings += 1;
        const next = cursor === null ? ({ before: '1' } as PlaceCursor) : null;
        return { readable: server.places, unreadable: 0, reasons: [], next };
      },
    };
    await withWorkers(environment, holding, async (taskQueue) => {
      const handle = await start(taskQueue, { guildId: nextId() });
      await until('the second listing', () => listings === 2);
      release();
      const { pages, places } = await handle.result();
      assert.deepEqual([pages, places?.found, places?.done, places?.known], [1, 1, 1, 0]);
      assert.deepEqual(places?.reasons, []);
    });
  });

  test('if a place fails after 20 reasons were found, its reason replaces the last one', async () => {
    const server = aServer({ count: 1 });
    const activities: Partial<Activities> = {
      ...server.activities,
      listPlaces: async () => ({
        readable: server.places,
        unreadable: 20,
        reasons: Array.from({ length: 20 }, (_, n) => `reason ${n}`),
        next: null,
      }),
      archiveHistoryPage: async () => {
        throw accessLost({ route: 'GET /channels/1/messages' });
      },
    };
    const { places } = await run(activities, { guildId: nextId() });
    assert.equal(places?.reasons.length, 20);
    assert.match(places.reasons.at(-1)!, /^#place 0: the bot has no access to this channel/);
  });

  test('if a guild has the same id as one of its channels, the channel is read too', async () => {
    const server = aServer({ count: 1 });
    const result = await run(server.activities, { guildId: server.places[0]!.channelId });
    assert.deepEqual([result.messages, result.places?.known], [10, 0]);
  });

  test('if a place cannot be read, the others are read, and the result says why', async () => {
    const server = aServer({ count: 3 });
    const failing: Partial<Activities> = {
      ...server.activities,
      archiveHistoryPage: async (input) => {
        if (input.channelId === server.places[1]!.channelId) {
          throw accessLost({ route: 'GET /channels/1/messages' });
        }
        return await server.activities.archiveHistoryPage!(input);
      },
    };
    const { messages, places } = await run(failing, { guildId: nextId() });
    assert.deepEqual([messages, places?.done, places?.failed], [20, 2, 1]);
    assert.match(places!.reasons[1]!, /^#place 1: the bot has no access to this channel/);
  });

  test('a running backfill answers with the counts of the places that are being read, shows them, and ignores malformed counts', async () => {
    const server = aServer({ count: 2 });
    const [first, second] = server.places.map(({ channelId }) => channelId);
    const { open: release, opened: held } = createGate();
    let read = 0;
    const slow: Partial<Activities> = {
      ...server.activities,
      // The first place has more than ten pages, and is held after ten of them.
      archiveHistoryPage: async (input) => {
        if (input.channelId !== first) return await server.activities.archiveHistoryPage!(input);
        read += 1;
        if (read <= 10) {
          const id = snowflakeAt(Date.UTC(2022, 0, 1) - read * 1000);
          return { messages: 10, clips: 2, started: 2, known: 0, oldest: id, newest: id };
        }
        await held;
        return EMPTY;
      },
    };
    await withWorkers(environment, slow, async (taskQueue) => {
      const handle = await start(taskQueue, { guildId: nextId() });
      const progress = await until('the pages of both places', async () => {
        const now = await handle.query(progressQuery);
        return now.pages === 11 ? now : null;
      });
      assert.deepEqual([progress.messages, progress.places?.done], [110, 1]);
      const malformed: unknown[] = [
        null,
        7,
        {},
        { channelId: first },
        { channelId: first, progress: { ...progress, pages: Number.NaN } },
        { channelId: first, progress: { ...progress, messages: 'many' } },
        { channelId: first, progress: { ...progress, reached: 'yesterday' } },
      ];
      for (const signal of malformed) {
        await handle.signal(placeProgressSignal, signal as PlaceProgress);
      }
      assert.deepEqual(await handle.query(progressQuery), progress, 'these signals are ignored');
      const details = await handle.query<string>('__temporal_workflow_metadata');
      const { currentDetails } = details as unknown as { currentDetails: string };
      assert.match(currentDetails, /1 of 2 channels and threads read/);
      assert.match(currentDetails, /reading #place 0\n\n- the bot cannot read #secret/);
      release();
      assert.equal((await handle.result()).pages, 11);
    });
    assert.ok(second);
  });

  test('if a backfill of a guild is canceled, its children are canceled; if it is terminated, they go on', async () => {
    for (const end of ['cancel', 'terminate'] as const) {
      const server = aServer({ count: 1 });
      const { channelId } = server.places[0]!;
      const { open: release, opened: held } = createGate();
      const holding: Partial<Activities> = {
        ...server.activities,
        archiveHistoryPage: async (page) => {
          await held;
          return await server.activities.archiveHistoryPage!(page);
        },
      };
      await withWorkers(environment, holding, async (taskQueue) => {
        const handle = await start(taskQueue, { guildId: nextId() });
        const child = environment.client.workflow.getHandle<typeof backfill>(
          `backfill-${channelId}`,
        );
        await until('the child', () =>
          child.describe().then(
            () => true,
            () => null,
          ),
        );
        await handle[end]();
        if (end === 'terminate') {
          await assert.rejects(handle.result());
          release();
          assert.equal((await child.result()).messages, 10);
        } else {
          await until('the request to cancel', async () => {
            const { events } = await child.fetchHistory();
            return events?.some((event) => event.workflowExecutionCancelRequestedEventAttributes);
          });
          release();
          await assert.rejects(child.result());
          assert.equal((await child.describe()).status.name, 'CANCELLED');
          await assert.rejects(handle.result());
          assert.equal((await handle.describe()).status.name, 'CANCELLED');
        }
      });
    }
  });

  test('a backfill of many places waits for its children, continues as new and reads no place twice', async () => {
    const server = aServer({ count: 103 });
    await withWorkers(environment, server.activities, async (taskQueue) => {
      const handle = await start(taskQueue, { guildId: nextId() });
      const { messages, places } = await handle.result();
      assert.deepEqual([messages, places?.found, places?.done], [1030, 103, 103]);
      const last = environment.client.workflow.getHandle(handle.workflowId);
      assert.notEqual((await last.describe()).runId, handle.firstExecutionRunId);
    });
    assert.equal(server.pages.length, 206);
  });
});
