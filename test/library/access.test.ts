import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { LibrarySettings } from '../../src/config/settings.ts';
import { checkLibrarySettings, isPublished } from '../../src/library/access.ts';
import {
  aClip,
  aLibrary,
  CHANNEL_ID,
  CLIP_ID,
  clipIdAt,
  LOCAL,
  PUBLISHED,
} from '../support/a-library.ts';

const HIDDEN = aClip({ isPublic: false, title: 'Secret ace' });
const PICTURE = Buffer.from('89504e470d0a1a0a', 'hex');
const AVATAR = `/a/${HIDDEN.poster.id}`;
const CLIP_PATHS = ['', '.mp4', '/card', '/poster.jpg'].map((end) => `/c/${CLIP_ID}${end}`);
/** Other websites show only public clips, wherever the request comes from. */
const SHARED_PATHS = [
  `/embed/${CLIP_ID}`,
  `/oembed?url=${encodeURIComponent(`${PUBLISHED.url}/c/${CLIP_ID}`)}`,
];

function libraryWith(settings: Partial<LibrarySettings>, isPublic = false) {
  const library = aLibrary({ clips: [{ ...HIDDEN, isPublic }], settings });
  library.catalog.oldIds.set('c894f61c', CLIP_ID);
  for (const key of [HIDDEN.thumbnail!.key, HIDDEN.posterImage!.key, HIDDEN.poster.avatar!.key]) {
    library.bucket.objects.set(key, PICTURE);
  }
  return library;
}

/** Returns whether each place shows the hidden clip. They must agree. */
async function showsClip(
  library: ReturnType<typeof aLibrary>,
  headers: Record<string, string> = {},
): Promise<boolean> {
  const answers = new Map<string, boolean>();
  for (const path of [...CLIP_PATHS, AVATAR, '/discord-clip-library/?clip=c894f61c']) {
    answers.set(path, (await library.get(path, { headers })).status !== 404);
  }
  for (const path of ['/', '/?q=secret']) {
    answers.set(path, (await library.text(path, { headers })).includes(`/c/${CLIP_ID}`));
  }
  const random = await library.get('/random', { headers });
  answers.set('/random', random.headers.get('location') === `/c/${CLIP_ID}`);
  assert.equal(new Set(answers.values()).size, 1, JSON.stringify([...answers]));
  return [...answers.values()][0]!;
}

describe('who sees what', () => {
  test('on a loopback address, readers see every clip', async () => {
    assert.equal(await showsClip(libraryWith({})), true);
  });

  test('on a published address, readers see only the clips of public channels', async () => {
    for (const settings of [
      PUBLISHED,
      { address: '0.0.0.0:8240', url: 'http://localhost:8240' },
      { publishedAddress: '192.168.1.5:8240', url: 'http://localhost:8240' },
    ]) {
      assert.equal(await showsClip(libraryWith(settings)), false, JSON.stringify(settings));
      assert.equal(await showsClip(libraryWith(settings, true)), true, JSON.stringify(settings));
    }
  });

  test('a request that came through a proxy counts as published', async () => {
    for (const name of [
      'Forwarded',
      'X-Forwarded-For',
      'X-Forwarded-Host',
      'X-Forwarded-Proto',
      'X-Real-IP',
      'CF-Connecting-IP',
      'Via',
    ]) {
      assert.equal(await showsClip(libraryWith({}), { [name]: '' }), false, name);
      assert.equal(await showsClip(libraryWith({}), { [name]: 'x' }), false, name);
    }
  });

  test('channels in LIBRARY_CHANNEL_IDS are shown to everybody', async () => {
    assert.equal(await showsClip(libraryWith({ ...PUBLISHED, channelIds: [CHANNEL_ID] })), true);
  });

  test('LIBRARY_ACCESS=open shows everything to everybody', async () => {
    assert.equal(await showsClip(libraryWith({ ...PUBLISHED, access: 'open' })), true);
  });

  test('other websites can embed only the clips of public channels', async () => {
    for (const isPublic of [true, false]) {
      for (const path of SHARED_PATHS) {
        const { status } = await libraryWith(PUBLISHED, isPublic).get(path);
        assert.equal(status, isPublic ? 200 : 404, path);
      }
    }
  });

  test('a hidden clip gets the same answer as a clip that does not exist', async () => {
    for (const status of ['live', 'deleted', 'purged'] as const) {
      const library = libraryWith(PUBLISHED);
      library.catalog.clips = [{ ...HIDDEN, status }];
      for (const path of [...CLIP_PATHS, ...SHARED_PATHS]) {
        const unknown = path.replace(CLIP_ID, clipIdAt(99));
        const answers = [await library.get(path), await library.get(unknown)];
        const [hidden, none] = await Promise.all(
          answers.map(async (answer) => [answer.status, [...answer.headers], await answer.text()]),
        );
        assert.deepEqual(hidden, none, `${status} ${path}`);
      }
    }
  });

  test('while Temporal does not answer, a hidden clip and an unknown clip get the same answer too', async () => {
    const library = libraryWith(PUBLISHED);
    library.links.description = () => ({ kind: 'busy', reason: 'x' });
    for (const path of CLIP_PATHS) {
      for (const id of [CLIP_ID, clipIdAt(99)]) {
        assert.equal((await library.get(path.replace(CLIP_ID, id))).status, 503, path);
      }
    }
  });

  test('in a container, the published address decides, and not the address of the process', () => {
    const inContainer = { ...LOCAL, address: '0.0.0.0:8240' };
    assert.equal(isPublished({ ...inContainer, publishedAddress: '127.0.0.1:8240' }), false);
    assert.equal(isPublished({ ...inContainer, publishedAddress: '10.0.0.1:8240' }), true);
    assert.equal(isPublished(inContainer), true);
  });

  test('an address is on loopback only if no other machine can reach it', () => {
    for (const [address, expected] of Object.entries({
      '127.0.0.1:1': false,
      '127.5.6.7:1': false,
      'localhost:1': false,
      '[::1]:1': false,
      '[::]:1': true,
      '0.0.0.0:1': true,
      '192.168.0.1:1': true,
      'localhost.example.org:1': true,
      '127.example.org:1': true,
    })) {
      assert.equal(isPublished({ ...LOCAL, address }), expected, address);
    }
  });

  test('a published address without LIBRARY_URL stops the start with one sentence', () => {
    assert.throws(
      () => checkLibrarySettings({ ...LOCAL, address: '0.0.0.0:8240' }),
      /^Error: LIBRARY_ADDRESS=0\.0\.0\.0:8240 can be reached from other machines: set LIBRARY_URL to [^\n]+$/,
    );
    assert.throws(
      () => checkLibrarySettings({ ...LOCAL, publishedAddress: '0.0.0.0:80' }),
      /^Error: LIBRARY_PUBLISHED_ADDRESS=0\.0\.0\.0:80 can be reached/,
    );
    checkLibrarySettings(LOCAL);
    checkLibrarySettings({ ...PUBLISHED, address: '0.0.0.0:8240' });
  });

  test('a LIBRARY_URL with a path stops the start with one sentence', () => {
    assert.throws(
      () => checkLibrarySettings({ ...LOCAL, url: 'https://example.org/clips' }),
      /^Error: LIBRARY_URL=https:\/\/example\.org\/clips has a path: [^\n]+$/,
    );
  });
});
