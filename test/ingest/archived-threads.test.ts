import assert from 'node:assert/strict';
import { describe, test, type TestContext } from 'node:test';
import { ChannelType } from 'discord-api-types/v10';
import { createGet, type Get } from '../../src/discord/rest-client.ts';
import { applicationFailure, isFailure } from '../../src/errors.ts';
import {
  createArchivedThreadsList,
  createArchiveProbe,
} from '../../src/ingest/sweeps/archived-threads.ts';
import type { WatchedChannel } from '../../src/ingest/watched-channels.ts';
import type { Emulator } from '../../src/emulator/emulator.ts';
import { stage } from '../emulator/support.ts';
import { pause } from '../support/wait.ts';

const getOf = ({ apiUrl, token }: Emulator) =>
  createGet({ apiUrl, token, requestsPerSecond: 1000 });

const ROUTE = 'GET /channels/:id/threads/archived/public';

/**
 * Stages a channel. `addThreads` adds threads that were archived `hours` apart. It returns the ids of the threads and
 * starts with the latest thread.
 */
async function stageThreads(t: TestContext) {
  const { emulator, guild, channel } = await stage(t);
  const addThreads = (count: number, hours: number): string[] =>
    Array.from({ length: count }, (_, n) => {
      const archivedAt = new Date(Date.now() - (1 + n * hours) * 3_600_000);
      return emulator.addChannel({
        guildId: guild.id,
        parentId: channel.id,
        name: `${n}`,
        type: ChannelType.PublicThread,
        archivedAt,
      }).id;
    });
  const createList = () => createArchivedThreadsList(getOf(emulator), channel.id, Date.now());
  return { emulator, guild, channel, addThreads, createList };
}

/** Calls `list` until it succeeds. After each failure, waits for as long as the failure says. */
async function listPatiently(list: () => Promise<WatchedChannel[]>): Promise<WatchedChannel[]> {
  for (let calls = 0; calls < 20; calls++) {
    try {
      return await list();
    } catch (error) {
      if (!isFailure(error, 'RateLimited')) throw error;
      await pause(Number(applicationFailure(error)?.nextRetryDelay));
    }
  }
  throw new Error('the list never ends');
}

const idsOf = (channels: WatchedChannel[]): string[] => channels.map(({ channelId }) => channelId);

describe('createArchivedThreadsList', () => {
  test('all threads that were archived in the last two weeks are found, even if the list has several pages', async (t) => {
    const { emulator, channel, addThreads, createList } = await stageThreads(t);
    // Add one thread for every two hours of the last 20 days.
    const all = addThreads(240, 2);
    const found = await createList()();
    assert.deepEqual(idsOf(found), all.slice(0, 14 * 12));
    assert.ok(
      found.every(({ isThread, listingParentId }) => isThread && listingParentId === channel.id),
    );
    assert.equal(emulator.stats.requests(ROUTE), 2, 'the second page reaches older threads');
  });

  test('if a thread of a compatible server has no name, the id of the thread is its name', async (t) => {
    const { emulator, guild, channel, createList } = await stageThreads(t);
    const { id } = emulator.addChannel({
      guildId: guild.id,
      parentId: channel.id,
      name: '',
      type: ChannelType.PublicThread,
      archivedAt: new Date(),
    });
    const [found] = await createList()();
    assert.deepEqual([found?.channelId, found?.channelName], [id, id]);
  });

  test('if the rate limit allows one page at a time, a list of four pages is still read completely', async (t) => {
    const { emulator, addThreads, createList } = await stageThreads(t);
    const all = addThreads(350, 0.5);
    emulator.limits.set(ROUTE, { requests: 1, perSeconds: 1 });
    assert.deepEqual(idsOf(await listPatiently(createList())), all);
  });

  test('if a page of a list fails, the next try continues at that page', async (t) => {
    const { emulator, channel, addThreads } = await stageThreads(t);
    const all = addThreads(150, 0.5);
    let calls = 0;
    const get: Get = async (...request) => {
      calls += 1;
      if (calls === 2) emulator.faults.add({ route: ROUTE, times: 1, status: 503 });
      return await getOf(emulator)(...request);
    };
    const list = createArchivedThreadsList(get, channel.id, Date.now());
    await assert.rejects(list());
    assert.deepEqual(idsOf(await list()), all);
    assert.deepEqual(idsOf(await list()), all, 'a complete list is not read again');
    assert.equal(emulator.stats.requests(ROUTE), 3);
  });

  test('if the bot lacks Read Message History, the list of archived threads is empty, but if Discord fails, listing throws', async (t) => {
    const { emulator, channel, createList } = await stageThreads(t);
    emulator.deny(channel.id, 'READ_MESSAGE_HISTORY');
    assert.deepEqual(await createList()(), []);
    emulator.allow(channel.id, 'READ_MESSAGE_HISTORY');
    emulator.faults.add({ route: ROUTE, times: 1, status: 503 });
    await assert.rejects(createList()());
  });
});

describe('createArchiveProbe', () => {
  test('a list that was answered once counts as available, and one request is sent for it', async (t) => {
    const { emulator, channel } = await stageThreads(t);
    const isListed = createArchiveProbe(getOf(emulator));
    for (let n = 0; n < 3; n++) assert.equal(await isListed(channel.id), true);
    assert.equal(emulator.stats.requests(ROUTE), 1);
  });

  const refusals = {
    'a compatible server without the list': {
      status: 404,
      body: { message: 'Not Found', code: 404 },
    },
    'a denial by Discord': { status: 403, body: { message: 'Missing Access', code: 50_001 } },
    'a failure of the server': { status: 503 },
  };
  for (const [name, refusal] of Object.entries(refusals)) {
    test(`after ${name}, the list counts as missing, and is asked for again later`, async (t) => {
      const { emulator, channel } = await stageThreads(t);
      t.mock.timers.enable({ apis: ['Date'], now: Date.now() });
      const isListed = createArchiveProbe(getOf(emulator));
      emulator.faults.add({ route: ROUTE, times: 1, ...refusal });
      assert.equal(await isListed(channel.id), false);
      t.mock.timers.tick(120_000);
      assert.equal(await isListed(channel.id), true);
    });
  }
});
