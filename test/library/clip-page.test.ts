import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import type { CatalogClip } from '../../src/catalog/catalog.ts';
import { codecName } from '../../src/library/pages/clip/codec-name.ts';
import { ClipPage } from '../../src/library/pages/clip/clip-page.tsx';
import type { ClipView } from '../../src/library/pages/clip/clip-view.ts';
import { orderText } from '../../src/library/pages/clip/order-text.ts';
import { parseStartSeconds } from '../../src/library/pages/clip/start-time.ts';
import { parseSearch } from '../../src/library/search/parse-search.ts';
import { lastTriedText } from '../../src/library/words/clip.ts';
import { catalogDown } from '../support/fakes/library-catalog.ts';
import { aClipView } from '../support/a-clip-view.ts';
import {
  aClip,
  aLibrary,
  CHANNEL_ID,
  CLIP_ID,
  clipIdAt,
  MINUTE_MS,
  PUBLISHED,
  START_MS,
} from '../support/a-library.ts';

const PAGE = `/c/${CLIP_ID}`;
const STORYBOARD = { key: 'moments', version: 'ab12', times: [1.5, 12.4, 23] };
const THUMBHASH = '1QcSHQRnh493V4dIh4eXh1h4kJUI';
const MAX_PAGE_BYTES = 8 * 1024;

const htmlOf = (clip: Partial<CatalogClip>, view: Partial<ClipView> = {}) =>
  (ClipPage(aClipView(clip, view)) as { toString(): string }).toString();
const fiveClips = () => Array.from({ length: 5 }, (_, at) => aClip({ id: clipIdAt(at + 1) }));
const element = (html: string, id: string) => new RegExp(`<\\w+ id="${id}"[^>]*>`).exec(html)?.[0];
const searchFor = (text: string) => parseSearch(new URLSearchParams(text), 'Europe/Berlin');

describe('the order of the list on the page of a clip', () => {
  test('previous, next and "Next up" keep the search from which the reader came', async () => {
    const library = aLibrary({ clips: fiveClips() });
    const order = `in=${CHANNEL_ID}&amp;sort=oldest`;
    const path = `/c/${clipIdAt(2)}?in=${CHANNEL_ID}&sort=oldest&t=3&show=1`;
    const html = await library.text(path);
    assert.ok(element(html, 'previous')?.includes(`rel="prev" href="/c/${clipIdAt(1)}?${order}"`));
    assert.ok(element(html, 'next')?.includes(`rel="next" href="/c/${clipIdAt(3)}?${order}"`));
    const nextUp = [...html.matchAll(/class="next-clip" href="([^"]*)"/g)].map(([, href]) => href);
    assert.deepEqual(
      nextUp,
      [3, 4, 5].map((n) => `/c/${clipIdAt(n)}?${order}`),
    );
    assert.match(html, new RegExp(`href="/\\?${order}" dir="auto">Oldest, #clips<`));
    assert.equal(library.catalog.queries.at(-1)?.sort, 'oldest');
  });

  test('the address for other websites and the copied link have no parameters', async () => {
    for (const [settings, origin] of [
      [{}, ''],
      [PUBLISHED, PUBLISHED.url],
    ] as const) {
      const html = await aLibrary({ settings }).text(`${PAGE}?sort=oldest&t=3`);
      assert.equal(html.match(/rel="canonical"/g)?.length, 1);
      assert.ok(html.includes(`<link rel="canonical" href="${origin}${PAGE}"/>`));
      const link = `data-link="${origin === '' ? 'http://127.0.0.1:8240' : origin}${PAGE}"`;
      assert.ok(html.includes(link));
    }
  });

  test('the ends of the list have no link beyond, and the last clip says so', async () => {
    const html = await aLibrary().text(PAGE);
    assert.doesNotMatch(html, /id="previous"|id="next"/);
    assert.match(html, /This is the last clip of the list\./);
  });

  test('a reader never learns of hidden clips from the clips beside them', async () => {
    const clips = [aClip(), aClip({ id: clipIdAt(2), isPublic: false, title: 'hidden' })];
    const html = await aLibrary({ clips, settings: PUBLISHED }).text(PAGE);
    assert.doesNotMatch(html, /hidden<|rel="next"/);
  });

  test('spoilers in "Next up" have no picture', () => {
    const next = [aClip({ id: clipIdAt(2), isSpoiler: true })];
    const html = htmlOf({}, { neighbours: { previous: null, next } });
    assert.doesNotMatch(html, new RegExp(`/c/${clipIdAt(2)}/(card|poster)`));
    assert.match(html, />Spoiler</);
  });

  test('if the catalog does not tell the clips beside it, the clip has its page', async () => {
    const library = aLibrary();
    library.catalog.findNeighbours = () => Promise.reject(catalogDown());
    const answer = await library.get(PAGE);
    assert.equal(answer.status, 200);
    assert.doesNotMatch(await answer.text(), /Next up/);
  });

  test('the line above "Next up" names the sort, the words and the filters', () => {
    const clips = [aClip()];
    assert.equal(orderText(searchFor(''), clips), 'Newest');
    const search = searchFor(`q=ace&from=500000000000000001&in=nowhere&longer=30&is=silent`);
    assert.equal(orderText(search, clips), 'Newest, “ace”, Soho, #nowhere, longer 30, silent');
  });
});

describe('the player on the page of a clip', () => {
  test('Discord’s link is never in the page, only when the link expires', async () => {
    const clip = aClip();
    const html = await aLibrary({ clips: [clip] }).text(PAGE);
    const player = element(html, 'player') ?? '';
    assert.ok(player.includes(`data-lease-ends="${clip.expiresAtMs}"`));
    assert.ok(player.includes(`data-src="${PAGE}.mp4"`));
    assert.doesNotMatch(html, /cdn\.example|hm=|attachments/);
    assert.match(element(htmlOf({ expiresAtMs: null }), 'player') ?? '', /data-lease-ends=""/);
  });

  test('the picture is loaded first and has the size of the clip', () => {
    const html = htmlOf({ width: 720, height: 1280 });
    const poster = `${PAGE}/poster.jpg?v=44556677aabbccdd`;
    assert.ok(html.includes(`<link rel="preload" as="image" href="${poster}"`));
    assert.match(element(html, 'video') ?? '', /width="720" height="1280"/);
    assert.match(element(html, 'player') ?? '', /data-shape="tall"/);
    assert.doesNotMatch(htmlOf({ isSpoiler: true }), /rel="preload"|poster\.jpg/);
  });

  test('a clip without a picture, or one that is still being archived, plays', () => {
    const html = htmlOf({ thumbnail: null, posterImage: null, status: 'archiving' });
    const video = element(html, 'video') ?? '';
    assert.doesNotMatch(html, /poster=|rel="preload"/);
    assert.match(video, /src=/);
    assert.match(element(html, 'fault') ?? '', /hidden/);
  });

  test('"?t=12" starts the clip there without a script', async () => {
    const html = await aLibrary().text(`${PAGE}?t=12`);
    assert.ok(element(html, 'video')?.includes(`src="${PAGE}.mp4#t=12"`));
    assert.match(html, /id="copy-at"[^]*>0:12</);
  });

  test('times are read as links have them, and others are ignored', () => {
    const cases: [string, number | null][] = [
      ['12', 12],
      ['12.5', 12.5],
      ['1m30s', 90],
      ['1h', 3600],
      ['0', null],
      ['', null],
      ['-1', null],
      ['1e3', null],
      ['99999999', null],
      ['4000', null],
    ];
    for (const [text, seconds] of cases) {
      assert.equal(parseStartSeconds(text, 4000), seconds, text);
    }
    assert.equal(parseStartSeconds('4000', null), 4000);
  });

  test('moments are buttons that jump, and without a script they load the page at that second', () => {
    const search = searchFor('sort=oldest');
    const html = htmlOf({ storyboard: STORYBOARD }, { search });
    const [form = ''] = /<form id="moments"[^]*?<\/form>/.exec(html) ?? [];
    assert.match(form, new RegExp(`action="${PAGE}" method="get"`));
    assert.match(form, /<input type="hidden" name="sort" value="oldest"\/>/);
    const buttons = form.match(/<button[^>]*>/g);
    assert.equal(buttons?.length, STORYBOARD.times.length);
    assert.equal(
      buttons[1],
      '<button name="t" value="12" data-at="12.4" aria-label="Jump to 0:12">',
    );
    assert.match(form, new RegExp(`<img class="f1" src="${PAGE}/moments\\?v=ab12"`));
    assert.doesNotMatch(form, /style=/);
    const spoiler = { storyboard: STORYBOARD, isSpoiler: true };
    assert.doesNotMatch(htmlOf(spoiler), /moments/);
    assert.match(htmlOf(spoiler, { isShown: true }), /name="show" value="1"/);
  });

  test('codecs have the names that people know', () => {
    assert.deepEqual(
      ['hevc', 'H264', 'constructor', null].map((codec) => codecName(codec)),
      ['HEVC', 'H.264', 'constructor', null],
    );
  });
});

describe('a clip whose video can’t be had', () => {
  const expired = { expiresAtMs: START_MS - 1, issuedAtMs: START_MS - 2 };

  test('the page says so over the picture and offers another try', () => {
    const fault = { kind: 'unreachable', triedAtMs: START_MS - 5 * MINUTE_MS } as const;
    const html = htmlOf({}, { fault, search: searchFor('sort=oldest') });
    assert.doesNotMatch(element(html, 'fault') ?? '', /hidden/);
    assert.match(html, /Discord won’t give us this clip right now\. Last tried 5 minutes ago\./);
    assert.match(html, new RegExp(`href="${PAGE}\\?sort=oldest" rel="nofollow">Try again`));
    assert.match(element(html, 'video') ?? '', /preload="none"[^>]*poster=/);
  });

  test('another try keeps a covered clip uncovered, and the second at which the clip starts', () => {
    const fault = { kind: 'unreachable', triedAtMs: null } as const;
    const shown = { fault, isShown: true, startSeconds: 12.5, search: searchFor('sort=oldest') };
    const html = htmlOf({ isSpoiler: true }, shown);
    assert.match(
      html,
      new RegExp(`href="${PAGE}\\?sort=oldest&amp;show=1&amp;t=12\\.5" rel="nofollow">Try again`),
    );
  });

  test('a link that is still valid plays, whatever the state of the clip is', async () => {
    for (const status of ['unreachable', 'stopped'] as const) {
      const valid = await aLibrary({ clips: [aClip({ status })] }).text(PAGE);
      assert.match(element(valid, 'fault') ?? '', /hidden/);
      const dead = await aLibrary({ clips: [aClip({ status, ...expired })] }).text(PAGE);
      assert.doesNotMatch(element(dead, 'fault') ?? 'hidden', /hidden/);
    }
  });

  test('after Discord had no link for a live clip, the page tells when that was', async () => {
    const library = aLibrary({ clips: [aClip(expired)] });
    assert.match(element(await library.text(PAGE), 'fault') ?? '', /hidden/);
    assert.equal((await library.get(`${PAGE}.mp4`)).status, 503);
    library.clock.nowMs += MINUTE_MS / 2;
    assert.match(await library.text(PAGE), /right now\. Last tried less than a minute ago\./);
    library.clock.nowMs += MINUTE_MS;
    assert.match(element(await library.text(PAGE), 'fault') ?? '', /hidden/);
  });

  test('the last try is told in minutes or hours', () => {
    assert.equal(lastTriedText(59_000), 'Last tried less than a minute ago.');
    assert.equal(lastTriedText(MINUTE_MS), 'Last tried 1 minute ago.');
    assert.equal(lastTriedText(150 * MINUTE_MS), 'Last tried 2 hours ago.');
  });
});

describe('the menu and the facts of a clip', () => {
  test('a text that is the title already is not shown again', () => {
    const shows = (description: string) =>
      htmlOf({ title: 'LUCKY ace', description }).includes('class="message"');
    assert.deepEqual(['LUCKY ace', 'LUCKY ace\nlook', '**LUCKY** ace', ''].map(shows), [
      false,
      true,
      true,
      false,
    ]);
  });

  test('a message opens on the web and in the app, and other servers have no app', () => {
    const messageLink = 'https://discord.com/channels/4/5/6';
    const html = htmlOf({ messageLink });
    assert.ok(html.includes(`id="open-discord" href="${messageLink}"`));
    assert.ok(html.includes('id="open-app" href="discord://-/channels/4/5/6"'));
    const other = htmlOf({ messageLink: 'https://chat.example.org/channels/4/5/6' });
    assert.match(other, /id="open-discord"/);
    assert.doesNotMatch(other, /discord:/);
    assert.doesNotMatch(htmlOf({ messageLink: 'javascript:alert(1)' }), /open-discord|javascript/);
  });

  test('only clips that other websites may show have an embed code', () => {
    const code = `data-code="&lt;iframe src=&quot;http://127.0.0.1:8240/embed/${CLIP_ID}&quot;`;
    assert.ok(htmlOf({}).includes(code));
    for (const changes of [{ isPublic: false }, { isSpoiler: true }]) {
      assert.doesNotMatch(htmlOf(changes), /embed-code|iframe/);
    }
  });

  test('the details name what is known, and leave out what is not', () => {
    const recordedAtMs = Date.UTC(2024, 9, 13, 20);
    assert.match(htmlOf({ recordedAtMs }), /<dt>Recorded<\/dt><dd dir="auto">13 Oct 2024, 22:00/);
    assert.doesNotMatch(htmlOf({ codec: null }), /<dt>(Recorded|Codec)<\/dt>/);
  });

  test('the game in the details leads to the page about the game', () => {
    const html = htmlOf({ game: 'Half-Life 2: <Update>' });
    assert.match(
      html,
      /<dt>Game<\/dt><dd dir="auto"><a href="\/games\/Half-Life%202%3A%20%3CUpdate%3E">/,
    );
    assert.match(html, /Half-Life 2: &lt;Update&gt;<\/a>/);
  });

  test('a page with ten moments and five next clips takes at most 8 KB compressed', () => {
    const times = Array.from({ length: 10 }, (_, at) => at * 2.7 + 0.35);
    const clips = Array.from({ length: 6 }, (_, at) =>
      aClip({
        id: clipIdAt(at * 7919),
        title: `Clip ${at} `.repeat(8),
        placeholder: THUMBHASH.replace('4', String(at)),
      }),
    );
    const [previous = null, ...next] = clips;
    const html = htmlOf(
      { description: 'a longer message '.repeat(20), storyboard: { ...STORYBOARD, times } },
      { neighbours: { previous, next }, settings: PUBLISHED },
    );
    const bytes = gzipSync(html).length;
    assert.ok(bytes <= MAX_PAGE_BYTES, `${bytes} bytes`);
  });
});
