import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { CatalogClip } from '../../src/catalog/catalog.ts';
import {
  aClip,
  aLibrary,
  CHANNEL_ID,
  CLIP_ID,
  clipIdAt,
  linkOf,
  PUBLISHED,
  START_MS,
  type TestLibrary,
} from '../support/a-library.ts';
import { checkXml, textsOf } from '../support/check-xml.ts';
import { catalogDown } from '../support/fakes/library-catalog.ts';

const REMEMBERED_MS = 10_000;
const POSTER_ID = '500000000000000001';
const HOSTILE = `]]></title><script>alert(1)</script>&amp;&#0;"'\u0000\u0008\u202e\ud800\uffff\u{1f3ae}`;

async function readFeed(library: TestLibrary, query = ''): Promise<string> {
  const answer = await library.get(`/feed.xml${query}`);
  assert.equal(answer.status, 200, query);
  assert.equal(answer.headers.get('content-type'), 'application/rss+xml; charset=utf-8');
  const feed = await answer.text();
  checkXml(feed);
  return feed;
}

/** Returns the part of the feed that is about clips. */
function itemsOf(feed: string): string[] {
  return feed.match(/<item>.*?<\/item>/gs) ?? [];
}

function idsOf(feed: string): string[] {
  return textsOf(feed, 'guid').map((guid) => guid.split('/').at(-1) ?? '');
}

describe('the feed', () => {
  test('an item has the texts, permalinks and media of its clip', async () => {
    const feed = await readFeed(aLibrary({ settings: PUBLISHED }));
    const page = `${PUBLISHED.url}/c/${CLIP_ID}`;
    const [item = ''] = itemsOf(feed);
    assert.deepEqual(textsOf(item, 'title'), ['Ace on Dust']);
    assert.deepEqual(textsOf(item, 'link'), [page]);
    assert.deepEqual(textsOf(item, 'guid'), [page]);
    assert.match(item, /<guid isPermaLink="true">/);
    assert.deepEqual(textsOf(item, 'pubDate'), ['Mon, 14 Oct 2024 06:44:00 GMT']);
    assert.deepEqual(textsOf(item, 'dc:creator'), ['Soho']);
    assert.deepEqual(textsOf(item, 'description'), ['what a round']);
    assert.ok(
      item.includes(
        `<media:content url="${page}.mp4" medium="video" type="video/mp4" duration="27" width="1920" height="1080"` +
          ' fileSize="12000000"/>',
      ),
      item,
    );
    const picture = `${page}/poster.jpg?v=44556677aabbccdd`;
    assert.ok(item.includes(`<media:thumbnail url="${picture}"/>`), item);
  });

  test('all addresses are absolute addresses of the library', async () => {
    const clip = aClip({ description: `see ${linkOf('quoted', START_MS)}` });
    for (const [settings, origin] of [
      [PUBLISHED, 'https://clips.example.org'],
      [{}, 'http://127.0.0.1:8240'],
    ] as const) {
      const feed = await readFeed(
        aLibrary({ clips: [clip], settings }),
        `?in=${CHANNEL_ID}&longer=20`,
      );
      const addresses = [
        ...textsOf(feed, 'link'),
        ...textsOf(feed, 'guid'),
        ...[...feed.matchAll(/ (?:url|href)="([^"]*)"/g)].map(([, address = '']) => address),
      ];
      assert.equal(addresses.length, 6);
      for (const address of addresses) assert.ok(address.startsWith(`${origin}/`), address);
      assert.doesNotMatch(feed, /5ec5e7|stored\.mp4/);
    }
  });

  test('the feed asks for the 50 newest clips, whatever order the address names', async () => {
    const clips = Array.from({ length: 60 }, (_, at) =>
      aClip({ id: clipIdAt(at), postedAtMs: START_MS - at * 1000 }),
    );
    const library = aLibrary({ clips });
    const feed = await readFeed(library, '?sort=oldest&cursor=10');
    assert.deepEqual(
      idsOf(feed),
      clips.slice(0, 50).map(({ id }) => id),
    );
    assert.equal(library.catalog.queries[0]?.sort, 'newest');
    // The first date is that of the whole feed.
    const times = textsOf(feed, 'pubDate').map((text) => Date.parse(text));
    assert.equal(times[0], START_MS);
    assert.deepEqual(
      times,
      times.toSorted((a, b) => b - a),
    );
    assert.deepEqual(textsOf(feed, 'link')[0], 'http://127.0.0.1:8240/');
    const shuffled = await readFeed(aLibrary({ clips }), '?sort=random&seed=0.3');
    assert.deepEqual(textsOf(shuffled, 'link')[0], 'http://127.0.0.1:8240/');
  });

  test('the filters are those of the list page, and the feed links to that list and to itself', async () => {
    const other = aClip({ id: clipIdAt(2), poster: { ...aClip().poster, id: '6' } });
    const library = aLibrary({ clips: [aClip(), other] });
    const query = `?q=ace&from=${POSTER_ID}&longer=20`;
    const feed = await readFeed(library, query);
    assert.deepEqual(idsOf(feed), [CLIP_ID]);
    assert.equal(library.catalog.queries[0]?.longerSeconds, 20);
    assert.equal(textsOf(feed, 'title')[0], 'ace · Ragtag Clips');
    assert.equal(textsOf(feed, 'link')[0], `http://127.0.0.1:8240/${query}`);
    const self = `http://127.0.0.1:8240/feed.xml${query}`.replaceAll('&', '&amp;');
    assert.ok(feed.includes(`<atom:link href="${self}" rel="self" type="application/rss+xml"/>`));
    assert.ok(
      (await library.text(`/${query}`)).includes(
        `href="/feed.xml${query.replaceAll('&', '&amp;')}"`,
      ),
    );
  });

  test('a feed without clips is valid, and has no date', async () => {
    const feed = await readFeed(aLibrary({ clips: [] }));
    assert.deepEqual(itemsOf(feed), []);
    assert.deepEqual(textsOf(feed, 'pubDate'), []);
    assert.deepEqual(textsOf(feed, 'title'), ['Ragtag Clips']);
  });

  test('a spoiler or an age-restricted clip has no title, text, picture or video', async () => {
    for (const [changes, title, rating] of [
      [{ isSpoiler: true }, 'Spoiler: clip by Soho', 'nonadult'],
      [{ isNsfw: true }, '18+: clip by Soho', 'adult'],
    ] as const) {
      const library = aLibrary({ clips: [aClip({ ...changes, altText: 'a grave' })] });
      for (const query of ['', '?show=1']) {
        const [item = ''] = itemsOf(await readFeed(library, query));
        assert.deepEqual(textsOf(item, 'title'), [title]);
        assert.deepEqual(textsOf(item, 'media:rating'), [rating]);
        assert.doesNotMatch(item, /Ace|round|grave|description|media:content|thumbnail|\.mp4|jpg/);
      }
    }
  });

  test('a spoiler within a text is replaced', async () => {
    const [item = ''] = itemsOf(
      await readFeed(aLibrary({ clips: [aClip({ description: 'he ||dies|| here' })] })),
    );
    assert.deepEqual(textsOf(item, 'description'), ['he ▇▇▇ here']);
  });

  test('hostile texts in every field are only text, and the feed stays well-formed', async () => {
    const clip = aClip({
      title: HOSTILE,
      description: HOSTILE,
      filename: HOSTILE,
      contentType: HOSTILE,
      poster: { id: '5', username: HOSTILE, displayName: HOSTILE, avatar: null },
    });
    const library = aLibrary({ clips: [clip], settings: { name: HOSTILE } });
    const feed = await readFeed(library, `?${new URLSearchParams({ with: HOSTILE }).toString()}`);
    const [title = ''] = textsOf(itemsOf(feed)[0] ?? '', 'title');
    assert.ok(title.startsWith(`]]></title><script>alert(1)</script>&amp;&#0;"'`), title);
    assert.ok(title.endsWith('\u{1f3ae}'), title);
    assert.doesNotMatch(feed, /<script|\u202e/);
  });

  test('an unknown length, size or type is left out', async () => {
    const changes: Partial<CatalogClip> = {
      durationSeconds: null,
      width: null,
      height: null,
      sizeBytes: null,
      contentType: null,
      thumbnail: null,
      posterImage: null,
    };
    const feed = await readFeed(aLibrary({ clips: [aClip(changes)] }));
    assert.match(feed, /<media:content url="[^"]*" medium="video"\/>/);
    assert.doesNotMatch(feed, /null|NaN|media:thumbnail/);
  });
});

describe('who reads the feed', () => {
  test('on a published address, the feed lacks private channels, unless the operator names them', async () => {
    const clips = [aClip({ isPublic: false }), aClip({ id: clipIdAt(2) })];
    assert.deepEqual(idsOf(await readFeed(aLibrary({ clips, settings: PUBLISHED }))), [
      clipIdAt(2),
    ]);
    for (const settings of [{ ...PUBLISHED, channelIds: [CHANNEL_ID] }, {}]) {
      assert.equal(idsOf(await readFeed(aLibrary({ clips, settings }))).length, 2);
    }
  });

  test('deleted clips leave the feed, unless the operator shows them', async () => {
    const clips = [aClip({ status: 'deleted' })];
    assert.deepEqual(idsOf(await readFeed(aLibrary({ clips }))), []);
    const settings = { showDeleted: true };
    assert.deepEqual(idsOf(await readFeed(aLibrary({ clips, settings }))), [CLIP_ID]);
  });

  test('a remembered feed is sent only to readers who may see the same clips', async () => {
    const library = aLibrary({ clips: [aClip({ isPublic: false })] });
    const stranger = { headers: { 'x-forwarded-for': '203.0.113.9' } };
    assert.equal(itemsOf(await readFeed(library)).length, 1);
    assert.equal(itemsOf(await library.text('/feed.xml', stranger)).length, 0);
    assert.equal(itemsOf(await readFeed(library)).length, 1);
    assert.equal(library.catalog.queries.length, 2);
  });

  test('a new clip is in the feed after 10 seconds, and an unchanged feed is 304', async () => {
    const library = aLibrary();
    const etag = (await library.get('/feed.xml')).headers.get('etag') ?? '';
    const again = async () =>
      (await library.get('/feed.xml', { headers: { 'if-none-match': etag } })).status;
    assert.equal(await again(), 304);
    library.catalog.clips.unshift(aClip({ id: clipIdAt(2) }));
    library.clock.nowMs += REMEMBERED_MS;
    assert.equal(await again(), 200);
    assert.deepEqual(idsOf(await readFeed(library)), [clipIdAt(2), CLIP_ID]);
  });

  test('if the catalog does not answer, the feed is 503 with a time to retry', async () => {
    const library = aLibrary();
    library.catalog.fault = catalogDown();
    const answer = await library.get('/feed.xml');
    assert.equal(answer.status, 503);
    assert.ok(Number(answer.headers.get('retry-after')) > 0);
  });
});
