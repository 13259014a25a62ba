import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, test } from 'node:test';
import type { CatalogClip } from '../../src/catalog/catalog.ts';
import type { LibrarySettings } from '../../src/config/settings.ts';
import { momentsPath } from '../../src/library/paths.ts';
import { aClip, aLibrary, CLIP_ID } from '../support/a-library.ts';

const PICTURES: Readonly<Record<string, Buffer>> = {
  'image/png': Buffer.from('89504e470d0a1a0a00', 'hex'),
  'image/jpeg': Buffer.from('ffd8ffe000', 'hex'),
  'image/gif': Buffer.from('GIF89a\0'),
  'image/webp': Buffer.from('RIFF\0\0\0\0WEBPVP8 '),
};
const NO_PICTURES = {
  'an SVG': Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'),
  'a page': Buffer.from('<!doctype html><script>alert(1)</script>'),
  'an empty object': Buffer.alloc(0),
};
const CARD = `/c/${CLIP_ID}/card`;
const PNG = PICTURES['image/png']!;

function libraryWith(bytes: Uint8Array) {
  const library = aLibrary();
  const { thumbnail, posterImage, poster } = aClip();
  for (const picture of [thumbnail, posterImage, poster.avatar]) {
    library.bucket.objects.set(picture!.key, bytes);
  }
  return library;
}

const hashOf = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex').slice(0, 16);

describe('pictures', () => {
  test('the type of a picture is what its bytes are, and not what its key says', async () => {
    for (const [type, bytes] of Object.entries(PICTURES)) {
      const library = libraryWith(bytes);
      for (const path of [CARD, `/c/${CLIP_ID}/poster.jpg`, '/a/500000000000000001']) {
        const answer = await library.get(path);
        assert.equal(answer.status, 200, path);
        assert.equal(answer.headers.get('content-type'), type);
        assert.deepEqual(Buffer.from(await answer.arrayBuffer()), bytes);
      }
    }
  });

  test('bytes that are not a picture are not sent', async () => {
    for (const [what, bytes] of Object.entries(NO_PICTURES)) {
      assert.equal((await libraryWith(bytes).get(CARD)).status, 404, what);
    }
    assert.equal((await aLibrary().get(CARD)).status, 404, 'no object');
  });

  test('a picture may be kept for a week only if the address has the hash of its bytes', async () => {
    const library = libraryWith(PNG);
    const cachingOf = async (path: string) =>
      (await library.get(path)).headers.get('cache-control');
    assert.equal(await cachingOf(`${CARD}?v=${hashOf(PNG)}`), 'private, max-age=604800, immutable');
    for (const version of ['', '?v=', '?v=00112233aabbccdd', `?v=${hashOf(PNG)}0`]) {
      assert.equal(await cachingOf(`${CARD}${version}`), 'private, no-cache', version);
    }
    const etag = (await library.get(CARD)).headers.get('etag') ?? '';
    const again = await library.get(CARD, { headers: { 'if-none-match': etag } });
    assert.equal(again.status, 304);
  });

  describe('moments', () => {
    const MOMENTS = `/c/${CLIP_ID}/moments`;
    const WEBP = PICTURES['image/webp']!;
    const version = hashOf(WEBP);
    const storyboard = { key: `storyboard/${CLIP_ID}.webp`, version, times: [1, 2.5, 4] };
    function libraryOf(changes: Partial<CatalogClip>, settings: Partial<LibrarySettings> = {}) {
      const library = aLibrary({ clips: [aClip({ storyboard, ...changes })], settings });
      library.bucket.objects.set(storyboard.key, WEBP);
      return library;
    }
    const statusOf = async (query: string, ...clip: Parameters<typeof libraryOf>) =>
      (await libraryOf(...clip).get(`${MOMENTS}${query}`)).status;

    test('the storyboard of a clip may be kept for a week if the address has its hash, as `momentsPath` makes it', async () => {
      const library = libraryOf({});
      assert.equal(momentsPath({ id: CLIP_ID, storyboard }), `${MOMENTS}?v=${version}`);
      const answer = await library.get(`${MOMENTS}?v=${version}`);
      assert.equal(answer.headers.get('content-type'), 'image/webp');
      assert.equal(answer.headers.get('cache-control'), 'private, max-age=604800, immutable');
      assert.deepEqual(Buffer.from(await answer.arrayBuffer()), WEBP);
      const unversioned = await library.get(MOMENTS);
      assert.equal(unversioned.headers.get('cache-control'), 'private, no-cache');
    });

    test('the storyboard of a spoiler or of an age-restricted clip is sent only to those who asked to see the clip', async () => {
      for (const cover of [{ isSpoiler: true }, { isNsfw: true }]) {
        for (const query of ['', '?v=', '?v=0011223344556677', '?show=0'])
          assert.equal(await statusOf(query, cover), 404, query);
        assert.equal(await statusOf(`?v=${version}`, cover), 200);
        assert.equal(await statusOf('?show=1', cover), 200);
        const old = { ...cover, storyboard: { ...storyboard, version: null } };
        assert.equal(await statusOf('', old), 404, 'without a hash');
      }
    });

    test('a clip without a storyboard, a deleted clip and a hidden clip have no moments', async () => {
      assert.equal(momentsPath(aClip()), null);
      assert.equal(await statusOf('', { storyboard: null }), 404);
      assert.equal(await statusOf(`?v=${version}`, { status: 'deleted' }), 404);
      const published = { url: 'https://clips.example' };
      assert.equal(await statusOf(`?v=${version}`, { isPublic: false }, published), 404);
      assert.equal(await statusOf(`?v=${version}`, { isPublic: true }, published), 200);
    });
  });

  test('an avatar may be kept for a week if the address has the version in the catalog', async () => {
    const library = libraryWith(PNG);
    const kept = await library.get('/a/500000000000000001?v=ab12');
    assert.equal(kept.headers.get('cache-control'), 'private, max-age=604800, immutable');
    const other = await library.get('/a/500000000000000001?v=ab13');
    assert.equal(other.headers.get('cache-control'), 'private, no-cache');
  });

  test('avatars of unknown people and invalid ids are not found, without a look into the bucket', async () => {
    const library = libraryWith(PNG);
    for (const id of ['1', 'x', '..%2f..%2fmessages', '500000000000000001.png', '5-zz']) {
      assert.equal((await library.get(`/a/${id}`)).status, 404, id);
    }
    assert.deepEqual(library.bucket.reads, []);
  });

  test('if the bucket does not answer, a picture is an error page and the clip’s page still works', async () => {
    const library = libraryWith(PNG);
    library.bucket.fault = new Error('no network');
    for (let at = 0; at < 3; at++) assert.equal((await library.get(CARD)).status, 503);
    assert.equal(library.logged.length, 1, 'one line for all pictures');
    assert.equal((await library.get(`/c/${CLIP_ID}`)).status, 200);
  });
});
