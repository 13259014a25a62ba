import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Audience, Catalog } from '../../src/catalog/catalog.ts';
import {
  CHANNEL,
  channelChange,
  EVERYTHING,
  idOf,
  POSTER,
  recordChange,
  userChange,
} from './changes.ts';

const HIDDEN_CHANNEL = '1196521684992000059';
const MIA = '356003082141696427';
const ED = '356003082141696428';
const STRANGERS: Audience = { everything: false, channelIds: [] };
/** 2024-03-01 10:00 UTC, when the first record is posted, epoch milliseconds. */
const FIRST_MS = 1_709_287_200_000;
const DAY_MS = 864e5;

/** The tests of `describe` and `findOnDays`. They share the databases of the searches, because a start takes seconds. */
export function testDescriptions(context: { catalog: Catalog }): void {
  const people = [
    userChange(POSTER, 'soho'),
    userChange(MIA, 'mia', 'Mia 🌸'),
    userChange(ED, 'ed'),
    channelChange(CHANNEL, 'clips'),
    channelChange(HIDDEN_CHANNEL, 'secret', { Public: false }),
  ];
  const byMia = { Poster_Id: MIA, Poster: 'mia' };

  test('a poster is described by number, length, first, latest and longest clip', async () => {
    await context.catalog.apply([
      ...people,
      recordChange(1, { Runtime: 20 }),
      recordChange(2, { Runtime: 90.5 }),
      recordChange(3, {}),
      recordChange(4, { ...byMia, Runtime: 500 }),
      recordChange(5, { Status: 'deleted', Runtime: 900 }),
    ]);
    const summary = await context.catalog.describe({ ...EVERYTHING, from: [POSTER] });
    assert.equal(summary?.count, 3);
    assert.equal(summary.seconds, 110.5);
    assert.equal(summary.first.id, idOf(1));
    assert.equal(summary.latest.id, idOf(3));
    assert.equal(summary.longest?.id, idOf(2));
    assert.equal(await context.catalog.describe({ ...EVERYTHING, from: ['999'] }), null);
    const unknown = await context.catalog.describe({ ...EVERYTHING, in: [CHANNEL], from: [MIA] });
    assert.equal(unknown?.longest?.id, idOf(4));
  });

  test('the people of a poster are the players and mentions of the clips, without the poster', async () => {
    const soho = { Id: POSTER, Name: 'soho', Display_Name: 'soho' };
    const mia = { Id: MIA, Name: 'mia', Display_Name: 'Mia' };
    await context.catalog.apply([
      ...people,
      recordChange(1, { Players: [soho, mia], Description: 'with @mia and @ed' }),
      recordChange(2, { Description: 'gg @mia @nobody' }),
      recordChange(3, byMia),
      recordChange(4, { Poster_Id: ED, Poster: 'ed' }),
    ]);
    const summary = await context.catalog.describe({ ...EVERYTHING, from: [POSTER] });
    assert.deepEqual(summary?.people, [
      { value: MIA, label: 'Mia 🌸', count: 2 },
      { value: ED, label: 'ed', count: 1 },
    ]);
    const channel = await context.catalog.describe({ ...EVERYTHING, in: [CHANNEL] });
    assert.deepEqual(channel?.posters.slice(0, 1), [{ value: POSTER, label: 'soho', count: 2 }]);
    // The clips of a busy channel name thousands of people, and no page shows them.
    assert.deepEqual(channel.people, []);
  });

  test('a description has nothing of clips that the reader may not see', async () => {
    await context.catalog.apply([
      ...people,
      recordChange(1, { Runtime: 20, Description: 'gg @ed' }),
      recordChange(2, { Runtime: 90, channelId: HIDDEN_CHANNEL }),
      recordChange(3, { Poster_Id: ED, Poster: 'ed', channelId: HIDDEN_CHANNEL }),
    ]);
    const summary = await context.catalog.describe({ audience: STRANGERS, from: [POSTER] });
    assert.equal(summary?.count, 1);
    assert.equal(summary.longest?.id, idOf(1));
    assert.deepEqual(summary.people, []);
    const hidden = { audience: STRANGERS, in: [HIDDEN_CHANNEL] };
    assert.equal(await context.catalog.describe(hidden), null);
  });

  test('a name that two posters have had counts for neither', async () => {
    await context.catalog.apply([
      ...people,
      userChange('356003082141696429', 'other', 'mia'),
      recordChange(1, { Description: 'gg @mia' }),
      recordChange(2, byMia),
      recordChange(3, { Poster_Id: '356003082141696429', Poster: 'other' }),
    ]);
    const summary = await context.catalog.describe({ ...EVERYTHING, from: [POSTER] });
    assert.deepEqual(summary?.people, []);
  });

  test('the clips of certain days come in the order of the days, the longest first', async () => {
    await context.catalog.apply([
      ...people,
      recordChange(1, { Runtime: 20 }),
      recordChange(2, { Runtime: 90 }),
      recordChange(3, { Runtime: 50 }),
      recordChange(4, { Runtime: 99, Spoiler: true }),
      recordChange(5, { Runtime: 99, channelId: HIDDEN_CHANNEL }),
      recordChange(6, { Runtime: 99, Status: 'deleted' }),
      recordChange(7, { Runtime: 5, Date: (FIRST_MS - 365 * DAY_MS) / 1000 }),
      recordChange(8, { Runtime: 5, Date: FIRST_MS / 1000 + 86_400 }),
    ]);
    const days = [FIRST_MS, FIRST_MS - 365 * DAY_MS, FIRST_MS - 9000 * DAY_MS].map((fromMs) => ({
      fromMs,
      toMs: fromMs + DAY_MS,
    }));
    const find = async (audience: Audience) => {
      const clips = await context.catalog.findOnDays({ audience, days, perDay: 2 });
      return clips.map(({ id }) => id);
    };
    assert.deepEqual(await find(STRANGERS), [idOf(2), idOf(3), idOf(7)]);
    assert.deepEqual(await find({ everything: true }), [idOf(5), idOf(2), idOf(7)]);
  });
}
