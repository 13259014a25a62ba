import assert from 'node:assert/strict';
import { sql } from 'kysely';
import { test } from 'node:test';
import { SORTS, type CatalogClip, type ClipQuery } from '../../src/catalog/catalog.ts';
import { findHits, findInOrder } from '../../src/catalog/search/pages.ts';
import { orderOf, reversed } from '../../src/catalog/search/sorts.ts';
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

  test('the shuffled list is the same from its end to its start, whichever way it is read', async () => {
    await fill();
    const order = orderOf({ sort: 'random', seed: 0.37 });
    const list = await findInOrder(context.db, sql`true`, order, { after: null, limit: CLIPS });
    assert.equal(list.length, CLIPS);
    for (const [at, after] of list.entries()) {
      const expected = list.slice(Math.max(at - NEXT, 0), at).reverse();
      const page = { after, limit: NEXT };
      const { places } = await findHits(context.db, sql`true`, reversed(order), page);
      assert.deepEqual(places, expected, `clip ${at}`);
    }
    const last = await findInOrder(context.db, sql`true`, reversed(order), {
      after: null,
      limit: CLIPS,
    });
    assert.deepEqual(last, list.toReversed());
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

  test('rare and frequent words have neighbours among more clips than are read one by one', async () => {
    const clips = 1300;
    const rare = [0, clips / 2, clips - 1];
    const many = Array.from({ length: clips }, (_, n) =>
      recordChange(n, {
        Runtime: n + 1,
        Description: `${n % 2 === 0 ? 'ace' : 'miss'} ${rare.includes(n) ? 'rare' : ''}`,
      }),
    );
    for (let from = 0; from < clips; from += 500) {
      await context.catalog.apply(many.slice(from, from + 500));
    }
    for (const sort of SORTS) {
      const query: ClipQuery = { ...EVERYTHING, text: 'rare', sort, seed: 0.37 };
      const list = idsOf((await context.catalog.search(query, { limit: 24 })).clips);
      assert.equal(list.length, rare.length);
      for (const [at, id] of list.entries()) {
        const found = await context.catalog.findNeighbours(query, id, NEXT);
        assert.equal(found.previous?.id ?? null, list[at - 1] ?? null, `${sort} ${at}`);
        assert.deepEqual(idsOf(found.next), list.slice(at + 1), `${sort} ${at}`);
      }
    }
    const query: ClipQuery = { ...EVERYTHING, text: 'ace', sort: 'newest' };
    const { previous, next } = await context.catalog.findNeighbours(query, idOf(2), NEXT);
    assert.deepEqual([previous?.id, idsOf(next)], [idOf(4), [idOf(0)]]);
  });
});
