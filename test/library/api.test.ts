import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { describe, test } from 'node:test';
import type { CatalogClip } from '../../src/catalog/catalog.ts';
import type { ClipJson } from '../../src/library/api/clip-json.ts';
import {
  aClip,
  aLibrary,
  CHANNEL_ID,
  CLIP_ID,
  clipIdAt,
  linkOf,
  LOCAL,
  PUBLISHED,
  START_MS,
  type TestLibrary,
} from '../support/a-library.ts';
import { catalogDown } from '../support/fakes/library-catalog.ts';

const ORIGIN = 'http://127.0.0.1:8240';
const DOCS = await readFile(new URL('../../docs/api.md', import.meta.url), 'utf8');

interface ClipsJson {
  clips: ClipJson[];
  next: string | null;
  count: number;
  isCountExact: boolean;
  closeMatches: ClipJson[];
  isComplete: boolean;
}

/** Returns the names in the first column of the table below a heading of docs/api.md. */
function fieldsBelow(heading: string): string[] {
  const [, section = ''] = DOCS.split(`\n## ${heading}\n`);
  const [table = ''] = section.split('\n## ', 1);
  return [...table.matchAll(/^\| (`.*?`) \|/gm)].flatMap(([, names = '']) =>
    names.split(', ').map((name) => name.replaceAll('`', '')),
  );
}

function manyClips(count: number, changes: Partial<CatalogClip> = {}): CatalogClip[] {
  return Array.from({ length: count }, (_, at) => aClip({ id: clipIdAt(at), ...changes }));
}

async function readClips(library: TestLibrary, query = ''): Promise<ClipsJson> {
  const answer = await library.get(`/api/clips${query}`);
  assert.equal(answer.status, 200, query);
  assert.equal(answer.headers.get('content-type'), 'application/json; charset=utf-8');
  return (await answer.json()) as ClipsJson;
}

async function readClip(library: TestLibrary, query = ''): Promise<ClipJson> {
  const answer = await library.get(`/api/clips/${CLIP_ID}${query}`);
  assert.equal(answer.status, 200);
  return (await answer.json()) as ClipJson;
}

describe('the fields of the API', () => {
  test('a list has the fields that docs/api.md lists', async () => {
    const fields = fieldsBelow('`GET /api/clips`');
    assert.deepEqual(Object.keys(await readClips(aLibrary())), fields);
  });

  test('a clip has the fields that docs/api.md lists, in a list and alone', async () => {
    const library = aLibrary();
    const [listed] = (await readClips(library)).clips;
    assert.deepEqual(Object.keys(listed ?? {}), fieldsBelow('A clip'));
    assert.deepEqual(await readClip(library), listed);
    const partsOf = (name: string) =>
      new Set([...DOCS.matchAll(new RegExp(`\`${name}\\.(\\w+)\``, 'g'))].map(([, part]) => part));
    assert.deepEqual(new Set(Object.keys(listed?.poster ?? {})), partsOf('poster'));
    assert.deepEqual(new Set(Object.keys(listed?.channel ?? {})), partsOf('channel'));
  });

  test('each field is present although nothing is known about the clip', async () => {
    const unknown = aClip({
      altText: null,
      durationSeconds: null,
      width: null,
      height: null,
      sizeBytes: null,
      contentType: null,
      codec: null,
      frameRate: null,
      hasAudio: null,
      thumbnail: null,
      posterImage: null,
      game: null,
      guildId: null,
      poster: { id: '5', username: 'soho', displayName: 'Soho', avatar: null },
      channel: { id: CHANNEL_ID, name: null, guildName: null, parentId: null, parentName: null },
    });
    const json = await readClip(aLibrary({ clips: [unknown] }));
    assert.deepEqual(Object.keys(json), fieldsBelow('A clip'));
    assert.equal(json.poster.avatarUrl, null);
    assert.deepEqual(Object.values(json.channel), [CHANNEL_ID, null, null, null, null, null]);
  });

  test('the fields say what the catalog knows, and all addresses are permalinks of the library', async () => {
    const clip = aClip({
      extension: 'webm',
      altText: 'a smoke',
      game: 'Dust',
      players: [{ Id: '7', Name: 'ed', Display_Name: 'Ed' }],
      channel: { ...aClip().channel, parentId: '3', parentName: 'talk' },
    });
    const page = `${PUBLISHED.url}/c/${CLIP_ID}`;
    assert.deepEqual(await readClip(aLibrary({ clips: [clip], settings: PUBLISHED })), {
      id: CLIP_ID,
      title: 'Ace on Dust',
      url: page,
      videoUrl: `${page}.webm`,
      messageUrl: clip.messageLink,
      status: 'live',
      postedAt: '2024-10-14T06:44:00.000Z',
      text: 'what a round',
      altText: 'a smoke',
      durationSeconds: 27,
      width: 1920,
      height: 1080,
      sizeBytes: 12_000_000,
      contentType: 'video/mp4',
      codec: 'h264',
      frameRate: 60,
      hasAudio: true,
      isSpoiler: false,
      isNsfw: false,
      isCovered: false,
      thumbnailUrl: `${page}/card?v=00112233aabbccdd`,
      posterImageUrl: `${page}/poster.jpg?v=44556677aabbccdd`,
      game: 'Dust',
      players: [{ id: '7', name: 'ed', displayName: 'Ed' }],
      poster: {
        id: '500000000000000001',
        name: 'soho',
        displayName: 'Soho',
        avatarUrl: `${PUBLISHED.url}/a/500000000000000001?v=ab12`,
      },
      channel: {
        id: CHANNEL_ID,
        name: 'clips',
        parentId: '3',
        parentName: 'talk',
        serverId: '400000000000000001',
        serverName: 'Ragtag',
      },
    });
  });

  test("no answer contains Discord's link or its signature", async () => {
    const clip = aClip({ description: `see ${linkOf('quoted', START_MS)}` });
    const library = aLibrary({ clips: [clip] });
    for (const path of ['/api/clips', '/api/clips?show=1', `/api/clips/${CLIP_ID}`]) {
      assert.doesNotMatch(await library.text(path), /5ec5e7|stored\.mp4/, path);
    }
  });
});

describe('the parameters of the API', () => {
  test('each filter reaches the catalog', async () => {
    const library = aLibrary();
    const filters = 'from=soho&from=mia&in=clips&with=ed&game=Dust&longer=30&shorter=1m';
    await readClips(
      library,
      `?q=ace+-fail&${filters}&after=2024&before=2025&is=silent&sort=oldest`,
    );
    assert.deepEqual(library.catalog.queries, [
      {
        text: 'ace',
        without: ['fail'],
        from: ['soho', 'mia'],
        in: ['clips'],
        with: ['ed'],
        game: ['Dust'],
        longerSeconds: 30,
        shorterSeconds: 60,
        afterMs: Date.parse('2024-01-01T00:00:00+01:00'),
        beforeMs: Date.parse('2025-01-01T00:00:00+01:00'),
        isSilent: true,
        sort: 'oldest',
        audience: { everything: true },
        showDeleted: false,
      },
    ]);
  });

  const names = (name: string, count: number) =>
    Array.from({ length: count }, (_, at) => `${name}=${at}`).join('&');
  const long = 'n'.repeat(101);
  const INVALID: Readonly<Record<string, readonly string[]>> = {
    q: [`q=${'a'.repeat(201)}`, `q=from:${long}`, `${names('from', 10)}&q=from:mia`],
    from: [names('from', 11), `from=${long}`, `in=clips&from=soho&from=${long}`],
    in: [names('in', 11), `in=${long}`],
    with: [names('with', 11), `with=${long}`],
    game: [names('game', 11), `game=${long}`],
    before: ['before=soon', 'before=2024-02-31'],
    after: ['after=0', 'after=2024-13'],
    longer: ['longer=x', 'longer=-1', 'longer=1.5'],
    shorter: ['shorter=1d'],
    is: ['is=round', 'is=silent&is=toString', 'is='],
    sort: ['sort=worst', 'sort=', 'sort=Newest'],
    seed: ['sort=random&seed=1', 'sort=random&seed=-0.1', 'sort=random&seed=x', 'seed=NaN'],
    cursor: ['cursor=', 'cursor=%00', `cursor=${'a'.repeat(501)}`],
    limit: ['limit=0', 'limit=101', 'limit=', 'limit=-1', 'limit=1.5', 'limit=ten', 'limit=1e1'],
  };

  test('an invalid value is 400 with a sentence that names the parameter', async () => {
    const library = aLibrary();
    for (const [name, queries] of Object.entries(INVALID)) {
      for (const query of queries) {
        const answer = await library.get(`/api/clips?${query}`);
        assert.equal(answer.status, 400, query);
        const error = `The value of “${name}” is invalid. See docs/api.md in Everclip’s repository.`;
        assert.deepEqual(await answer.json(), { error }, query);
      }
    }
    assert.deepEqual(library.catalog.queries, []);
  });

  test('invalid values of each parameter in docs/api.md are tested, except of "show"', () => {
    assert.deepEqual(
      fieldsBelow('Parameters').filter((name) => name !== 'show'),
      [...Object.keys(INVALID)].sort(inOrderOf(fieldsBelow('Parameters'))),
    );
  });

  test('the longest and most values that docs/api.md allows are valid, and other names are ignored', async () => {
    const library = aLibrary();
    const most = ['from', 'in', 'with', 'game'].map((name) => names(name, 9)).join('&');
    const longest = `from=${'n'.repeat(100)}&q=${'a'.repeat(200)}&seed=0.999&sort=random`;
    await readClips(library, `?${most}&${longest}&limit=100&colour=red`);
    assert.equal(library.catalog.queries[0]?.from?.length, 10);
    assert.equal(library.catalog.queries[0].seed, 0.999);
  });

  test('an answer has 24 clips, or as many as "limit" says', async () => {
    const library = aLibrary({ clips: manyClips(150) });
    const countOf = async (query: string) => (await readClips(library, query)).clips.length;
    assert.equal(await countOf(''), 24);
    assert.equal(await countOf('?limit=1'), 1);
    assert.equal(await countOf('?limit=100'), 100);
  });
});

function inOrderOf(names: readonly string[]) {
  return (a: string, b: string) => names.indexOf(a) - names.indexOf(b);
}

describe('a list of the API', () => {
  test('a program that follows "next" gets each clip once, with the same filters', async () => {
    const library = aLibrary({ clips: manyClips(25, { isSpoiler: true }) });
    const ids: string[] = [];
    let pages = 0;
    let query = '?q=ace&from=500000000000000001&sort=random&limit=10&show=1';
    for (;;) {
      const { clips, next, count, isCountExact } = await readClips(library, query);
      pages++;
      assert.deepEqual([count, isCountExact], [25, true]);
      assert.ok(clips.every(({ isCovered }) => !isCovered));
      ids.push(...clips.map(({ id }) => id));
      if (next === null) break;
      assert.ok(next.startsWith(`${ORIGIN}/api/clips?`), next);
      query = new URL(next).search;
    }
    assert.equal(pages, 3);
    assert.deepEqual(
      ids,
      library.catalog.clips.map(({ id }) => id),
    );
    // Without the seed of the first page, a page of a shuffled list would repeat clips.
    assert.equal(new Set(library.catalog.queries.map(({ seed }) => seed)).size, 1);
    assert.ok(library.catalog.queries.every(({ from = [] }) => from[0] === '500000000000000001'));
  });

  test('a count of more than 1,000 is not exact', async () => {
    const { count, isCountExact } = await readClips(aLibrary({ clips: manyClips(1001) }));
    assert.deepEqual([count, isCountExact], [1000, false]);
    const exact = await readClips(aLibrary({ clips: manyClips(1000) }));
    assert.deepEqual([exact.count, exact.isCountExact], [1000, true]);
  });

  test('close matches have the fields of clips, and covered ones stay covered', async () => {
    const library = aLibrary();
    library.catalog.closeMatches = [aClip({ id: clipIdAt(9), isNsfw: true })];
    const { closeMatches } = await readClips(library, '?q=lukcy');
    assert.deepEqual(
      closeMatches.map(({ id, text, isCovered }) => ({ id, text, isCovered })),
      [{ id: clipIdAt(9), text: null, isCovered: true }],
    );
    assert.deepEqual(Object.keys(closeMatches[0] ?? {}), fieldsBelow('A clip'));
  });

  test('an answer says that clips may be missing while the catalog is rebuilt', async () => {
    const library = aLibrary();
    assert.equal((await readClips(library)).isComplete, true);
    library.catalog.state = { clips: 1, reconcile: null, isIncomplete: true };
    library.clock.nowMs += 60_000;
    assert.equal((await readClips(library)).isComplete, false);
  });

  test('an unchanged answer is 304 for a client that has its ETag', async () => {
    const library = aLibrary();
    const etag = (await library.get('/api/clips')).headers.get('etag') ?? '';
    const again = await library.get('/api/clips', { headers: { 'if-none-match': etag } });
    assert.equal(again.status, 304);
    assert.equal(await again.text(), '');
  });
});

describe('what readers of the API may see', () => {
  test('the texts and pictures of a spoiler or an age-restricted clip need "show=1"', async () => {
    const text = { description: 'he ||dies||', altText: 'a grave' };
    for (const changes of [{ isSpoiler: true }, { isNsfw: true }]) {
      const library = aLibrary({ clips: [aClip({ ...text, ...changes })] });
      for (const query of ['', '?show=0', '?show=yes']) {
        const [listed] = (await readClips(library, query)).clips;
        for (const json of [listed, await readClip(library, query)]) {
          assert.equal(json?.isCovered, true);
          const { altText, thumbnailUrl, posterImageUrl } = json;
          assert.deepEqual(
            [json.text, altText, thumbnailUrl, posterImageUrl],
            [null, null, null, null],
          );
        }
      }
      const [listed] = (await readClips(library, '?show=1')).clips;
      for (const json of [listed, await readClip(library, '?show=1')]) {
        assert.equal(json?.isCovered, false);
        assert.deepEqual([json.text, json.altText], ['he ||dies||', 'a grave']);
        assert.match(json.thumbnailUrl ?? '', /\/card\?v=/);
      }
    }
  });

  test('a spoiler within a text is replaced unless the program asks for it', async () => {
    const library = aLibrary({ clips: [aClip({ description: 'he ||dies||\nat last' })] });
    assert.equal((await readClip(library)).text, 'he ▇▇▇\nat last');
    assert.equal((await readClip(library, '?show=1')).text, 'he ||dies||\nat last');
  });

  test('on a published address, the clips of private channels are like clips that do not exist', async () => {
    const hidden = aClip({ isPublic: false });
    const shown = aClip({ id: clipIdAt(2) });
    const library = aLibrary({ clips: [hidden, shown], settings: PUBLISHED });
    library.catalog.closeMatches = [hidden];
    const { clips, count, closeMatches } = await readClips(library, '?q=ace');
    assert.deepEqual(
      clips.map(({ id }) => id),
      [shown.id],
    );
    assert.deepEqual([count, closeMatches], [1, []]);
    const answer = await library.get(`/api/clips/${hidden.id}`);
    const unknown = await library.get(`/api/clips/${clipIdAt(7)}`);
    assert.deepEqual([answer.status, await answer.json()], [404, await unknown.json()]);
    const listed = { ...PUBLISHED, channelIds: [CHANNEL_ID] };
    for (const settings of [listed, LOCAL]) {
      const open = aLibrary({ clips: [hidden, shown], settings });
      assert.equal((await readClips(open)).count, 2);
      assert.equal((await readClip(open)).id, hidden.id);
    }
  });

  test('the answer for readers on this machine is never sent to a stranger', async () => {
    const library = aLibrary({ clips: [aClip({ isPublic: false })] });
    assert.equal((await readClips(library)).count, 1);
    const answer = await library.get('/api/clips', {
      headers: { 'x-forwarded-for': '203.0.113.9' },
    });
    assert.equal(((await answer.json()) as ClipsJson).count, 0);
  });
});

describe('errors of the API', () => {
  const errorOf = async (library: TestLibrary, path: string, init?: RequestInit) => {
    const answer = await library.get(path, init);
    assert.match(answer.headers.get('content-type') ?? '', /^application\/json/, path);
    const body = (await answer.json()) as { error: string };
    assert.deepEqual(Object.keys(body), ['error'], path);
    return [answer.status, body.error] as const;
  };

  test('an unknown clip or a made-up id is 404, and a deleted clip is 410', async () => {
    const library = aLibrary();
    for (const id of [clipIdAt(7), '1', 'x', `${CLIP_ID}.mp4`, '%00', "1'or'1"]) {
      const [status, error] = await errorOf(library, `/api/clips/${id}`);
      assert.deepEqual([status, error], [404, 'There is no such clip or page here.'], id);
    }
    for (const status of ['deleted', 'purged'] as const) {
      const gone = aLibrary({ clips: [aClip({ status })] });
      const [code, error] = await errorOf(gone, `/api/clips/${CLIP_ID}`);
      assert.equal(code, 410);
      assert.match(error, /^This clip was deleted\./);
      assert.equal((await readClips(gone)).count, 0);
    }
  });

  test('other methods are 405, and a catalog that does not answer is 503 with a time to retry', async () => {
    const library = aLibrary();
    assert.equal((await errorOf(library, '/api/clips', { method: 'POST' }))[0], 405);
    library.catalog.fault = catalogDown();
    for (const path of ['/api/clips', `/api/clips/${CLIP_ID}`]) {
      assert.equal((await errorOf(library, path))[0], 503);
      assert.ok(Number((await library.get(path)).headers.get('retry-after')) > 0);
    }
  });

  test('no website may read the answers from a browser', async () => {
    const headers = { origin: 'https://evil.example.org' };
    const answer = await aLibrary().get('/api/clips', { headers });
    const names = [...answer.headers.keys()].filter((name) => name.startsWith('access-control'));
    assert.deepEqual(names, []);
  });

  test('at most 3 searches run at a time, and the others wait', async () => {
    const library = aLibrary();
    const { search } = library.catalog;
    let running = 0;
    let most = 0;
    library.catalog.search = async (query, page) => {
      most = Math.max(most, ++running);
      await new Promise(setImmediate);
      running--;
      return await search(query, page);
    };
    const queries = Array.from({ length: 10 }, (_, at) => `?longer=${at + 1}`);
    await Promise.all(queries.map((query) => readClips(library, query)));
    assert.equal(most, 3);
  });
});
