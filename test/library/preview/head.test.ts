import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { html } from 'hono/html';
import type { CatalogClip } from '../../../src/catalog/catalog.ts';
import { parseHead } from '../../../src/emulator/crawler/parse-head.ts';
import { headOf } from '../../../src/library/preview/head.ts';
import { PreviewHead } from '../../../src/library/preview/preview-head.tsx';
import { aClip, CLIP_ID } from '../../support/a-library.ts';
import { BASE, SETTINGS, valuesOf } from './preview-tags.ts';

function valuesFor(changes: Partial<CatalogClip> = {}, settings = SETTINGS) {
  return valuesOf(headOf(aClip(changes), settings));
}

/** Asserts that the tags offer a picture and no video. */
function assertNoVideo(changes: Partial<CatalogClip>) {
  const tags = valuesFor(changes);
  assert.deepEqual(
    Object.keys(tags).filter((key) => /video|player/.test(key)),
    [],
  );
  assert.equal(tags['twitter:card'], 'summary_large_image');
  assert.ok(tags['og:image']);
}

describe('the head of a clip’s page', () => {
  test('the tags of a clip that Discord can play are complete', () => {
    const page = `${BASE}/c/${CLIP_ID}`;
    const video = `${page}.mp4`;
    const poster = `${page}/poster.jpg?v=44556677aabbccdd`;
    const alt = 'A frame of the clip “Ace on Dust”';
    assert.deepEqual(valuesFor(), {
      'og:site_name': 'Ragtag Clips',
      'theme-color': '#3DDC97',
      'og:title': 'Ace on Dust',
      'og:description': 'what a round',
      'twitter:title': 'Ace on Dust',
      'og:url': page,
      canonical: page,
      alternate: `${BASE}/oembed?url=${encodeURIComponent(page)}&format=json`,
      'og:type': 'video.other',
      'og:video': video,
      'og:video:secure_url': video,
      'og:video:type': 'video/mp4',
      'og:video:width': '1920',
      'og:video:height': '1080',
      'twitter:card': 'player',
      'twitter:player': video,
      'twitter:player:stream': video,
      'twitter:player:stream:content_type': 'video/mp4',
      'twitter:player:width': '1920',
      'twitter:player:height': '1080',
      'og:image': poster,
      'og:image:type': 'image/jpeg',
      'og:image:width': '1280',
      'og:image:height': '720',
      'og:image:alt': alt,
      'twitter:image': poster,
      'twitter:image:width': '1280',
      'twitter:image:height': '720',
      'twitter:image:alt': alt,
    });
  });

  test('the tags never contain Discord’s link, which is a secret', () => {
    assert.doesNotMatch(JSON.stringify(headOf(aClip(), SETTINGS)), /cdn\.example|5ec5e7|discord/);
  });

  test('the link to oEmbed has the type that makes apps find it', () => {
    const link = headOf(aClip(), SETTINGS).find(({ attributes }) => 'type' in attributes);
    assert.deepEqual(link?.attributes, {
      rel: 'alternate',
      type: 'application/json+oembed',
      href: valuesFor().alternate,
    });
  });

  test('a portrait clip keeps its real size, and its poster image fits 1280 pixels in height', () => {
    const tags = valuesFor({ width: 1080, height: 1920 });
    assert.equal(tags['og:video:width'], '1080');
    assert.equal(tags['og:video:height'], '1920');
    assert.equal(tags['og:image:width'], '720');
    assert.equal(tags['og:image:height'], '1280');
  });

  test('the poster image of a small clip is not said to be larger than the clip', () => {
    const tags = valuesFor({ width: 640, height: 360 });
    assert.equal(tags['og:image:width'], '640');
    assert.equal(tags['og:image:height'], '360');
  });

  test('if the size of a clip is unknown, no tag states a size', () => {
    for (const size of [{ width: null }, { height: null }, { width: 0 }]) {
      const tags = valuesFor(size);
      assert.deepEqual(
        Object.keys(tags).filter((key) => /width|height/.test(key)),
        [],
      );
      assert.equal(tags['og:video'], `${BASE}/c/${CLIP_ID}.mp4`);
    }
  });

  test('a clip without a poster image shows its thumbnail, whose size is unknown', () => {
    const tags = valuesFor({ posterImage: null });
    assert.equal(tags['og:image'], `${BASE}/c/${CLIP_ID}/card?v=00112233aabbccdd`);
    assert.equal(tags['twitter:image'], tags['og:image']);
    assert.equal(tags['og:image:type'], 'image/webp');
    assert.equal(tags['og:image:width'], undefined);
  });

  test('the address of a picture without a version has no parameter', () => {
    const posterImage = { key: `poster/${CLIP_ID}.jpg`, version: null };
    assert.equal(valuesFor({ posterImage })['og:image'], `${BASE}/c/${CLIP_ID}/poster.jpg`);
  });

  test('a clip without any picture has no image tag', () => {
    const tags = valuesFor({ posterImage: null, thumbnail: null });
    assert.deepEqual(
      Object.keys(tags).filter((key) => key.includes('image')),
      [],
    );
    const large = valuesFor({ posterImage: null, thumbnail: null, sizeBytes: null });
    assert.equal(large['twitter:card'], 'summary');
  });

  test('an address of more than 2,048 characters is left out, because it would prevent the preview', () => {
    const posterImage = { key: 'poster/a.jpg', version: 'v'.repeat(2048) };
    assert.equal(valuesFor({ posterImage })['og:image'], undefined);
    const url = `https://${'a'.repeat(2048)}.example`;
    const tags = valuesFor({}, { ...SETTINGS, url });
    assert.ok(Object.values(tags).every((value) => value.length <= 2048));
  });

  test('without an https address, the tags contain texts and no address', () => {
    for (const url of [null, 'http://clips.lan']) {
      const tags = valuesFor({}, { ...SETTINGS, url });
      assert.equal(tags['og:title'], 'Ace on Dust');
      assert.equal(tags['twitter:card'], 'summary');
      assert.doesNotMatch(JSON.stringify(tags), /http/);
    }
  });
});

describe('which videos a preview offers', () => {
  test('a video of more than 100 MB is not offered, and one of exactly 100 MB is', () => {
    assertNoVideo({ sizeBytes: 100_000_001 });
    assert.ok(valuesFor({ sizeBytes: 100_000_000 })['og:video']);
  });

  test('a video of unknown size is not offered', () => {
    assertNoVideo({ sizeBytes: null });
  });

  for (const [extension, contentType, codec] of [
    ['mp4', 'video/mp4', 'h264'],
    ['mp4', 'video/mp4', 'av1'],
    ['mp4', 'video/mp4', 'vp9'],
    ['webm', 'video/webm', 'vp8'],
    ['webm', 'video/webm', 'vp9'],
    ['webm', 'video/webm', 'av1'],
    ['mov', 'video/quicktime', 'h264'],
  ] as const) {
    test(`a ${codec} video in a .${extension} file is offered as ${contentType}`, () => {
      const tags = valuesFor({ extension, contentType, codec });
      assert.equal(tags['og:video'], `${BASE}/c/${CLIP_ID}.${extension}`);
      assert.equal(tags['og:video:type'], contentType);
    });
  }

  for (const [extension, contentType, codec] of [
    ['mp4', 'video/mp4', 'hevc'],
    ['mp4', 'video/mp4', 'mpeg4'],
    ['mov', 'video/quicktime', 'hevc'],
    ['mov', 'video/quicktime', 'prores'],
    ['webm', 'video/webm', 'h264'],
    ['mkv', 'video/x-matroska', 'h264'],
    ['m4v', 'video/x-m4v', 'h264'],
    ['mp4', 'application/octet-stream', 'h264'],
    ['mkv', 'video/mp4', 'h264'],
  ] as const) {
    test(`a ${codec} video in a .${extension} file of type ${contentType} is not offered`, () => {
      assertNoVideo({ extension, contentType, codec });
    });
  }

  test('if the codec is unknown, the video is offered', () => {
    assert.ok(valuesFor({ codec: null })['og:video']);
  });

  test('the type is the one that Discord serves, and follows from the ending if that is unknown', () => {
    const served = valuesFor({ contentType: 'Video/QuickTime; charset=binary' });
    assert.equal(served['og:video:type'], 'video/quicktime');
    const guessed = valuesFor({ contentType: null, extension: 'webm', codec: 'vp9' });
    assert.equal(guessed['og:video:type'], 'video/webm');
  });
});

describe('clips that a preview does not show', () => {
  const NEUTRAL = {
    'og:site_name': 'Ragtag Clips',
    'theme-color': '#3DDC97',
    'og:title': 'Ragtag Clips',
    'twitter:title': 'Ragtag Clips',
  };

  for (const [what, changes] of [
    ['a spoiler', { isSpoiler: true }],
    ['an age-restricted clip', { isNsfw: true }],
    ['a clip of a channel that @everyone can’t read', { isPublic: false }],
    ['a deleted clip', { status: 'deleted' }],
    ['a stopped clip', { status: 'stopped' }],
    ['an unreachable clip', { status: 'unreachable' }],
    ['a purged clip', { status: 'purged' }],
  ] as const) {
    test(`the head of ${what} contains only the library’s name`, () => {
      assert.deepEqual(valuesFor(changes), NEUTRAL);
    });
  }

  test('the head of an unknown clip is the same as that of a clip that may not be shown', () => {
    assert.deepEqual(valuesOf(headOf(null, SETTINGS)), NEUTRAL);
  });

  test('the settings can publish a channel or everything, but neither spoilers nor age-restricted clips', () => {
    const published = [
      { ...SETTINGS, channelIds: [aClip().channelId] },
      { ...SETTINGS, access: 'open' as const },
    ];
    for (const settings of published) {
      assert.equal(valuesFor({ isPublic: false }, settings)['og:title'], 'Ace on Dust');
      assert.deepEqual(valuesFor({ isPublic: false, isNsfw: true }, settings), NEUTRAL);
      assert.deepEqual(valuesFor({ isPublic: false, isSpoiler: true }, settings), NEUTRAL);
    }
    const other = { ...SETTINGS, channelIds: ['900000000000000009'] };
    assert.deepEqual(valuesFor({ isPublic: false }, other), NEUTRAL);
  });

  test('a clip whose pictures are still being made has a preview', () => {
    assert.equal(valuesFor({ status: 'archiving' })['og:title'], 'Ace on Dust');
  });
});

describe('the texts of a preview', () => {
  const bytes = (text: string | undefined) => Buffer.byteLength(text ?? '');

  test('a title of Cyrillic letters is cut to 70 bytes between two letters', () => {
    const title = valuesFor({ title: 'ж'.repeat(80) })['og:title'];
    assert.equal(title, `${'ж'.repeat(33)}…`);
    assert.equal(bytes(title), 69);
  });

  test('a title of emoji is cut between two emoji, even if an emoji consists of many characters', () => {
    const family = '👩‍👩‍👧‍👦'; // 25 bytes
    const title = valuesFor({ title: family.repeat(4) })['og:title'];
    assert.equal(title, `${family.repeat(2)}…`);
  });

  test('a title of exactly 70 bytes is not cut', () => {
    const title = 'ж'.repeat(35);
    assert.equal(valuesFor({ title })['og:title'], title);
  });

  test('a letter with hundreds of accents is cut too', () => {
    const title = valuesFor({ title: `e${'\u0301'.repeat(500)}` })['og:title'];
    assert.ok(bytes(title) <= 70);
    assert.match(title ?? '', /^e\u0301+…$/);
  });

  test('a description has at most 350 bytes', () => {
    const description = valuesFor({ description: '🎮'.repeat(2000) })['og:description'];
    assert.equal(description, `${'🎮'.repeat(86)}…`);
  });

  test('the library’s name has at most 256 characters', () => {
    const long = valuesFor({}, { ...SETTINGS, name: 'ж'.repeat(300) })['og:site_name'];
    assert.equal(long, `${'ж'.repeat(255)}…`);
    const full = 'ж'.repeat(256);
    assert.equal(valuesFor({}, { ...SETTINGS, name: full })['og:site_name'], full);
  });

  test('texts are one line without controls and without characters that turn the direction of text', () => {
    const hostile = 'a\r\nb\u2028c\u202egpj.exe\u0000\u001b[2J\u200b';
    const tags = valuesFor(
      { title: hostile, description: `x ${hostile}`, altText: hostile },
      { ...SETTINGS, name: hostile },
    );
    assert.equal(tags['og:title'], 'a b c gpj.exe [2J');
    assert.equal(tags['og:description'], 'x a b c gpj.exe [2J');
    assert.equal(tags['og:image:alt'], 'a b c gpj.exe [2J');
    assert.equal(tags['og:site_name'], 'a b c gpj.exe [2J');
  });

  test('the text of a spoiler is covered everywhere, also if the title was cut inside of it', () => {
    const tags = valuesFor({
      title: 'the end: ||everybody',
      description: 'the end: ||everybody\ndies|| and ||more||',
      altText: 'a ||dead|| hero',
    });
    assert.equal(tags['og:title'], 'the end: ▇▇▇');
    assert.equal(tags['og:description'], 'the end: ▇▇▇ and ▇▇▇');
    assert.equal(tags['og:image:alt'], 'a ▇▇▇ hero');
  });

  test('if the message says no more than the title, the description says who posted the clip', () => {
    for (const description of ['', 'Ace on Dust', ' Ace\non Dust ']) {
      assert.equal(valuesFor({ description })['og:description'], 'Posted by Soho in #clips');
    }
    const channel = { ...aClip().channel, name: null };
    assert.equal(valuesFor({ description: '', channel })['og:description'], 'Posted by Soho');
  });

  test('the uploader’s text for a picture wins over Everclip’s', () => {
    assert.equal(valuesFor({ altText: 'Five kills' })['og:image:alt'], 'Five kills');
  });
});

test('hostile texts stay inside their tags when the head is rendered', async () => {
  const hostile = `"><script>alert(1)</script>' onload='x' &amp; </head><body>`;
  const clip = aClip({ title: hostile, description: `d ${hostile}`, altText: hostile });
  const settings = { ...SETTINGS, name: hostile };
  const rendered = await html`<head>
    ${PreviewHead({ clip, settings })}
  </head>`;
  const { tags, isComplete } = parseHead(String(rendered));
  assert.ok(isComplete);
  const expected = headOf(clip, settings);
  assert.deepEqual(
    tags.map(({ name, attributes }) => ({ tag: name, attributes: { ...attributes } })),
    expected,
  );
  assert.doesNotMatch(String(rendered), /<script/);
});
