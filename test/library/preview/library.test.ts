import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { CatalogClip } from '../../../src/catalog/catalog.ts';
import { parseHead } from '../../../src/emulator/crawler/parse-head.ts';
import { readTags } from '../../../src/emulator/crawler/read-tags.ts';
import { aClip, aLibrary, CLIP_ID, PUBLISHED } from '../../support/a-library.ts';

const BASE = PUBLISHED.url ?? '';

function libraryWith(changes: Partial<CatalogClip> = {}, settings = PUBLISHED) {
  return aLibrary({ clips: [aClip(changes)], settings });
}

async function tagsOf(changes: Partial<CatalogClip> = {}, settings = PUBLISHED) {
  const page = await libraryWith(changes, settings).text(`/c/${CLIP_ID}`);
  return readTags(parseHead(page).tags);
}

describe('previews in the library', () => {
  test('the page of a clip offers the video, the picture and oEmbed', async () => {
    const tags = await tagsOf();
    assert.equal(tags.title, 'Ace on Dust');
    assert.equal(tags.layout, 'video');
    assert.equal(tags.video?.address, `${BASE}/c/${CLIP_ID}.mp4`);
    assert.equal(tags.image?.address, `${BASE}/c/${CLIP_ID}/poster.jpg?v=44556677aabbccdd`);
    assert.ok(tags.oembed?.startsWith(`${BASE}/oembed?url=`));
  });

  test('the page of a clip that may have no preview shows crawlers only the library’s name', async () => {
    const cases: Partial<CatalogClip>[] = [
      { isSpoiler: true },
      { isNsfw: true },
      { status: 'unreachable' },
      { status: 'stopped' },
    ];
    for (const changes of cases) {
      const { title, description, image, video, oembed } = await tagsOf(changes);
      assert.deepEqual(
        { title, description, image, video, oembed },
        { title: 'Ragtag Clips', description: '', image: null, video: null, oembed: null },
      );
    }
  });

  test('a private clip on a loopback address has a page, but neither a preview nor a player in a frame', async () => {
    const local = { ...PUBLISHED, url: null };
    assert.equal((await tagsOf({ isPublic: false }, local)).title, 'Ragtag Clips');
    const library = libraryWith({ isPublic: false }, local);
    assert.equal((await library.get(`/c/${CLIP_ID}`)).status, 200);
    assert.equal((await library.get(`/embed/${CLIP_ID}`)).status, 404);
  });

  test('only the player’s page may be shown in a frame, and oEmbed describes it', async () => {
    const library = libraryWith();
    const policyOf = async (path: string) =>
      (await library.get(path)).headers.get('content-security-policy') ?? '';
    assert.match(await policyOf(`/embed/${CLIP_ID}`), /style-src 'sha256-.*; frame-ancestors \*$/);
    assert.match(await policyOf(`/c/${CLIP_ID}`), /frame-ancestors 'none'/);
    const url = encodeURIComponent(`${BASE}/c/${CLIP_ID}`);
    const response = await library.get(`/oembed?url=${url}`);
    const { html } = (await response.json()) as { html: string };
    assert.match(html, new RegExp(`^<iframe src="${BASE}/embed/${CLIP_ID}"`));
  });
});
