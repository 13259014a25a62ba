import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { brotliDecompressSync } from 'node:zlib';
import type { CatalogClip } from '../../src/catalog/catalog.ts';
import { LIST_REMEMBERED_MS, UNCHANGED_LIST_MS } from '../../src/library/routes/list-routes.tsx';
import { STATE_REMEMBERED_MS } from '../../src/library/support/remember-state.ts';
import { catalogDown } from '../support/fakes/library-catalog.ts';
import {
  aClip,
  aLibrary,
  CLIP_ID,
  clipIdAt,
  MINUTE_MS,
  PUBLISHED,
  START_MS,
} from '../support/a-library.ts';

const PAGE = `/c/${CLIP_ID}`;
const VIDEO = `${PAGE}.mp4`;
const CARD = `/c/${CLIP_ID}/card?v=00112233aabbccdd`;
const HOSTILE = `"><script>alert(1)</script><img src=x onerror=alert(2)>'; drop table clips; --`;

const pageOf = (changes: Partial<CatalogClip>, path = PAGE) =>
  aLibrary({ clips: [aClip(changes)] }).text(path);

describe('the list of clips', () => {
  test('a card has the picture, the title, the poster, the channel and how long ago the clip was posted', async () => {
    const postedAtMs = Date.UTC(2024, 9, 14, 23, 30);
    const html = await pageOf({ postedAtMs }, '/');
    assert.ok(html.startsWith('<!doctype html><html lang="en" data-theme="system"'));
    assert.match(
      html,
      new RegExp(`<img src="${CARD.replace('?', '\\?')}" alt="" width="640" height="360"`),
    );
    assert.match(html, /<a class="title" href="\/c\/\d+-\d+">Ace on Dust<\/a>/);
    assert.match(html, /<a href="\/posters\/500000000000000001" dir="auto">Soho<\/a>/);
    assert.match(html, /<a href="\/channels\/200000000000000001" dir="auto">#clips<\/a>/);
    assert.match(
      html,
      /<time datetime="2024-10-14T23:30:00.000Z" title="15 Oct 2024, 01:30">6 mo</,
    );
    assert.match(html, />0:27</);
  });

  test('a spoiler or an age-restricted clip has no picture in the list', async () => {
    for (const changes of [{ isSpoiler: true }, { isNsfw: true }]) {
      assert.doesNotMatch(await pageOf(changes, '/'), /\/card|poster\.jpg/);
    }
  });

  test('"Show 6 more" leads to the next page of the same search', async () => {
    const clips = Array.from({ length: 30 }, (_, at) => aClip({ id: clipIdAt(at) }));
    const library = aLibrary({ clips });
    const first = await library.text('/?q=ace&sort=oldest');
    assert.match(first, /30 clips/);
    const next = /href="([^"]*)" rel="next/.exec(first)?.[1]?.replaceAll('&amp;', '&') ?? '';
    assert.equal(next, '/?q=ace&sort=oldest&cursor=24&shown=24');
    assert.match(first, /data-shown="24">Show 6 more<\/a><span>24 of 30</);
    const second = await library.text(next);
    assert.equal(second.match(/<article/g)?.length, 6);
    assert.doesNotMatch(second, /rel="next/);
  });

  test('the pages of a shuffled list share one starting point', async () => {
    const clips = Array.from({ length: 30 }, (_, at) => aClip({ id: clipIdAt(at) }));
    const library = aLibrary({ clips });
    const next = /href="([^"]*)" rel="next/.exec(await library.text('/?sort=random'))?.[1] ?? '';
    await library.text(next.replaceAll('&amp;', '&'));
    const [first, second] = library.catalog.queries;
    assert.equal(first?.sort, 'random');
    assert.equal(first.seed, second?.seed);
  });

  test('counts stop at 1,000', async () => {
    const clips = Array.from({ length: 1500 }, (_, at) => aClip({ id: clipIdAt(at) }));
    assert.match(await aLibrary({ clips }).text('/'), />1,000\+ clips</);
    assert.match(await pageOf({}, '/'), />1 clip</);
  });

  test('clips that match only roughly are in a list of their own', async () => {
    const library = aLibrary({ clips: [] });
    library.catalog.closeMatches = [aClip()];
    const html = await library.text('/?q=acce');
    assert.match(html, /Nothing matches “acce”\.[^]*Close matches[^]*Ace on Dust/);
  });

  test('the search field and the filters repeat what the reader searches for', async () => {
    const html = await pageOf({}, '/?q=ace&in=200000000000000001&longer=5');
    assert.match(html, /name="q" value="ace"/);
    assert.match(html, /<span class="key">in<\/span> <span dir="auto">#clips<\/span>/);
    assert.match(html, /<span class="key">longer<\/span> <span dir="auto">5<\/span>/);
    assert.match(html, /<input type="hidden" name="in" value="200000000000000001"\/>/);
  });

  test('deleted clips are left out unless SHOW_DELETED is yes', async () => {
    const clips = [aClip({ status: 'deleted' })];
    assert.doesNotMatch(await aLibrary({ clips }).text('/'), /<article/);
    const shown = await aLibrary({ clips, settings: { showDeleted: true } }).text('/');
    assert.match(shown, /<article[^]*Message deleted/);
  });

  test('an empty library says what to do, and tells strangers nothing about hidden clips', async () => {
    assert.match(await aLibrary({ clips: [] }).text('/'), /No clips yet\.[^]*backfill/);
    const hidden = aLibrary({ clips: [aClip({ isPublic: false })], settings: PUBLISHED });
    assert.match(await hidden.text('/'), /No clips to show\. Visitors see only/);
    assert.match(await aLibrary({ clips: [] }).text('/?in=x'), /Nothing matches these filters/);
  });

  test('while the catalog is being rebuilt, the page shows the progress and the clips so far', async () => {
    const library = aLibrary();
    const reconcile = { done: 12_400, total: 100_000 };
    library.catalog.state = { clips: 1, reconcile, isIncomplete: true };
    const html = await library.text('/');
    assert.match(
      html,
      /The library is being rebuilt: 12,400 of about 100,000 clips\. Links keep working\./,
    );
    assert.match(html, /<article/);
    library.catalog.state = { clips: 1, reconcile: { done: 0, total: null }, isIncomplete: true };
    library.clock.nowMs += LIST_REMEMBERED_MS;
    assert.match(await library.text('/'), /listing the bucket/);
    library.catalog.state = { clips: 1, reconcile, isIncomplete: false };
    library.clock.nowMs += LIST_REMEMBERED_MS;
    assert.doesNotMatch(await library.text('/'), /rebuilt/);
  });

  test('a list is at most two seconds older than the page, and each search has a list of its own', async () => {
    const library = aLibrary();
    assert.match(await library.text('/'), /<article/);
    library.catalog.clips = [];
    assert.match(await library.text('/'), /<article/);
    assert.doesNotMatch(await library.text('/?q=ace'), /<article/);
    library.clock.nowMs += LIST_REMEMBERED_MS;
    assert.doesNotMatch(await library.text('/'), /<article/);
  });

  test('if the content of the catalog has not changed, a list is sent again without a search', async () => {
    const library = aLibrary();
    const { catalog, clock } = library;
    catalog.contentVersion = 7;
    const count = async () => {
      assert.match(await library.text('/?q=ace'), /<article/);
      return catalog.queries.length;
    };
    assert.equal(await count(), 1);
    clock.nowMs += LIST_REMEMBERED_MS;
    assert.equal(await count(), 1);
    catalog.contentVersion = 8;
    clock.nowMs += LIST_REMEMBERED_MS;
    assert.equal(await count(), 2);
    clock.nowMs += UNCHANGED_LIST_MS;
    assert.equal(await count(), 3);
    catalog.fault = catalogDown();
    clock.nowMs += LIST_REMEMBERED_MS;
    assert.equal((await library.get('/?q=ace')).status, 503);
  });

  test('while the catalog is being rebuilt, strangers do not learn how many clips there are', async () => {
    const library = aLibrary({ clips: [], settings: PUBLISHED });
    const reconcile = { done: 12_400, total: 100_000 };
    library.catalog.state = { clips: 1, reconcile, isIncomplete: true };
    for (const path of ['/', PAGE]) {
      const html = await library.text(path);
      assert.match(html, /The library is being rebuilt\. Links keep working\./, path);
      assert.doesNotMatch(html, /12,400|100,000/, path);
    }
  });

  test('while the catalog is being rebuilt, everything that it lacks is 503, and not only pages', async () => {
    const library = aLibrary({ clips: [], settings: PUBLISHED });
    library.catalog.state = { clips: 0, reconcile: null, isIncomplete: true };
    for (const path of [
      PAGE,
      CARD,
      `${PAGE}/poster.jpg`,
      '/a/500000000000000001',
      '/discord-clip-library/?clip=c894f61c',
      `/embed/${CLIP_ID}`,
      `/oembed?url=${encodeURIComponent(`${PUBLISHED.url}${PAGE}`)}`,
    ]) {
      const answer = await library.get(path);
      assert.equal(answer.status, 503, path);
      assert.equal(answer.headers.get('retry-after'), '30', path);
    }
  });

  test('a catalog that was lost a moment ago turns no clip into an unknown one', async () => {
    const library = aLibrary({ clips: [] });
    assert.equal((await library.get(PAGE)).status, 404);
    library.catalog.state = { clips: 0, reconcile: null, isIncomplete: true };
    assert.equal((await library.get(PAGE)).status, 503);
  });

  test('the state of the catalog is read once in two seconds, however many unknown clips are asked for', async () => {
    const library = aLibrary({ clips: [] });
    let reads = 0;
    const { readState } = library.catalog;
    library.catalog.readState = () => {
      reads++;
      return readState();
    };
    const askForMany = async () => {
      for (const id of [7, 8, 9].map(clipIdAt)) {
        await Promise.all([library.get(`/c/${id}`), library.get(`/c/${id}.mp4`), library.get('/')]);
      }
      await library.get('/healthz');
    };
    await askForMany();
    assert.equal(reads, 1);
    library.clock.nowMs += STATE_REMEMBERED_MS;
    await askForMany();
    assert.equal(reads, 2);
  });

  test('if the catalog does not answer, pages are 503 and say that links keep working', async () => {
    const library = aLibrary();
    library.catalog.fault = catalogDown();
    for (const path of [
      '/',
      '/?q=x',
      PAGE,
      CARD,
      '/random',
      '/a/1',
      '/discord-clip-library/?clip=c894f61c',
    ]) {
      const answer = await library.get(path);
      assert.equal(answer.status, 503, path);
      assert.ok(Number(answer.headers.get('retry-after')) > 0);
      assert.match(await answer.text(), /Links to clips keep working/);
    }
  });

  test('if a search fails, "Try again" repeats the search', async () => {
    const library = aLibrary();
    library.catalog.fault = catalogDown();
    assert.match(await library.text('/?q=ace&sort=oldest'), /href="\/\?q=ace&amp;sort=oldest"/);
  });

  test('a random clip is a redirect that nobody stores, and it keeps the filters', async () => {
    const library = aLibrary();
    const answer = await library.get('/random?from=500000000000000001');
    assert.equal(answer.status, 302);
    assert.equal(answer.headers.get('location'), `${PAGE}?from=500000000000000001`);
    assert.equal(answer.headers.get('cache-control'), 'no-store');
  });

  test('if no clip matches the filters of a random clip, the reader gets the list with these filters', async () => {
    const library = aLibrary();
    const answer = await library.get('/random?from=nobody&longer=30');
    assert.equal(answer.status, 302);
    const path = answer.headers.get('location') ?? '';
    assert.equal(path, '/?from=nobody&longer=30');
    assert.match(await library.text(path), /Nothing matches these filters\./);
  });

  test('a page says that it ignored or cut a filter, also one that was typed', async () => {
    const library = aLibrary();
    const names = Array.from({ length: 11 }, (_, at) => `from=${at}`).join('&');
    const long = 'n'.repeat(101);
    for (const query of [names, `in=${long}`, `q=in:${long}`, 'sort=random&seed=7', 'sort=worst']) {
      assert.match(await library.text(`/?${query}`), /Some filters are invalid, too long/, query);
    }
    assert.doesNotMatch(await library.text('/?from=1&sort=random&seed=0.5'), /Some filters/);
  });
});

describe('the page of a clip', () => {
  test('the player has the real ending and the poster image, and no address of Discord', async () => {
    const html = await pageOf({ extension: 'webm' });
    const video = /<video[^>]*>/.exec(html)?.[0] ?? '';
    assert.match(video, new RegExp(`src="/c/${CLIP_ID}\\.webm"`));
    assert.match(video, new RegExp(`poster="/c/${CLIP_ID}/poster\\.jpg\\?v=44556677aabbccdd"`));
    assert.match(video, /controls/);
    assert.doesNotMatch(html, /cdn\.example|[?&]ex=|hm=/);
    assert.match(html, /14 Oct 2024, 08:44/);
    assert.match(html, /what a round/);
    assert.match(html, /1920 × 1080[^]*60 fps/);
    assert.match(html, new RegExp(`src="/a/500000000000000001\\?v=ab12"`));
  });

  test('the head of a public clip has a link preview, and the head of a covered clip has a neutral one', async () => {
    const headOf = async (changes: Partial<CatalogClip>) => {
      const library = aLibrary({ clips: [aClip(changes)], settings: PUBLISHED });
      return /<head>.*<\/head>/.exec(await library.text(PAGE))?.[0] ?? '';
    };
    const video = `content="https://clips.example.org/c/${CLIP_ID}.mp4"`;
    assert.ok((await headOf({})).includes(`<meta property="og:video" ${video}`));
    for (const changes of [{ isSpoiler: true }, { isNsfw: true }]) {
      assert.doesNotMatch(await headOf(changes), /og:video|og:image|og:description/);
    }
  });

  test('a deleted or purged clip is 410 and shows no title, text, name or picture', async () => {
    for (const status of ['deleted', 'purged'] as const) {
      const deletedAtMs = Date.UTC(2025, 10, 3, 12);
      const library = aLibrary({ clips: [aClip({ status, deletedAtMs })] });
      const answer = await library.get(PAGE);
      assert.equal(answer.status, 410);
      const html = await answer.text();
      assert.match(
        html,
        /This clip was deleted on 3 Nov 2025\. When the message goes, the clip goes\./,
      );
      assert.doesNotMatch(html, /Ace on Dust|what a round|soho|#clips|<img|<video/i);
      library.bucket.objects.set(`thumb/${CLIP_ID}.webp`, Buffer.from('ffd8ff00', 'hex'));
      assert.equal((await library.get(CARD)).status, 404);
    }
  });

  test('with SHOW_DELETED, a deleted clip that is listed has a page, which says that the message was deleted, and plays while its link has enough time left', async () => {
    const settings = { showDeleted: true };
    for (const [leftMs, plays] of [
      [11 * MINUTE_MS, true],
      [9 * MINUTE_MS, false],
    ] as const) {
      const clip = aClip({ status: 'deleted', expiresAtMs: START_MS + leftMs });
      const library = aLibrary({ clips: [clip], settings });
      assert.match(await library.text('/'), new RegExp(`href="${PAGE}"`));
      const answer = await library.get(PAGE);
      assert.equal(answer.status, 200);
      const html = await answer.text();
      assert.match(html, /Ace on Dust[^]* · Message deleted/);
      assert.equal(html.includes('Discord no longer has the video'), !plays);
      assert.equal((await library.get(VIDEO)).status, plays ? 302 : 410);
      const json = await library.get(`/api/clips/${CLIP_ID}`);
      assert.deepEqual(
        [json.status, ((await json.json()) as { status: string }).status],
        [200, 'deleted'],
      );
    }
    // Of a stripped clip, only ids and times are left.
    const stripped = { ...aClip({ status: 'deleted', url: null, thumbnail: null }), title: '' };
    assert.equal((await aLibrary({ clips: [stripped], settings }).get(PAGE)).status, 200);
    const purged = aLibrary({ clips: [aClip({ status: 'purged' })], settings });
    assert.equal((await purged.get(PAGE)).status, 410);
  });

  test('an unreachable clip keeps its title and picture', async () => {
    const clip = aClip({ status: 'unreachable', expiresAtMs: START_MS - 1 });
    const library = aLibrary({ clips: [clip] });
    const answer = await library.get(PAGE);
    assert.equal(answer.status, 200);
    const html = await answer.text();
    assert.match(html, /Discord won’t give us this clip right now\./);
    assert.match(html, /Try again/);
    assert.match(html, /Ace on Dust/);
    assert.match(html, /poster\.jpg/);
  });

  test('a spoiler or an age-restricted clip has neither picture nor video until the reader asks for it', async () => {
    for (const changes of [{ isSpoiler: true }, { isNsfw: true }]) {
      const covered = await pageOf(changes);
      assert.doesNotMatch(covered, /<video|poster\.jpg|\/card/);
      assert.match(covered, new RegExp(`href="${PAGE}\\?show=1"`));
      assert.match(await pageOf(changes, `${PAGE}?show=1`), /<video[^>]*poster=/);
    }
  });

  test('pictures of an older Everclip, and clips without any fact, are shown', async () => {
    const html = await pageOf({
      thumbnail: { key: `thumb/${CLIP_ID}.webp`, version: null },
      posterImage: null,
      durationSeconds: null,
      sizeBytes: null,
      width: null,
      height: null,
      codec: null,
      frameRate: null,
      hasAudio: null,
      description: '',
      postedAtMs: Number.NaN,
      channel: {
        id: '200000000000000001',
        name: null,
        guildName: null,
        parentId: null,
        parentName: null,
      },
    });
    assert.match(html, new RegExp(`poster="/c/${CLIP_ID}/card"`));
    assert.match(html, /unknown channel/);
    assert.doesNotMatch(html, /null|NaN|undefined|Invalid/);
  });

  test('a thread shows its parent', async () => {
    const channel = { ...aClip().channel, name: 'finals', parentId: '2', parentName: 'clips' };
    assert.match(await pageOf({ channel }), /#clips › finals/);
  });

  test('signatures of quoted links are nowhere in the HTML, even behind invisible characters', async () => {
    const signature = 'a1'.repeat(32);
    const link = `https://cdn.discordapp.com/attachments/1/2/a.mp4?ex=66aa00bb&is=66aa00aa&hm=`;
    for (const quoted of [`${link}${signature}&`, `${link}\u200b${signature}`]) {
      const clip = aClip({
        title: `see ${quoted}`,
        description: `first line\nsee ${quoted}\n||${quoted}||`,
        altText: `as in ${quoted}`,
        filename: quoted,
        game: quoted,
      });
      const library = aLibrary({ clips: [clip], settings: PUBLISHED });
      const oembed = `/oembed?url=${encodeURIComponent(`${PUBLISHED.url}${PAGE}`)}`;
      for (const path of ['/', PAGE, `/embed/${CLIP_ID}`, oembed]) {
        const html = await library.text(path);
        assert.ok(html.includes('see https:'), path);
        assert.ok(!html.includes(signature), path);
      }
    }
  });

  test('HTML, SQL and control characters in every field are only text', async () => {
    const word = `${HOSTILE}\u202e\u0000`;
    const clip = aClip({
      title: word,
      description: word,
      filename: word,
      codec: word,
      game: word,
      altText: word,
      messageLink: `javascript:${word}`,
      players: [{ Id: '1', Name: word, Display_Name: word }],
      poster: { id: '5', username: word, displayName: word, avatar: { key: word, version: word } },
      channel: { id: '2', name: word, guildName: word, parentId: '3', parentName: word },
      thumbnail: { key: word, version: word },
      posterImage: { key: word, version: word },
    });
    const library = aLibrary({ clips: [clip], settings: { name: word } });
    for (const path of [
      '/',
      PAGE,
      `/?q=${encodeURIComponent(word)}&in=${encodeURIComponent(word)}`,
    ]) {
      const answer = await library.get(path);
      assert.equal(answer.status, 200);
      const html = await answer.text();
      assert.doesNotMatch(
        html,
        /<script(?! type="module" src="\/assets\/\w+\.\w+\.js">)|<img src=x|href="javascript|onerror=alert\(2\)>(?!&|')/i,
        path,
      );
      assert.ok(!html.includes('\u202e') && !html.includes('\0'));
    }
  });
});

describe('other addresses', () => {
  test('an old link leads to the permalink for good, if the reader may see the clip, and without a clip to the list', async () => {
    const library = aLibrary();
    library.catalog.oldIds.set('c894f61c', CLIP_ID);
    for (const path of ['/discord-clip-library/', '/discord-clip-library']) {
      const answer = await library.get(`${path}?clip=C894f61c&chan=5`);
      assert.equal(answer.status, 308);
      assert.equal(answer.headers.get('location'), PAGE);
    }
    for (const path of ['/discord-clip-library/', '/discord-clip-library']) {
      const answer = await library.get(path);
      assert.deepEqual([answer.status, answer.headers.get('location')], [302, '/'], path);
    }
    for (const clip of ['', 'c894f61', 'zzzzzzzz', 'f0cdb35e']) {
      assert.equal((await library.get(`/discord-clip-library/?clip=${clip}`)).status, 404, clip);
    }
  });

  test('the health check tells the state of the catalog and no numbers', async () => {
    const library = aLibrary();
    const check = async () => {
      const answer = await library.get('/healthz');
      return [answer.status, await answer.json()];
    };
    assert.deepEqual(await check(), [200, { status: 'ok', catalog: 'ok' }]);
    library.catalog.state = { clips: 5, reconcile: { done: 1, total: 2 }, isIncomplete: true };
    library.clock.nowMs += STATE_REMEMBERED_MS;
    assert.deepEqual(await check(), [200, { status: 'ok', catalog: 'rebuilding' }]);
    library.catalog.state = { clips: 5, reconcile: null, isIncomplete: true };
    library.clock.nowMs += STATE_REMEMBERED_MS;
    assert.deepEqual(await check(), [200, { status: 'ok', catalog: 'incomplete' }]);
    library.catalog.fault = catalogDown();
    library.clock.nowMs += STATE_REMEMBERED_MS;
    assert.deepEqual(await check(), [503, { status: 'degraded', catalog: 'unavailable' }]);
  });

  test('the stylesheet has a name of its own for each content, and may be kept for good', async () => {
    const library = aLibrary();
    const [path = ''] = /\/assets\/library\.[0-9A-Z]{8}\.css/.exec(await library.text('/')) ?? [];
    const answer = await library.get(path);
    assert.equal(answer.headers.get('content-type'), 'text/css; charset=utf-8');
    assert.equal(answer.headers.get('cache-control'), 'public, max-age=31536000, immutable');
    assert.match(await answer.text(), /--accent/);
    const compressed = await library.get(path, { headers: { 'accept-encoding': 'gzip, br' } });
    assert.equal(compressed.headers.get('content-encoding'), 'br');
    const body = brotliDecompressSync(await compressed.arrayBuffer()).toString();
    assert.match(body, /--accent/);
    const plain = await library.get(path, { headers: { 'accept-encoding': 'gzip, br;q=0' } });
    assert.equal(plain.headers.get('content-encoding'), null);
    assert.equal((await library.get('/assets/library.00000000.css')).status, 404);
  });

  test('an unexpected error is a page with the request id of its log line', async () => {
    const library = aLibrary();
    library.catalog.fault = new Error('relation "clips" does not exist: postgres://u:p@h');
    const answer = await library.get('/?q=private-words');
    assert.equal(answer.status, 500);
    const html = await answer.text();
    const id = /Request id: ([0-9a-f]{8})/.exec(html)?.[1] ?? 'none';
    assert.doesNotMatch(html, /relation|postgres/);
    assert.equal(library.logged.length, 1);
    assert.match(library.logged[0] ?? '', new RegExp(id));
    assert.doesNotMatch(library.logged[0] ?? '', /private-words/);
  });
});

test('a page does not wait for a catalog that never answers', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const library = aLibrary();
  const never = () => new Promise<never>(() => undefined);
  Object.assign(library.catalog, {
    findClip: never,
    search: never,
    readState: never,
    isComplete: never,
  });
  for (const path of ['/', PAGE, CARD, '/random']) {
    const answer = library.get(path);
    await new Promise(setImmediate);
    t.mock.timers.tick(8000);
    assert.equal((await answer).status, 503, path);
  }
});
