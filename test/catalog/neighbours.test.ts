import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SORTS, type CatalogClip, type ClipQuery } from '../../src/catalog/catalog.ts';
import { channelChange, CHANNEL, EVERYTHING, idOf, recordChange } from './changes.ts';
import { onEachDatabase } from './databases.ts';

const PRIVATE_CHANNEL = '1196521684992000059';
const VISITOR: ClipQuery = { audience: { everything: false, channelIds: [] } };
const CLIPS = 40;
const SEEDS = [0, 0.37];
const NEXT = 5;

const idsOf = (clips: readonly CatalogClip[]) => clips.map(({ id }) => id);

onEachDatabase('the neighbours of a clip', (context) => {
  /** Fills the catalog with clips of which many have the same time or the same length. */
  async function fill(): Promise<void> {
    await context.catalog.apply([
      channelChange(CHANNEL, 'clips'),
      channelChange(PRIVATE_CHANNEL, 'private', { Public: false }),
      ...Array.from({ length: CLIPS }, (_, n) =>
        recordChange(n, {
          Date: 1_709_287_200 + Math.floor(n / 3) * 4_000_000,
          Runtime: n % 7 === 0 ? null : n % 5,
          Description: n % 2 === 0 ? 'lucky ace' : 'unlucky',
          Spoiler: n % 4 === 0,
          ...(n % 6 === 5 ? { channelId: PRIVATE_CHANNEL } : {}),
        }),
      ),
    ]);
  }

  test('in every order, they are the clips beside the clip in the list of the same search', async () => {
    await fill();
    const filters: ClipQuery[] = [
      VISITOR,
      { ...EVERYTHING, text: 'lucky' },
      { ...EVERYTHING, longerSeconds: 1 },
    ];
    for (const filter of filters) {
      for (const sort of SORTS) {
        for (const seed of sort === 'random' ? SEEDS : [0]) {
          const query = { ...filter, sort, seed };
          const list = idsOf((await context.catalog.search(query, { limit: 240 })).clips);
          assert.ok(list.length > NEXT);
          for (const at of [0, Math.floor(list.length / 2), list.length - 1]) {
            const found = await context.catalog.findNeighbours(query, list[at] ?? '', NEXT);
            const about = `${JSON.stringify(query)}, clip ${at}`;
            assert.equal(found.previous?.id ?? null, list[at - 1] ?? null, about);
            assert.deepEqual(idsOf(found.next), list.slice(at + 1, at + 1 + NEXT), about);
          }
        }
      }
    }
  });

  test('a clip that does not match the search has neighbours where it would be', async () => {
    await fill();
    const query: ClipQuery = { ...EVERYTHING, isSpoiler: true, sort: 'oldest' };
    const { previous, next } = await context.catalog.findNeighbours(query, idOf(13), 2);
    assert.equal(previous?.id, idOf(12));
    assert.deepEqual(idsOf(next), [idOf(16), idOf(20)]);
  });

  test('a clip that the catalog lacks has none, and neither has a text that is no id', async () => {
    await fill();
    for (const id of [idOf(CLIPS), '', '1', "1-1' or true --", '\0']) {
      const found = await context.catalog.findNeighbours(EVERYTHING, id, NEXT);
      assert.deepEqual(found, { previous: null, next: [] });
    }
  });

  test('the end of the list is found among more clips than a search counts', async () => {
    const many = Array.from({ length: 700 }, (_, n) =>
      recordChange(n, { Runtime: n, Description: n % 2 === 0 ? 'ace' : 'miss' }),
    );
    await context.catalog.apply(many);
    for (const [sort, first, last] of [
      ['newest', 698, 0],
      ['oldest', 0, 698],
      ['longest', 698, 0],
    ] as const) {
      const query: ClipQuery = { ...EVERYTHING, text: 'ace', sort };
      const step = first > last ? -2 : 2;
      const start = await context.catalog.findNeighbours(query, idOf(first), NEXT);
      assert.equal(start.previous, null, sort);
      assert.deepEqual(
        idsOf(start.next),
        [1, 2, 3, 4, 5].map((n) => idOf(first + n * step)),
        sort,
      );
      const end = await context.catalog.findNeighbours(query, idOf(last), NEXT);
      assert.deepEqual([end.previous?.id, end.next], [idOf(last - step), []], sort);
    }
  });
});
