import assert from 'node:assert/strict';
import { sql, type Kysely } from 'kysely';
import { test } from 'node:test';
import type { Audience, Catalog } from '../../src/catalog/catalog.ts';
import type { CatalogTables } from '../../src/catalog/schema/tables.ts';
import type { OldRecord } from '../../src/library/gallery/old-record.ts';
import { aLibrary } from '../support/a-library.ts';
import { heapBytes } from '../support/heap-bytes.ts';
import {
  CHANNEL,
  channelChange,
  EVERYTHING,
  idOf,
  POSTER,
  recordChange,
  userChange,
} from './changes.ts';
import { onEachDatabase } from './databases.ts';

const OTHER_CHANNEL = '1196521684992000059';
const THIRD_CHANNEL = '1196521684992000060';
const OTHER_POSTER = '356003082141696427';
const STRANGER: Audience = { everything: false, channelIds: [] };

/** Adds clips, of which each message has 1,000 characters. Their ids begin with `first`. */
async function addClips(db: Kysely<CatalogTables>, count: number, first: string): Promise<void> {
  await sql`
    insert into clips
    select id, ${CHANNEL}, null, ${POSTER}, ${POSTER}, 'soho', 'live', 1.7e12 + n, 20, 0.5, null, null, null, '{}', false,
      false, false, false, 'mp4', ''
    from generated(${first}, ${count})`.execute(db);
  await sql`
    insert into clip_details
    select id, json_build_object('title', 'clip ' || n, 'description', repeat('words ', 170), 'filename', 'clip',
      'messageLink', 'https://discord.com/channels/@me/1/2', 'players', json_build_array())
    from generated(${first}, ${count})`.execute(db);
}

/** Parses a line of the object: `{"<Id>":{…},` or `"<Id>":{…}}` or what is between. */
function recordIn(line: string): Record<string, OldRecord> {
  return JSON.parse(`{${line.replace(/^\{/, '').replace(/,$|(?<=\})\}$/, '')}}`) as Record<
    string,
    OldRecord
  >;
}

onEachDatabase('the lists of live clips', (context, kind) => {
  const { audience: everything } = EVERYTHING;
  const firstPage = { after: null, limit: 100 };

  test('live clips are listed in the order of their ids, with the name in their record', async () => {
    await context.catalog.apply([
      recordChange(3, { Poster: 'soho' }),
      recordChange(1, { Poster: 'oldsoho' }),
      ...['archiving', 'unreachable', 'deleted', 'stopped', 'purged'].map((Status, at) =>
        recordChange(10 + at, { Status }),
      ),
      recordChange(2),
      userChange(POSTER, 'newsoho'),
    ]);
    const { clips, next } = await context.catalog.listLive(everything, firstPage);
    assert.equal(next, null);
    assert.deepEqual(
      clips.map(({ clip, recordedName }) => [clip.id, recordedName, clip.poster.username]),
      [
        [idOf(1), 'oldsoho', 'newsoho'],
        [idOf(2), 'soho', 'newsoho'],
        [idOf(3), 'soho', 'newsoho'],
      ],
    );
    const second = await context.catalog.listLive(everything, { after: idOf(1), limit: 1 });
    assert.deepEqual(
      second.clips.map(({ clip }) => clip.id),
      [idOf(2)],
    );
    assert.equal(second.next, idOf(2));
  });

  test('each name in a record is listed once, with the poster of its latest clip', async () => {
    await context.catalog.apply([
      recordChange(1, { Poster: 'Zoé' }),
      recordChange(2, { Poster: 'soho' }),
      recordChange(3, { Poster: 'soho', Poster_Id: OTHER_POSTER }),
      recordChange(4, { Poster: 'gone', Status: 'deleted' }),
      userChange(POSTER, 'newsoho', 'So'),
    ]);
    const listed = await context.catalog.listRecordedPosters(everything);
    assert.deepEqual(
      listed.map(({ recordedName, poster }) => [recordedName, poster.username, poster.avatar?.key]),
      [
        ['Zoé', 'newsoho', `userData/${POSTER}.png`],
        ['soho', 'soho', undefined],
      ],
    );
  });

  test('a stranger gets the clips and names of public channels, and of those that the settings add', async () => {
    await context.catalog.apply([
      recordChange(1, { Poster: 'a' }),
      recordChange(2, { Poster: 'b', channelId: OTHER_CHANNEL }),
      recordChange(3, { Poster: 'c', channelId: THIRD_CHANNEL }),
      channelChange(CHANNEL, 'clips'),
      channelChange(OTHER_CHANNEL, 'staff', { Public: false }),
    ]);
    const seen = async (audience: Audience) => {
      const { clips } = await context.catalog.listLive(audience, firstPage);
      const names = await context.catalog.listRecordedPosters(audience);
      assert.deepEqual(
        clips.map(({ recordedName }) => recordedName),
        names.map(({ recordedName }) => recordedName),
      );
      return names.map(({ recordedName }) => recordedName).join('');
    };
    assert.equal(await seen(STRANGER), 'a');
    assert.equal(await seen({ everything: false, channelIds: [THIRD_CHANNEL] }), 'ac');
    assert.equal(await seen({ everything: true }), 'abc');
  });

  // The statements are the same on PostgreSQL, and 10,000 clips take 2 s.
  const skip = kind.name !== 'PGlite' && 'tested on PGlite';
  test(
    'the old gallery gets 10,000 clips, each once, while clips are added, in the memory of a page',
    { skip },
    async () => {
      const { db, catalog } = context;
      await sql`create or replace function generated(first text, count integer) returns table (id text, n integer)
      language sql as $$
        select first || lpad(n::text, 12, '0') || '-2' || lpad(n::text, 12, '0'), n from generate_series(1, count) n
      $$`.execute(db);
      await addClips(db, 10_000, '105');
      const places: (string | null)[] = [];
      const counting: Catalog = {
        ...catalog,
        async listLive(audience, page) {
          places.push(page.after);
          return await catalog.listLive(audience, page);
        },
      };
      const library = aLibrary({ source: counting });
      const response = await library.get('/discord-clip-library/messages');
      assert.equal(response.status, 200, library.logged.join('\n'));
      const before = heapBytes();
      let bytes = 0;
      let mostHeap = 0;
      let rest = '';
      const ids: string[] = [];
      const decoder = new TextDecoder();
      assert.ok(response.body);
      for await (const chunk of response.body as AsyncIterable<Uint8Array>) {
        bytes += chunk.byteLength;
        // Only the ids are kept. A record is on one line.
        const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n');
        rest = lines.pop() ?? '';
        ids.push(...lines.flatMap((line) => Object.keys(recordIn(line))));
        if (places.length === 10) {
          // Clips before and after the place of the reader, as a backfill and new messages add them.
          await addClips(db, 500, '104');
          await addClips(db, 500, '106');
        }
        if (places.length % 10 === 0) mostHeap = Math.max(mostHeap, heapBytes());
      }
      assert.equal(rest, '');
      assert.equal(new Set(ids).size, ids.length);
      assert.equal(ids.filter((id) => id.startsWith('105')).length, 10_000);
      assert.equal(ids.filter((id) => id.startsWith('104')).length, 0);
      assert.equal(ids.filter((id) => id.startsWith('106')).length, 500);
      assert.ok(bytes > 14_000_000, `${bytes} bytes`);
      assert.ok(mostHeap - before < 4_000_000, `${mostHeap - before} more bytes of heap`);
    },
  );
});
