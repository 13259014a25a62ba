import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { rgbaToThumbHash } from 'thumbhash';
import type { CatalogClip } from '../../src/catalog/catalog.ts';
import { LIST_REMEMBERED_MS, MAX_LONG_PAGES } from '../../src/library/routes/list-routes.tsx';
import { ANSWERS_REMEMBERED_MS } from '../../src/library/support/remember-answers.ts';
import { aClip, aLibrary, CHANNEL_ID, CLIP_ID, clipIdAt, PUBLISHED } from '../support/a-library.ts';

const POSTER_ID = '500000000000000001';
const PIXELS = new Uint8Array(16 * 9 * 4).fill(200);
const THUMBHASH = Buffer.from(rgbaToThumbHash(16, 9, PIXELS)).toString('base64');

function manyClips(count: number, changes: Partial<CatalogClip> = {}): CatalogClip[] {
  return Array.from({ length: count }, (_, at) => aClip({ id: clipIdAt(at), ...changes }));
}

function hrefOf(html: string, tag: RegExp): string {
  const found = tag.exec(html)?.[0] ?? '';
  return (/href="([^"]*)"/.exec(found)?.[1] ?? '').replaceAll('&amp;', '&');
}

describe('a card', () => {
  test('the first pictures load first, and those further down only when they are near', async () => {
    const html = await aLibrary({ clips: manyClips(10, { placeholder: THUMBHASH }) }).text('/');
    const pictures = html.match(/<img src="\/c\/[^>]*>/g) ?? [];
    assert.equal(pictures.length, 10);
    assert.equal(pictures.filter((tag) => tag.includes('fetchpriority="high"')).length, 4);
    assert.equal(pictures.filter((tag) => tag.includes('loading="lazy"')).length, 2);
    assert.ok(pictures.every((tag) => tag.includes('width="640" height="360"')));
    assert.equal(html.match(/<img class="placeholder" src="data:image\/png;base64,/g)?.length, 10);
  });

  test('the link to a clip carries the order of the list, and close matches carry none', async () => {
    const library = aLibrary();
    library.catalog.closeMatches = [aClip({ id: clipIdAt(9) })];
    const html = await library.text(`/?q=ace&in=${CHANNEL_ID}&sort=longest&filter=1`);
    const order = `q=ace&amp;in=${CHANNEL_ID}&amp;sort=longest`;
    assert.ok(html.includes(`href="/c/${CLIP_ID}?${order}"`));
    assert.ok(html.includes(`href="/c/${clipIdAt(9)}"`));
    assert.ok(html.includes(`id="results" data-search="${order}"`));
  });

  test('a covered clip shows its picture only after "Show", and other covered clips stay covered', async () => {
    const covered = { isSpoiler: true, placeholder: THUMBHASH };
    const clips = manyClips(30, covered);
    const library = aLibrary({ clips });
    const html = await library.text('/?cursor=24&shown=24');
    assert.doesNotMatch(html, /\/card\?/);
    assert.match(html, /<span>Spoiler<\/span>/);
    const path = hrefOf(html, /<a class="show"[^>]*>/);
    assert.equal(path, `/?cursor=24&shown=24&show=${clipIdAt(24)}#card-${clipIdAt(24)}`);
    const shown = await library.text(path.split('#', 1)[0] ?? '');
    assert.deepEqual(
      [...shown.matchAll(/<img src="\/c\/([^/]*)\/card/g)].map(([, id]) => id),
      [clipIdAt(24)],
    );
    assert.match(shown, /<span class="badge state">Spoiler</);
  });

  test('a poster without a picture has the first letter of the name', async () => {
    const poster = { id: '5', username: 'x', displayName: '«élan» vital', avatar: null };
    const html = await aLibrary({ clips: [aClip({ poster })] }).text('/');
    assert.match(html, /<span class="avatar" aria-hidden="true">É<\/span>/);
  });

  test('badges name the state of a clip, and one badge is enough', async () => {
    const badgesOf = async (changes: Partial<CatalogClip>) =>
      [...(await aLibrary({ clips: [aClip(changes)] }).text('/')).matchAll(/badge state">([^<]*)/g)]
        .map(([, text]) => text)
        .join();
    assert.equal(await badgesOf({}), '');
    assert.equal(await badgesOf({ hasAudio: false }), 'Silent');
    assert.equal(await badgesOf({ hasAudio: false, status: 'unreachable' }), 'Unreachable');
    assert.equal(await badgesOf({ isNsfw: true, status: 'unreachable' }), 'Unreachable');
  });
});

describe('a long list', () => {
  test('only few of the longest pages are made at a time, and the others wait', async () => {
    const library = aLibrary({ clips: manyClips(30) });
    const catalog = { ...library.catalog };
    let running = 0;
    let most = 0;
    library.catalog.search = async (query, page) => {
      most = Math.max(most, ++running);
      await new Promise(setImmediate);
      running--;
      return await catalog.search(query, page);
    };
    const paths = Array.from({ length: 6 }, (_, at) => `/?count=240&shown=${at}`);
    const answers = await Promise.all(paths.map((path) => library.get(path)));
    assert.deepEqual([...new Set(answers.map(({ status }) => status))], [200]);
    assert.equal(most, MAX_LONG_PAGES);
  });

  test('one request brings as many clips as a reader had seen, but at most 240', async () => {
    const library = aLibrary({ clips: manyClips(300) });
    const cardsOf = async (path: string) => (await library.text(path)).match(/<article/g)?.length;
    assert.equal(await cardsOf('/?count=72'), 72);
    assert.equal(await cardsOf('/?count=9999'), 240);
    for (const count of ['0', '-5', 'x', '1e3', '']) {
      assert.equal(await cardsOf(`/?count=${count}`), 24, count);
    }
    const html = await library.text('/?count=72');
    assert.match(html, /data-shown="72">Show 24 more<\/a><span>72 of 300</);
    assert.equal(hrefOf(html, /<a id="more"[^>]*>/), '/?cursor=72&shown=72');
    assert.match(await library.text('/?cursor=72&shown=72'), />96 of 300</);
  });
});

describe('the filters of a list', () => {
  const facets = {
    posters: [{ value: POSTER_ID, label: 'Soho', count: 12 }],
    channels: [{ value: CHANNEL_ID, label: 'clips', count: 12 }],
    games: [{ value: 'Half-Life 2', label: 'Half-Life 2', count: 3 }],
  };

  test('the menu is counted only when it is opened, and its links add filters', async () => {
    const library = aLibrary();
    library.catalog.facets = facets;
    let counted = 0;
    const { countFacets } = library.catalog;
    library.catalog.countFacets = (query) => {
      counted++;
      return countFacets(query);
    };
    const closed = await library.text('/?q=ace');
    assert.equal(counted, 0);
    assert.equal(hrefOf(closed, /<a id="filter"[^>]*>/), '/?q=ace&filter=1');
    assert.match(closed, /<div id="filter-menu"><\/div>/);
    const open = await library.text('/?q=ace&filter=1');
    assert.equal(counted, 1);
    assert.equal(hrefOf(open, /<a id="filter"[^>]*aria-expanded="true"[^>]*>/), '/?q=ace');
    assert.ok(open.includes(`href="/?q=ace&amp;from=${POSTER_ID}"`));
    assert.ok(open.includes(`href="/?q=ace&amp;game=Half-Life+2"`));
    assert.match(open, /#clips<span class="number">12</);
  });

  test('pages of one list in any order share one count', async () => {
    const library = aLibrary({ clips: manyClips(30) });
    const { countFacets } = library.catalog;
    let counted = 0;
    library.catalog.countFacets = (query) => {
      counted++;
      return countFacets(query);
    };
    for (const more of ['', '&sort=random', '&sort=longest', '&cursor=24&shown=24']) {
      await library.text(`/?filter=1${more}`);
    }
    assert.equal(counted, 1);
    await library.text('/?filter=1&longer=30');
    assert.equal(counted, 2);
  });

  test('the form keeps the other filters and replaces its own', async () => {
    const library = aLibrary();
    const html = await library.text('/?q=ace&from=soho&longer=7s&after=2024-05&is=silent&filter=1');
    const form = /<form action="\/" method="get" aria-label[^]*?<\/form>/.exec(html)?.[0] ?? '';
    assert.match(form, /<input type="hidden" name="q" value="ace"\/>/);
    assert.match(form, /<input type="hidden" name="from" value="soho"\/>/);
    assert.doesNotMatch(form, /type="hidden" name="(longer|after|is)"/);
    assert.match(form, /<option value="7s" selected="">7s</);
    assert.match(form, /name="after" value="2024-05-01"/);
    assert.match(form, /value="silent" checked/);
  });

  test('a chip removes its filter and shows a name even if no clip matches', async () => {
    const library = aLibrary();
    const html = await library.text(`/?q=lukcy&in=${CHANNEL_ID}&from=${POSTER_ID}`);
    assert.match(html, /aria-label="Remove filter: in #clips"/);
    assert.match(html, /aria-label="Remove filter: from Soho"/);
    assert.equal(hrefOf(html, /<a class="chip"[^>]*in #clips">/), `/?q=lukcy&from=${POSTER_ID}`);
    assert.match(html, /Nothing matches “lukcy” in #clips\./);
    assert.match(html, /href="\/\?q=lukcy">Search everywhere</);
  });

  test('if nothing matches because of other filters than a channel, the page says so', async () => {
    const html = await aLibrary().text('/?q=lukcy&is=vertical');
    assert.match(html, /Nothing matches “lukcy” with these filters\./);
    assert.match(html, /href="\/\?q=lukcy">Search without filters</);
  });

  test('a name of a hidden channel is not looked up for strangers', async () => {
    const clips = [aClip({ isPublic: false })];
    const html = await aLibrary({ clips, settings: PUBLISHED }).text(`/?in=${CHANNEL_ID}`);
    assert.doesNotMatch(html, /#clips/);
  });

  test('the menu of orders keeps the filters, and a random clip keeps them too', async () => {
    const html = await aLibrary().text(`/?in=${CHANNEL_ID}&sort=random&seed=0.5`);
    assert.ok(html.includes(`href="/?in=${CHANNEL_ID}&amp;sort=longest"`));
    assert.match(html, /aria-current="true">Shuffled</);
    assert.match(hrefOf(html, /<a id="random"[^>]*>/), new RegExp(`^/random\\?in=${CHANNEL_ID}`));
  });
});

describe('on this day', () => {
  const clips = [
    aClip({ title: 'New one' }),
    aClip({ id: clipIdAt(2), title: 'First raid', postedAtMs: Date.UTC(2024, 3, 30, 22, 30) }),
    aClip({ id: clipIdAt(3), title: 'That jump', postedAtMs: Date.UTC(2023, 4, 1, 12) }),
  ];

  test('the first page shows clips of this day of earlier years, in LIBRARY_TIME_ZONE', async () => {
    const html = await aLibrary({ clips }).text('/');
    const strip = /<section id="on-this-day" class="day" data-day="2025-05-01"[^]*?<\/section>/;
    assert.match(
      strip.exec(html)?.[0] ?? '',
      /First raid[^]*1 year ago[^]*That jump[^]*2 years ago/,
    );
  });

  test('with a filter, on a later page, or after it was closed, there is no strip', async () => {
    const library = aLibrary({ clips: [...clips, ...manyClips(30)] });
    for (const path of ['/?q=one', `/?in=${CHANNEL_ID}`, '/?cursor=24']) {
      assert.doesNotMatch(await library.text(path), /on-this-day/, path);
    }
    const closed = { headers: { cookie: 'everclip=day%3D2025-05-01' } };
    assert.doesNotMatch(await library.text('/', closed), /on-this-day/);
    const yesterday = { headers: { cookie: 'everclip=day%3D2025-04-30' } };
    assert.match(await library.text('/', yesterday), /on-this-day/);
  });

  test('strangers see no hidden clip of this day', async () => {
    const hidden = clips.map((clip) => ({ ...clip, isPublic: false }));
    const library = aLibrary({ clips: hidden, settings: PUBLISHED });
    assert.doesNotMatch(await library.text('/'), /on-this-day|First raid/);
  });

  test('a clip of a channel that became age-restricted has no picture in the strip', async () => {
    const [, clip] = clips;
    const html = await aLibrary({ clips: [aClip({ ...clip, isNsfw: true })] }).text('/');
    assert.match(html, /on-this-day/);
    assert.doesNotMatch(html, /\/card/);
  });
});

describe('the page about a poster, a channel or a game', () => {
  const clips = [
    aClip({ title: 'Latest one', game: 'Half-Life 2 / Episode' }),
    aClip({ id: clipIdAt(2), title: 'First one', durationSeconds: 7200 }),
  ];

  test('it shows the name, the number, the hours, the first and latest clip, and the clips', async () => {
    const library = aLibrary({ clips });
    library.catalog.people = {
      people: [{ value: '77', label: 'Mia', count: 2 }],
      posters: [{ value: '78', label: 'Ed', count: 2 }],
    };
    const poster = await library.text(`/posters/${POSTER_ID}`);
    assert.match(poster, /<title>Soho · Ragtag Clips</);
    assert.match(poster, /<h1[^>]*>Soho<\/h1><p>Person · 2 clips · 2\.0 hours<\/p>/);
    assert.match(poster, /First:[^]*First one[^]*Latest:[^]*Latest one[^]*Longest:/);
    assert.match(poster, /Often with:[^]*href="\/posters\/77"[^>]*>Mia</);
    assert.equal(poster.match(/<article/g)?.length, 2);
    assert.ok(poster.includes(`href="/c/${CLIP_ID}?from=${POSTER_ID}"`));
    const channel = await library.text(`/channels/${CHANNEL_ID}`);
    assert.match(channel, /<h1[^>]*>#clips<\/h1><p>Channel · Ragtag · 2 clips/);
    assert.match(channel, /Most clips by:[^]*>Ed</);
    const game = await library.text(`/games/${encodeURIComponent('Half-Life 2 / Episode')}`);
    assert.match(game, /<h1[^>]*>Half-Life 2 \/ Episode<\/h1>/);
    assert.equal(game.match(/<article/g)?.length, 1);
  });

  test('its filter is fixed: no chip removes it, and the links keep the path', async () => {
    const html = await aLibrary({ clips: manyClips(30) }).text(
      `/channels/${CHANNEL_ID}?sort=oldest&in=${CHANNEL_ID}&filter=1`,
    );
    assert.doesNotMatch(html, /class="chip" /);
    assert.match(
      html,
      new RegExp(`<form action="/channels/${CHANNEL_ID}" method="get" aria-label`),
    );
    const more = hrefOf(html, /<a id="more"[^>]*>/);
    assert.equal(more, `/channels/${CHANNEL_ID}?sort=oldest&cursor=24&shown=24`);
    assert.match(html, new RegExp(`rel="canonical" href="/channels/${CHANNEL_ID}\\?sort=oldest"`));
  });

  test('a second value of its filter leads to the list with both, whether it is typed or chosen', async () => {
    const library = aLibrary({ clips });
    const poster = `/posters/${POSTER_ID}`;
    for (const [path, expected] of [
      [`${poster}?q=ace+from:bob+&typing=1`, `/?q=ace&from=${POSTER_ID}&from=bob`],
      [`${poster}?q=poster:bob&longer=30`, `/?from=${POSTER_ID}&from=bob&longer=30`],
      [`${poster}?from=bob&sort=oldest`, `/?from=${POSTER_ID}&from=bob&sort=oldest`],
      [`/channels/${CHANNEL_ID}?q=in:wins`, `/?in=${CHANNEL_ID}&in=wins`],
      [
        '/games/Half-Life%202%20%2F%20Episode?q=game:halo',
        '/?game=Half-Life 2 / Episode&game=halo',
      ],
    ] as const) {
      const answer = await library.get(path);
      assert.equal(answer.status, 302, path);
      const location = answer.headers.get('location') ?? '';
      assert.equal(decodeURIComponent(location.replaceAll('+', ' ')), expected);
    }
    const html = await library.text(`/?from=${POSTER_ID}&from=bob`);
    assert.equal(html.match(/class="chip" [^>]*data-filter="from"/g)?.length, 2);
  });

  test('a value that it has already, or that the reader still types, keeps the page', async () => {
    const library = aLibrary({ clips });
    const poster = `/posters/${POSTER_ID}`;
    const same = await library.get(`${poster}?q=from:${POSTER_ID}`);
    assert.equal(same.headers.get('location'), poster);
    assert.equal((await library.get(`${poster}?from=${POSTER_ID}`)).status, 200);
    assert.equal((await library.get(`${poster}?q=from:bo&typing=1`)).status, 200);
  });

  test('its search field searches the same page, so that a script can show the hits while the reader types', async () => {
    const html = await aLibrary().text(`/posters/${POSTER_ID}?in=${CHANNEL_ID}`);
    const [form = ''] = /<form id="search"[^]*?<\/form>/.exec(html) ?? [];
    assert.match(form, new RegExp(`action="/posters/${POSTER_ID}" method="get"`));
    assert.match(form, /placeholder="Search in [^"]+" aria-label="Search in [^"]+"/);
    assert.deepEqual(form.match(/<input type="hidden"[^>]*>/g), [
      `<input type="hidden" name="in" value="${CHANNEL_ID}"/>`,
    ]);
  });

  test('what a reader may not see does not exist', async () => {
    const hidden = clips.map((clip) => ({ ...clip, isPublic: false }));
    const library = aLibrary({ clips: hidden, settings: PUBLISHED });
    const unknown = await library.text('/posters/999999999999999999');
    for (const path of [
      `/posters/${POSTER_ID}`,
      `/channels/${CHANNEL_ID}`,
      `/games/${encodeURIComponent('Half-Life 2 / Episode')}`,
      '/posters/soho',
      '/channels/x',
      '/posters/5/6',
    ]) {
      const answer = await library.get(path);
      assert.equal(answer.status, 404, path);
      assert.equal(await answer.text(), unknown, path);
    }
  });

  test('whatever the name of a game is, a typed filter leads to the same page with the filter', async () => {
    for (const name of ['Überleben ✓', 'C# 100% "fun"']) {
      const library = aLibrary({ clips: [aClip({ game: name })] });
      const path = `/games/${encodeURIComponent(name)}`;
      const answer = await library.get(`${path}?q=longer:30`);
      assert.equal(answer.status, 302, name);
      const location = answer.headers.get('location') ?? '';
      assert.equal(decodeURIComponent(location), `/games/${name}?longer=30`);
      assert.equal((await library.get(location)).status, 200);
    }
  });

  test('pages that differ only in their place share one description, but not with readers who see less', async () => {
    const hidden = aClip({ id: clipIdAt(3), isPublic: false, title: 'Hidden one' });
    const library = aLibrary({ clips: [...clips, hidden] });
    const catalog = { ...library.catalog };
    const asked: string[] = [];
    library.catalog.describe = async (query) => {
      asked.push(query.audience.everything ? 'everything' : 'public');
      return await catalog.describe(query);
    };
    const path = `/posters/${POSTER_ID}`;
    const pages = [path, `${path}?sort=oldest`, `${path}?shown=24`, `${path}?filter=1`];
    for (const each of pages) assert.match(await library.text(each), /Person · 3 clips/);
    // A proxy adds this header, so the request may come from anybody.
    const via = { headers: { via: '1.1 proxy' } };
    for (const each of pages) {
      const html = await library.text(each, via);
      assert.match(html, /Person · 2 clips/);
      assert.doesNotMatch(html, /Hidden one/);
    }
    assert.deepEqual(asked, ['everything', 'public']);
    library.clock.nowMs += ANSWERS_REMEMBERED_MS + 1;
    await library.text(path);
    assert.equal(asked.length, 3);
  });

  test('while the catalog is being rebuilt, an unknown poster may exist', async () => {
    const library = aLibrary({ clips: [] });
    library.catalog.state = { clips: 0, reconcile: null, isIncomplete: true };
    assert.equal((await library.get(`/posters/${POSTER_ID}`)).status, 503);
  });
});

describe('the states of a list', () => {
  test('an empty library names the channels that Everclip watches', async () => {
    const library = aLibrary({
      clips: [],
      channelIds: ['201111111111111111', '202222222222222222'],
    });
    assert.match(await library.text('/'), /No clips yet\. Everclip is watching 2 channels; new/);
    for (const [id, name] of [
      ['201111111111111111', 'clips'],
      ['202222222222222222', 'old-clips'],
    ]) {
      const channel = { Id: id, Name: name, Nsfw: false, Public: true };
      library.bucket.objects.set(`channels/${id}.json`, JSON.stringify(channel));
    }
    library.clock.nowMs += LIST_REMEMBERED_MS;
    const html = await library.text('/');
    assert.match(html, /Everclip is watching #clips and #old-clips; new clips appear here within/);
    assert.match(html, /--type backfill/);
    library.bucket.fault = new Error('down');
    library.clock.nowMs += LIST_REMEMBERED_MS;
    assert.match(await library.text('/'), /Everclip is watching 2 channels/);
    assert.match(await aLibrary({ clips: [] }).text('/'), /watching every channel/);
  });

  test('a failed page offers to try the same address again', async () => {
    const library = aLibrary();
    library.catalog.fault = new Error('bug');
    const html = await library.text('/?q=ace&sort=oldest');
    assert.match(html, /<h1>That didn’t work, and it’s our fault\.<\/h1><p>Request id: /);
    assert.match(html, /href="\/\?q=ace&amp;sort=oldest">Try again</);
  });

  test('the page has every part that the scripts look for', async () => {
    const html = await aLibrary({ clips: manyClips(30) }).text('/');
    const ids = ['search', 'q', 'random', 'theme', 'keys', 'main', 'status', 'toast', 'help'];
    const listIds = ['results', 'filter', 'filter-menu', 'count', 'sort', 'cards', 'more'];
    for (const id of [...ids, ...listIds, 'keys-switch', `card-${clipIdAt(3)}`]) {
      assert.equal(html.split(` id="${id}"`).length, 2, id);
    }
    const other = await aLibrary().text('/nothing');
    for (const id of ids) assert.equal(other.split(` id="${id}"`).length, 2, id);
    assert.match(html, /<script type="module" src="\/assets\/grid\.\w+\.js">/);
  });

  test('every page has a heading, and lists have a canonical address without their place', async () => {
    const library = aLibrary({ clips: manyClips(30), settings: PUBLISHED });
    const html = await library.text('/?q=ace&sort=random&seed=0.5&cursor=3&shown=3&filter=1');
    const canonical = 'https://clips.example.org/?q=ace&amp;sort=random';
    assert.ok(html.includes(`<link rel="canonical" href="${canonical}"/>`));
    assert.match(html, /<meta property="og:title" content="ace"\/>/);
    assert.match(html, /<h1 class="hidden">Clips<\/h1>/);
  });

  test('lists tell browsers to load clip pages early, but never links that change something', async () => {
    const library = aLibrary();
    const path =
      (await library.get('/')).headers.get('speculation-rules')?.replaceAll('"', '') ?? '';
    const answer = await library.get(path);
    assert.equal(answer.headers.get('content-type'), 'application/speculationrules+json');
    const rules = (await answer.json()) as Record<string, unknown>;
    assert.deepEqual(Object.keys(rules), ['prefetch']);
    assert.equal((await library.get('/nothing')).headers.get('speculation-rules'), null);
  });
});
