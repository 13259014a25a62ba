import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { rgbaToThumbHash } from 'thumbhash';
import { chooseEncoding } from '../../src/library/http/document.ts';
import { randomOf } from '../support/random.ts';
import { aClip, aLibrary, clipIdAt, START_MS } from '../support/a-library.ts';

const KILOBYTE = 1024;
const MAX_LIST_BYTES = 14 * KILOBYTE;
const MAX_STYLE_BYTES = 8 * KILOBYTE;
const MAX_ICON_BYTES = 4 * KILOBYTE;
const MAX_ELEMENTS = 1200;

/** Returns clips that compress badly: each has a picture, a title and a poster of its own. */
function variedClips(count: number) {
  const random = randomOf(7);
  const hex = (length: number) =>
    Array.from({ length }, () => Math.floor(random() * 16).toString(16)).join('');
  return Array.from({ length: count }, (_, at) => {
    const rgba = Uint8Array.from({ length: 32 * 18 * 4 }, () => Math.floor(random() * 256));
    const id = clipIdAt(at * 7919);
    return aClip({
      id,
      title: `We won round ${at} by a single pixel, ${hex(10)} ${hex(8)}`,
      postedAtMs: START_MS - at * 40_000_000,
      thumbnail: { key: `thumb/${id}.webp`, version: hex(16) },
      placeholder: Buffer.from(rgbaToThumbHash(32, 18, rgba)).toString('base64'),
      poster: {
        id: `5000000000${at}`,
        username: hex(8),
        displayName: `Player ${hex(6)}`,
        avatar: { key: `userData/5000000000${at}.png`, version: hex(8) },
      },
    });
  });
}

async function sizeOf(path: string, encoding: string, clips = variedClips(128)): Promise<number> {
  const answer = await aLibrary({ clips }).get(path, { headers: { 'accept-encoding': encoding } });
  assert.equal(answer.headers.get('content-encoding'), encoding);
  return (await answer.arrayBuffer()).byteLength;
}

describe('the budget of a page with a list', () => {
  test('the HTML of 24 clips takes at most 14 KB, by brotli and by gzip', async () => {
    for (const encoding of ['br', 'gzip']) {
      const bytes = await sizeOf('/', encoding);
      assert.ok(bytes > KILOBYTE && bytes <= MAX_LIST_BYTES, `${bytes} bytes by ${encoding}`);
    }
  });

  test('a page with 48 clips and the menu of filters has at most 1,200 elements', async () => {
    const library = aLibrary({ clips: variedClips(128) });
    const facets = Array.from({ length: 200 }, (_, at) => {
      return { value: `${at}`, label: `name ${at}`, count: at };
    });
    library.catalog.facets = { posters: facets, channels: facets, games: facets };
    const html = await library.text('/?count=48&filter=1');
    const elements = html.match(/<[a-z]/g)?.length ?? 0;
    assert.equal(html.match(/<article/g)?.length, 48);
    assert.ok(elements <= MAX_ELEMENTS, `${elements} elements`);
  });

  test('the style sheet takes at most 8 KB, and the icons at most 4 KB', async () => {
    const html = await aLibrary().text('/');
    const pathOf = (name: RegExp) => name.exec(html)?.[0] ?? '';
    const style = await sizeOf(pathOf(/\/assets\/library\.\w+\.css/), 'br');
    assert.ok(style > KILOBYTE && style <= MAX_STYLE_BYTES, `${style} bytes`);
    const icons = await sizeOf(pathOf(/\/assets\/icons\.\w+\.svg/), 'br');
    assert.ok(icons > 0 && icons <= MAX_ICON_BYTES, `${icons} bytes`);
  });
});

describe('the compression of a page', () => {
  test('a compressed page is the same page, and its tag is weak', async () => {
    const library = aLibrary();
    const plain = await library.get('/');
    const text = await plain.text();
    const decoders = { br: brotliDecompressSync, gzip: gunzipSync };
    for (const [encoding, decode] of Object.entries(decoders)) {
      const init = { headers: { 'accept-encoding': encoding } };
      const answer = await library.get('/', init);
      assert.equal(decode(await answer.arrayBuffer()).toString(), text);
      assert.equal(answer.headers.get('vary'), 'Accept-Encoding');
      const etag = answer.headers.get('etag') ?? '';
      assert.equal(etag, `W/${plain.headers.get('etag')}`);
      const again = { headers: { ...init.headers, 'if-none-match': etag } };
      assert.equal((await library.get('/', again)).status, 304);
    }
  });

  test('a client gets only an encoding that it accepts', () => {
    const cases: [string | undefined, string | null][] = [
      ['gzip, deflate, br, zstd', 'br'],
      ['GZIP', 'gzip'],
      ['br;q=0, gzip;q=0.5', 'gzip'],
      ['br;q=0.0', null],
      ['identity', null],
      ['brx', null],
      [undefined, null],
    ];
    for (const [header, encoding] of cases) assert.equal(chooseEncoding(header), encoding, header);
  });
});
