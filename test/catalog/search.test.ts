import assert from 'node:assert/strict';
import { sql } from 'kysely';
import { test } from 'node:test';
import {
  MAX_COUNT,
  type Audience,
  type ClipPage,
  type ClipQuery,
  type SuggestionKind,
} from '../../src/catalog/catalog.ts';
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
import { testDescriptions } from './descriptions.ts';

const OTHER_CHANNEL = '1196521684992000059';
const OTHER_POSTER = '356003082141696427';

function numbersOf(clips: ClipPage['clips']): number[] {
  return clips.map(({ id }) => Number(BigInt(id.split('-')[0] ?? '') - 1_213_063_181_631_516_600n));
}

onEachDatabase('a search', (context) => {
  async function search(
    query: Partial<ClipQuery>,
    page: { after?: string | undefined; limit?: number } = {},
  ) {
    return await context.catalog.search(
      { ...EVERYTHING, ...query },
      { limit: page.limit ?? 24, ...(page.after === undefined ? {} : { after: page.after }) },
    );
  }
  async function found(query: Partial<ClipQuery>): Promise<number[]> {
    return numbersOf((await search(query)).clips);
  }

  testDescriptions(context);

  test('every word must begin a word of the clip, without regard to case, accents and order', async () => {
    await context.catalog.apply([
      recordChange(1, { Description: 'LÜCKY ace on Dust' }),
      recordChange(2, { Description: 'unlucky' }),
      recordChange(3, { Title: 'Straße', Filename: 'Ænima', Game: 'Half-Life', Alt_Text: 'żółć' }),
      recordChange(4, { Players: [{ Id: '1', Name: 'ivo', Display_Name: 'Łukasz 🎮' }] }),
      recordChange(5, { Description: '神プレイ集 эйс 한국어' }),
    ]);
    assert.deepEqual(await found({ text: 'ace luc' }), [1]);
    assert.deepEqual(await found({ text: 'lucky dust2' }), []);
    assert.deepEqual(await found({ text: 'strasse aenima half zolc' }), [3]);
    assert.deepEqual(await found({ text: 'LUKASZ 🎮' }), [4]);
    assert.deepEqual(await found({ text: 'プレイ' }), [5]);
    assert.deepEqual(await found({ text: '集' }), [5]);
    assert.deepEqual(await found({ text: 'プ集' }), []);
    assert.deepEqual(await found({ text: 'ЭЙС 한류' }), []);
    assert.deepEqual(await found({ text: 'ЭЙС 한국' }), [5]);
  });

  test('the words of a phrase must stand one after the other, as whole words of one text', async () => {
    await context.catalog.apply([
      recordChange(1, { Description: 'what a LÜCKY, ace! on dust' }),
      recordChange(2, { Description: 'ace, so lucky' }),
      recordChange(3, { Description: 'lucky aces' }),
      recordChange(4, { Title: 'lucky', Description: 'ace' }),
      recordChange(5, { Title: 'Half-Life 2', Filename: 'lucky ace', Game: 'Half-Life 2' }),
      recordChange(6, { Description: '神プレイ集 ace' }),
      recordChange(7, { Description: 'a long way to the lucky draw, then lucky ace' }),
    ]);
    const cases: [Partial<ClipQuery>, number[]][] = [
      [{ exact: ['lucky ace'] }, [7, 5, 1]],
      [{ exact: ['Lucky  ACE?'], text: 'dus' }, [1]],
      [{ exact: ['ace'] }, [7, 6, 5, 4, 2, 1]],
      [{ exact: ['lucky'], text: 'ace' }, [7, 5, 4, 3, 2, 1]],
      [{ exact: ['lucky ace', 'half life'] }, [5]],
      [{ exact: ['lucky ace'], sort: 'random', seed: 0.5, from: ['soho'], text: 'dust' }, [1]],
      [{ exact: ['lucky ace'], sort: 'oldest' }, [1, 5, 7]],
      [{ exact: ['ace lucky draw'] }, []],
      [{ exact: ['プレイ'] }, [6]],
      [{ exact: ['集 ace'] }, [6]],
      [{ exact: ['プ集'] }, []],
      [{ exact: ['way to the lucky draw then'] }, [7]],
      [{ exact: ['!?', ''] }, [7, 6, 5, 4, 3, 2, 1]],
    ];
    for (const [query, expected] of cases) {
      assert.deepEqual(await found(query), expected, JSON.stringify(query));
    }
    const { posters } = await context.catalog.countFacets({ ...EVERYTHING, exact: ['lucky ace'] });
    assert.equal(posters[0]?.count, 3);
  });

  test('a word with a minus leaves out exactly the clips that the word finds', async () => {
    await context.catalog.apply([
      channelChange(OTHER_CHANNEL, 'fails'),
      userChange(OTHER_POSTER, 'mia', 'Failure Queen'),
      recordChange(1, { Description: 'ace' }),
      recordChange(2, { Description: 'ace fail' }),
      recordChange(3, { Description: 'ace, failing again' }),
      recordChange(4, { Description: 'ace', channelId: OTHER_CHANNEL }),
      recordChange(5, { Description: 'ace', Poster: 'mia', Poster_Id: OTHER_POSTER }),
      recordChange(6, { Description: 'ace of spades', Runtime: 9 }),
    ]);
    const cases: [Partial<ClipQuery>, number[]][] = [
      [{ text: 'ace fail' }, [5, 4, 3, 2]],
      [{ text: 'ace', without: ['fail'] }, [6, 1]],
      [{ without: ['FAIL'] }, [6, 1]],
      [{ without: ['fail', 'spades'], sort: 'oldest' }, [1]],
      [{ without: ['fail'], sort: 'random' }, [1, 6]],
      [{ without: ['fail'], longerSeconds: 5 }, [6]],
      [{ exact: ['ace'], without: ['failing'] }, [6, 5, 4, 2, 1]],
      [{ text: 'ace', without: ['of spades'] }, [5, 4, 3, 2, 1]],
      [{ text: 'ace', without: ['spades of'] }, [6, 5, 4, 3, 2, 1]],
      [{ without: ['!', ''] }, [6, 5, 4, 3, 2, 1]],
    ];
    for (const [query, expected] of cases) {
      const clips = await found(query);
      const isShuffled = query.sort === 'random';
      assert.deepEqual(isShuffled ? clips.toSorted() : clips, expected, JSON.stringify(query));
    }
    const { count, next } = await search({ without: ['fail'] }, { limit: 1 });
    assert.equal(count, 2);
    const second = await search({ without: ['fail'] }, { limit: 1, after: next ?? '' });
    assert.deepEqual(numbersOf(second.clips), [1]);
    const audience = { everything: false, channelIds: [CHANNEL] } as const;
    assert.deepEqual(await found({ audience, without: ['fail'] }), [6, 1]);
  });

  test('a clip is found by the names of its channel and poster, past and present', async () => {
    await context.catalog.apply([
      recordChange(1, { Poster: 'oldsoho' }),
      recordChange(2, { Poster: 'soho' }),
      recordChange(3, { Poster_Id: OTHER_POSTER, Poster: 'mia', channelId: OTHER_CHANNEL }),
      channelChange(CHANNEL, 'overtime', {
        Parent_Id: '1196521684992000060',
        Parent_Name: 'matches',
      }),
      userChange(POSTER, 'soho', 'Queen of Hearts'),
    ]);
    for (const text of ['oldsoho', 'hearts queen', 'overtime', 'matches hearts']) {
      assert.deepEqual(await found({ text }), [2, 1], text);
    }
    await context.catalog.apply([channelChange(CHANNEL, 'highlights')]);
    assert.deepEqual(await found({ text: 'highlights' }), [2, 1]);
    assert.deepEqual(await found({ text: 'overtime' }), []);
    await context.catalog.apply([userChange(POSTER, 'renamed')]);
    assert.deepEqual(await found({ text: 'hearts' }), [2, 1]);
    assert.deepEqual(await found({ text: 'renamed' }), [2, 1]);
  });

  test('each filter keeps only the clips that fit', async () => {
    await context.catalog.apply([
      recordChange(1, { Runtime: 30, Width: 1080, Height: 1920, Has_Audio: false, Spoiler: true }),
      recordChange(2, { Runtime: 60, Game: 'Half-Life 2', Poster_Id: OTHER_POSTER, Poster: 'mia' }),
      recordChange(3, { channelId: OTHER_CHANNEL, Description: 'thanks @Marlow' }),
      recordChange(4, { Players: [{ Id: '77', Name: 'ivo', Display_Name: 'Ivo the Great' }] }),
      channelChange(CHANNEL, 'overtime'),
      channelChange(OTHER_CHANNEL, 'a thread', { Parent_Id: CHANNEL, Parent_Name: 'overtime' }),
      userChange(OTHER_POSTER, 'mia', 'Mia 🌸'),
    ]);
    const { postedAtMs = 0 } = (await context.catalog.findClip(idOf(2))) ?? {};
    const cases: [Partial<ClipQuery>, number[]][] = [
      [{}, [4, 3, 2, 1]],
      [{ from: ['MIA'] }, [2]],
      [{ from: ['mia 🌸', 'nobody'] }, [2]],
      [{ from: [POSTER] }, [4, 3, 1]],
      [{ from: ['nobody'] }, []],
      [{ from: [] }, [4, 3, 2, 1]],
      [{ in: ['Overtime'] }, [4, 3, 2, 1]],
      [{ in: [OTHER_CHANNEL] }, [3]],
      [{ in: ['a thread'] }, [3]],
      [{ with: ['marlow'] }, [3]],
      [{ with: ['ivo the great'] }, [4]],
      [{ with: ['77', 'Marlow'] }, [4, 3]],
      [{ game: ['half life 2'] }, [2]],
      [{ beforeMs: postedAtMs }, [1]],
      [{ afterMs: postedAtMs }, [4, 3, 2]],
      [{ longerSeconds: 30 }, [2, 1]],
      [{ shorterSeconds: 30 }, [1]],
      [{ isVertical: true }, [1]],
      [{ isVertical: false }, [4, 3, 2]],
      [{ isSilent: true }, [1]],
      [{ isSpoiler: true }, [1]],
      [{ longerSeconds: NaN, beforeMs: Infinity }, [4, 3, 2, 1]],
      [{ from: ['mia'], game: ['half life 2'], text: 'mia' }, [2]],
      [{ from: ['mia'], isSpoiler: true }, []],
    ];
    for (const [query, expected] of cases) {
      assert.deepEqual(await found(query), expected, JSON.stringify(query));
    }
  });

  test('deleted clips are listed only on request, and purged clips never', async () => {
    await context.catalog.apply([
      recordChange(1, { Status: 'deleted' }),
      recordChange(2, { Status: 'purged' }),
      recordChange(3, { Status: 'stopped' }),
      recordChange(4, { Status: 'unreachable' }),
      recordChange(5, { Status: 'archiving' }),
    ]);
    assert.deepEqual(await found({}), [5, 4, 3]);
    assert.deepEqual(await found({ showDeleted: true }), [5, 4, 3, 1]);
  });

  test('a reader of public channels sees those and the listed channels, nothing else', async () => {
    const unknown = '1196521684992000061';
    await context.catalog.apply([
      channelChange(CHANNEL, 'public'),
      channelChange(OTHER_CHANNEL, 'private', { Public: false }),
      recordChange(1),
      recordChange(2, { channelId: OTHER_CHANNEL }),
      recordChange(3, { channelId: unknown }),
    ]);
    const audience = (...channelIds: string[]) => ({ everything: false, channelIds }) as const;
    assert.deepEqual(await found({ audience: audience() }), [1]);
    assert.deepEqual(await found({ audience: audience(OTHER_CHANNEL) }), [2, 1]);
    assert.deepEqual(await found({ audience: audience(unknown), text: 'soho' }), [3, 1]);
    assert.deepEqual(await found({ audience: audience(), in: ['private'] }), []);
    await context.catalog.apply([channelChange(CHANNEL, 'public', { Public: false })]);
    assert.deepEqual(await found({ audience: audience() }), []);
    const facets = await context.catalog.countFacets({ audience: audience(OTHER_CHANNEL) });
    assert.deepEqual(facets.channels, [{ value: OTHER_CHANNEL, label: 'private', count: 1 }]);
  });

  test('pages in each order have every clip once, also if clips are equal or new', async () => {
    const runtimes = [5, 9, 5, undefined, 7, 5, 1, 5];
    await context.catalog.apply(
      runtimes.map((Runtime, at) => recordChange(at, { Runtime, Date: 1_709_287_200 + (at >> 1) })),
    );
    async function pages(query: Partial<ClipQuery>, limit: number): Promise<number[]> {
      const numbers: number[] = [];
      let after: string | undefined;
      for (let pageNumber = 0; pageNumber < 10; pageNumber++) {
        const { clips, next, count } = await search(query, { after, limit });
        assert.equal(count, 8);
        numbers.push(...numbersOf(clips));
        if (next === null) return numbers;
        after = next;
      }
      throw new Error('the pages do not end');
    }
    for (const limit of [1, 3, 4, 8]) {
      assert.deepEqual(await pages({ sort: 'newest' }, limit), [7, 6, 5, 4, 3, 2, 1, 0]);
      assert.deepEqual(await pages({ sort: 'oldest' }, limit), [0, 1, 2, 3, 4, 5, 6, 7]);
      assert.deepEqual(await pages({ sort: 'longest' }, limit), [1, 4, 7, 5, 2, 0, 6, 3]);
    }
    const fromStart = await pages({ sort: 'random', seed: 0 }, 3);
    assert.deepEqual(fromStart.toSorted(), [0, 1, 2, 3, 4, 5, 6, 7]);
    const fromMiddle = await pages({ sort: 'random', seed: 0.5 }, 3);
    assert.notDeepEqual(fromMiddle, fromStart);
    assert.deepEqual(rotated(fromMiddle, fromStart[0]), fromStart);
    const first = await search({}, { limit: 3 });
    await context.catalog.apply([recordChange(20)]);
    const second = await search({}, { limit: 3, after: first.next ?? '' });
    assert.deepEqual(numbersOf(second.clips), [4, 3, 2]);
  });

  test('if a cursor is damaged, forged or of another order, the first page is shown', async () => {
    await context.catalog.apply([recordChange(1), recordChange(2)]);
    const { next } = await search({}, { limit: 1 });
    const forged = [
      ...['', 'x', '%00', '\0', 'x'.repeat(10_000), `${next ?? ''}x`.slice(3)],
      ...['[]', '["newest",1]', '["newest",1e999,"1-1"]', '["newest",1,"\u0000"]', 'null'].map(
        (text) => Buffer.from(text).toString('base64url'),
      ),
    ];
    for (const after of forged) {
      assert.deepEqual(numbersOf((await search({}, { after, limit: 1 })).clips), [2], after);
    }
    const ofOtherOrder = await search({ sort: 'oldest' }, { after: next ?? '', limit: 1 });
    assert.deepEqual(numbersOf(ofOtherOrder.clips), [1]);
  });

  test('a count stops at 1,001, and the pages go on in every order', async () => {
    await context.catalog.apply(
      Array.from({ length: 1100 }, (_, n) => recordChange(n, { Description: 'many', Runtime: n })),
    );
    await context.catalog.apply([recordChange(1200, { Description: 'single', Runtime: 2000 })]);
    for (const sort of ['newest', 'longest'] as const) {
      const first = await search({ text: 'many', sort }, { limit: 240 });
      assert.equal(first.count, MAX_COUNT);
      assert.deepEqual(numbersOf(first.clips).slice(0, 2), [1099, 1098]);
      const second = await search({ text: 'many', sort }, { limit: 240, after: first.next ?? '' });
      assert.deepEqual(numbersOf(second.clips).slice(0, 2), [859, 858]);
    }
    const numbers: number[] = [];
    let after: string | undefined;
    do {
      const page = await search({ sort: 'random', seed: 0.9 }, { limit: 240, after });
      numbers.push(...numbersOf(page.clips));
      after = page.next ?? undefined;
    } while (after !== undefined);
    assert.equal(numbers.length, 1101);
    assert.equal(new Set(numbers).size, 1101);
    const facets = await context.catalog.countFacets(EVERYTHING);
    assert.deepEqual(facets.posters, [{ value: POSTER, label: 'soho', count: MAX_COUNT }]);
    const single = await search({ text: 'single' });
    assert.equal(single.count, 1);
  });

  test('pages go on through clips of many years, also if all matches are far from the start', async () => {
    const yearSeconds = 365 * 24 * 60 * 60;
    const start = 1_420_070_400;
    const clip = (n: number, year: number, text: string) =>
      recordChange(n, {
        Description: text,
        Date: start + year * yearSeconds + n,
        Runtime: 5000 - n,
      });
    await context.catalog.apply([
      ...Array.from({ length: 1050 }, (_, n) => clip(n, 0, 'kettle')),
      ...Array.from({ length: 3100 }, (_, n) => clip(2000 + n, 0, 'pan')),
      ...Array.from({ length: 30 }, (_, n) => clip(6000 + n, 1 + (n % 10), 'rare')),
    ]);
    const newest = await search({ text: 'kettle' }, { limit: 3 });
    assert.deepEqual([newest.count, numbersOf(newest.clips)], [MAX_COUNT, [1049, 1048, 1047]]);
    const next = await search({ text: 'kettle' }, { limit: 3, after: newest.next ?? '' });
    assert.deepEqual([next.count, numbersOf(next.clips)], [MAX_COUNT, [1046, 1045, 1044]]);
    const longest = await search({ text: 'pan', sort: 'longest' }, { limit: 2 });
    assert.deepEqual([longest.count, numbersOf(longest.clips)], [MAX_COUNT, [2000, 2001]]);
    for (const sort of ['newest', 'oldest'] as const) {
      const numbers: number[] = [];
      let after: string | undefined;
      do {
        const page = await search({ text: 'rare', sort }, { limit: 7, after });
        assert.equal(page.count, 30);
        numbers.push(...numbersOf(page.clips));
        after = page.next ?? undefined;
      } while (after !== undefined);
      const expected = Array.from({ length: 30 }, (_, n) => n)
        .sort((a, b) => (a % 10) - (b % 10) || a - b)
        .map((n) => 6000 + n);
      assert.deepEqual(numbers, sort === 'oldest' ? expected : expected.toReversed());
    }
    const year = {
      afterMs: (start + 3 * yearSeconds) * 1000,
      beforeMs: (start + 4 * yearSeconds) * 1000,
    };
    assert.equal((await search({ text: 'rare', ...year })).count, 3);
    const { clips } = await context.catalog.readState();
    assert.ok(clips > 2000 && clips < 20_000, `${clips} clips`);
    await sql`update clips set status = 'purged'`.execute(context.db);
    assert.equal((await context.catalog.readState()).clips, 0);
  });

  test('close matches are a block of their own, only on the first page with few exact hits', async () => {
    await context.catalog.apply([
      recordChange(1, { Description: 'lucky ace' }),
      recordChange(2, { Description: 'lukcy' }),
      recordChange(3, { Description: 'tournament' }),
      ...Array.from({ length: 9 }, (_, n) => recordChange(10 + n, { Description: 'clutch' })),
      recordChange(30, { Description: 'clatch' }),
      recordChange(31, { Poster_Id: OTHER_POSTER, Poster: 'whistler' }),
    ]);
    const lucky = await search({ text: 'lukcy' });
    assert.deepEqual([numbersOf(lucky.clips), numbersOf(lucky.closeMatches)], [[2], [1]]);
    assert.deepEqual([lucky.count, lucky.next], [1, null]);
    for (const text of ['tournmaent', 'tuornament', 'tournamen', 'turnamnt']) {
      const { clips, closeMatches } = await search({ text });
      assert.deepEqual(numbersOf([...clips, ...closeMatches]), [3], text);
    }
    assert.deepEqual(numbersOf((await search({ text: 'wihstler' })).closeMatches), [31]);
    assert.deepEqual(numbersOf((await search({ text: 'lukcy ace' })).closeMatches), [1]);
    assert.deepEqual((await search({ text: 'clutch' })).closeMatches, []);
    assert.deepEqual((await search({ text: 'clatch' })).closeMatches.length, 9);
    assert.deepEqual((await search({ text: 'lukcy', from: [OTHER_POSTER] })).closeMatches, []);
    const close = async (query: Partial<ClipQuery>) =>
      numbersOf((await search({ text: 'lukcy', ...query })).closeMatches);
    assert.deepEqual(await close({}), [1]);
    assert.deepEqual(await close({ exact: ['ace'] }), [1]);
    assert.deepEqual(await close({ exact: ['ace lucky'] }), []);
    assert.deepEqual(await close({ without: ['ace'] }), []);
    assert.deepEqual(await close({ without: ['lucky ace'] }), []);
    assert.deepEqual(await close({ in: [OTHER_CHANNEL] }), []);
    assert.deepEqual((await search({ text: 'acc' })).closeMatches, [], 'too short for errors');
    assert.deepEqual((await search({ text: 'zzzzqqqq' })).closeMatches, []);
    assert.deepEqual((await search({})).closeMatches, []);
  });

  test('the words that a typing error may mean are looked up once, and again after a change', async () => {
    await context.catalog.apply([recordChange(1, { Description: 'overtime' })]);
    const close = async () => numbersOf((await search({ text: 'overtiem' })).closeMatches);
    assert.deepEqual(await close(), [1]);
    await sql`delete from vocabulary`.execute(context.db);
    assert.deepEqual(await close(), [1]);
    await context.catalog.apply([recordChange(2, { Description: 'ace' })]);
    assert.deepEqual(await close(), []);
  });

  test('a text of any kind is never an error', async () => {
    await context.catalog.apply([recordChange(1, { Description: "O'Brien" })]);
    const texts = [
      ...[
        '\0',
        '%00',
        '\ud800',
        "'; drop table clips; --",
        "a' & !b | (c:*",
        "\\'",
        '"',
        '<->',
        ':*',
        '!!',
        '()',
      ],
      ...[
        'x'.repeat(10_000),
        'a '.repeat(5000),
        '🔥'.repeat(300),
        '\u0301',
        '👨‍👩‍👧',
        '\u202e',
        'ﷺ'.repeat(200),
      ],
      ...['神'.repeat(300), '$1', '{}', '\n\t', 'é'.repeat(500)],
    ];
    for (const text of texts) {
      for (const query of [
        { text },
        { from: [text] },
        { in: [text] },
        { with: [text] },
        { game: [text] },
        { exact: [text] },
        { without: [text] },
      ]) {
        const { count } = await search(query);
        assert.ok(count === 0 || count === 1);
        await context.catalog.countFacets({ ...EVERYTHING, ...query });
      }
      const kinds = ['person', 'player', 'channel', 'game'] as const;
      await context.catalog.suggest({ ...EVERYTHING, typed: text, kinds, limit: 8 });
      assert.equal(await context.catalog.findClip(text), null);
      assert.equal(await context.catalog.findLink(text), null);
      assert.equal(await context.catalog.findOldId(text), null);
    }
    assert.deepEqual(await found({ text: "o'brien" }), [1]);
    assert.deepEqual(await found({ text: '!' }), [1]);
  });

  test('names are suggested by the beginnings of their words, the most clips first', async () => {
    const suggest = async (typed: string, kinds: readonly SuggestionKind[]) => {
      const suggested = await context.catalog.suggest({ ...EVERYTHING, typed, kinds, limit: 8 });
      return suggested.map(({ kind, name, label, count }) => `${kind} ${name} ${label} ${count}`);
    };
    const webhook = { Webhook_Id: '7', Poster_Id: '7', User_Data: 'userData/7-ab.json' };
    await context.catalog.apply([
      channelChange(CHANNEL, 'overtime'),
      channelChange(OTHER_CHANNEL, 'a thread', { Parent_Id: CHANNEL, Parent_Name: 'overtime' }),
      userChange(POSTER, 'soho', 'Queen of Hearts'),
      userChange(OTHER_POSTER, 'sophie'),
      recordChange(1, { Poster: 'oldname', Game: 'Half-Life 2' }),
      recordChange(2, { Poster_Id: OTHER_POSTER, Poster: 'sophie', Game: 'Half-Life' }),
      recordChange(3, { Poster_Id: OTHER_POSTER, Poster: 'sophie', Game: 'HALF LIFE' }),
      recordChange(4, { ...webhook, Poster: 'Bridge', channelId: OTHER_CHANNEL }),
      recordChange(5, { Description: 'gg @sophie @oldname' }),
      recordChange(6, { Status: 'deleted', Game: 'Life', Poster_Id: '9', Poster: 'soren' }),
    ]);
    const all = ['person', 'channel', 'game'] as const;
    const cases: [string, readonly SuggestionKind[], string[]][] = [
      ['so', ['person'], ['person soho Queen of Hearts 2', 'person sophie sophie 2']],
      ['OLD', ['person'], ['person soho Queen of Hearts 2']],
      ['hearts que', all, ['person soho Queen of Hearts 2']],
      ['bri', all, ['person Bridge Bridge 1']],
      ['over', all, ['channel overtime overtime 4', 'channel a thread a thread 1']],
      ['life', all, ['game HALF LIFE HALF LIFE 2', 'game Half-Life 2 Half-Life 2 1']],
      ['half-life 2', all, ['game Half-Life 2 Half-Life 2 1']],
      ['sohpie', all, ['person sophie sophie 2']],
      ['sorne', all, []],
      ['if', all, []],
      ['!', all, []],
      ['sop', ['player'], ['player sophie sophie 1']],
      ['old', ['player'], ['player oldname oldname 1']],
      ['queen', ['player'], []],
    ];
    for (const [typed, kinds, expected] of cases) {
      assert.deepEqual(await suggest(typed, kinds), expected, typed);
    }
    assert.deepEqual(await suggest('', ['game']), [
      'game HALF LIFE HALF LIFE 2',
      'game Half-Life 2 Half-Life 2 1',
    ]);
    assert.equal((await suggest('', all)).length, 7);
    assert.deepEqual(await suggest('', ['channel']), [
      'channel overtime overtime 4',
      'channel a thread a thread 1',
    ]);
    const [queen] = await context.catalog.suggest({
      ...EVERYTHING,
      ...{ typed: 'q', kinds: ['person'], limit: 8, showDeleted: true },
    });
    assert.equal(queen?.value, POSTER);
  });

  test('suggestions and avatars are only those of clips that the reader may see', async () => {
    await context.catalog.apply([
      channelChange(CHANNEL, 'secret', { Public: false }),
      channelChange(OTHER_CHANNEL, 'shown'),
      userChange(POSTER, 'soho'),
      userChange(OTHER_POSTER, 'sophie'),
      recordChange(1, { Game: 'Solo' }),
      recordChange(2, { Poster_Id: OTHER_POSTER, Poster: 'sophie' }),
      recordChange(3, { Poster_Id: OTHER_POSTER, channelId: OTHER_CHANNEL, Poster: 'sophie' }),
      recordChange(4, { channelId: OTHER_CHANNEL, Status: 'deleted', Game: 'Sonic' }),
    ]);
    const seen = async (audience: Audience, showDeleted = false) => {
      const kinds = ['person', 'channel', 'game'] as const;
      const found: string[] = [];
      for (const typed of ['s', 'sohp', '']) {
        const query = { audience, showDeleted, typed, kinds, limit: 8 };
        const names = await context.catalog.suggest(query);
        found.push(names.map(({ name, count }) => `${name} ${count}`).join(', '));
      }
      return found;
    };
    const visitor = { everything: false, channelIds: [] } as const;
    const member = { everything: false, channelIds: [CHANNEL] } as const;
    assert.deepEqual(await seen(visitor), ['sophie 1, shown 1', 'sophie 1', 'sophie 1, shown 1']);
    assert.deepEqual(await seen(visitor, true), [
      'soho 1, sophie 1, shown 2, Sonic 1',
      'soho 1, sophie 1',
      'soho 1, sophie 1, shown 2, Sonic 1',
    ]);
    assert.match((await seen(member))[0] ?? '', /^sophie 2, soho 1, secret 2, shown 1, Solo 1$/);
    const avatarOf = async (id: string, audience: Audience) =>
      (await context.catalog.findAvatar(id, audience))?.key ?? null;
    assert.equal(await avatarOf(POSTER, visitor), null);
    assert.equal(await avatarOf(POSTER, member), `userData/${POSTER}.png`);
    assert.equal(await avatarOf(OTHER_POSTER, visitor), `userData/${OTHER_POSTER}.png`);
    assert.equal(await avatarOf('5', EVERYTHING.audience), null);
    assert.equal(await avatarOf("' or true --", EVERYTHING.audience), null);
  });

  test('a person whose name is another person’s id does not hide the avatar', async () => {
    await context.catalog.apply([
      userChange(POSTER, 'soho'),
      userChange(OTHER_POSTER, POSTER),
      recordChange(1),
      recordChange(2, { Poster_Id: OTHER_POSTER, Poster: POSTER }),
    ]);
    const avatar = await context.catalog.findAvatar(POSTER, EVERYTHING.audience);
    assert.equal(avatar?.key, `userData/${POSTER}.png`);
    assert.match(avatar.version ?? '', /^[0-9a-f]{16}$/);
  });

  test('the labels of facets come only from clips that the reader may see', async () => {
    const webhook = { Webhook_Id: '7', Poster_Id: '7', User_Data: 'userData/7-ab.json' };
    const shown = { ...webhook, Game: 'Half-Life', Poster: 'bridge' };
    const hidden = { ...webhook, Game: 'HALF LIFE', Poster: 'secret' };
    await context.catalog.apply([
      channelChange(CHANNEL, 'overtime'),
      recordChange(1, shown),
      recordChange(2, { ...hidden, channelId: OTHER_CHANNEL }),
      recordChange(3, { ...hidden, Status: 'deleted' }),
    ]);
    const { posters, games } = await context.catalog.countFacets({
      audience: { everything: false, channelIds: [] },
    });
    assert.deepEqual(posters, [{ value: '7-ab', label: 'bridge', count: 1 }]);
    assert.deepEqual(games, [{ value: 'Half-Life', label: 'Half-Life', count: 1 }]);
  });

  test('facets count posters, channels and games by the filters of the query', async () => {
    await context.catalog.apply([
      channelChange(CHANNEL, 'overtime'),
      userChange(POSTER, 'soho', 'Soho!'),
      recordChange(1, { Game: 'Half-Life' }),
      recordChange(2, { Game: 'HALF-LIFE', channelId: OTHER_CHANNEL }),
      recordChange(3, { Poster: 'mia', Poster_Id: OTHER_POSTER }),
      recordChange(4, { Status: 'deleted' }),
    ]);
    assert.deepEqual(await context.catalog.countFacets(EVERYTHING), {
      posters: [
        { value: POSTER, label: 'Soho!', count: 2 },
        { value: OTHER_POSTER, label: 'mia', count: 1 },
      ],
      channels: [
        { value: CHANNEL, label: 'overtime', count: 2 },
        { value: OTHER_CHANNEL, label: OTHER_CHANNEL, count: 1 },
      ],
      games: [{ value: 'HALF-LIFE', label: 'HALF-LIFE', count: 2 }],
    });
    const ofMia = await context.catalog.countFacets({ ...EVERYTHING, text: 'mia' });
    assert.deepEqual(ofMia.posters, [{ value: OTHER_POSTER, label: 'mia', count: 1 }]);
    assert.deepEqual(ofMia.games, []);
  });
});

/** Rotates a list so that it begins with `first`. */
function rotated(list: readonly number[], first: number | undefined): number[] {
  const at = list.findIndex((each) => each === first);
  return [...list.slice(at), ...list.slice(0, at)];
}
