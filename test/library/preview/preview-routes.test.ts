import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Hono } from 'hono';
import { CatalogUnavailable, type CatalogClip } from '../../../src/catalog/catalog.ts';
import {
  addPreviewRoutes,
  type PreviewParts,
} from '../../../src/library/preview/preview-routes.ts';
import { aClip, CLIP_ID } from '../../support/a-library.ts';
import { BASE, SETTINGS } from './preview-tags.ts';

const PAGE = `${BASE}/c/${CLIP_ID}`;

/** Serves one clip. A clip with another id does not exist. */
function appWith(changes: Partial<CatalogClip> = {}, parts: Partial<PreviewParts> = {}): Hono {
  const app = new Hono();
  addPreviewRoutes(app, {
    findClip: (id) => Promise.resolve(id === CLIP_ID ? aClip(changes) : null),
    settings: SETTINGS,
    mediaHosts: ['https://cdn.discordapp.com', 'https://media.discordapp.net'],
    ...parts,
  });
  return app;
}

async function askOembed(query: Record<string, string>, app = appWith()) {
  const response = await app.request(`/oembed?${new URLSearchParams(query).toString()}`);
  const json = (await response.json()) as Record<string, unknown>;
  return { status: response.status, headers: response.headers, json };
}

const UNSHOWN: Readonly<Record<string, Partial<CatalogClip>>> = {
  'a spoiler': { isSpoiler: true },
  'an age-restricted clip': { isNsfw: true },
  'a clip of a private channel': { isPublic: false },
  'a deleted clip': { status: 'deleted' },
  'a stopped clip': { status: 'stopped' },
  'an unreachable clip': { status: 'unreachable' },
  'a purged clip': { status: 'purged', url: null },
};

describe('GET /oembed', () => {
  test('the answer describes the player of the clip', async () => {
    const { status, headers, json } = await askOembed({ url: PAGE });
    assert.equal(status, 200);
    assert.match(headers.get('content-type') ?? '', /^application\/json/);
    assert.deepEqual(json, {
      version: '1.0',
      type: 'video',
      title: 'Ace on Dust',
      author_name: 'Soho',
      provider_name: 'Ragtag Clips',
      provider_url: `${BASE}/`,
      width: 1920,
      height: 1080,
      html:
        `<iframe src="${BASE}/embed/${CLIP_ID}" width="1920" height="1080" title="Ace on Dust" ` +
        'allow="fullscreen; picture-in-picture" allowfullscreen frameborder="0"></iframe>',
      thumbnail_url: `${PAGE}/poster.jpg?v=44556677aabbccdd`,
      thumbnail_width: 1280,
      thumbnail_height: 720,
    });
  });

  test('the player is scaled down into the limits, and a thumbnail that does not fit is left out', async () => {
    const sizeFor = async (limits: Record<string, string>, changes: Partial<CatalogClip> = {}) => {
      const { json } = await askOembed({ url: PAGE, ...limits }, appWith(changes));
      assert.match(
        String(json.html),
        new RegExp(`width="${Number(json.width)}" height="${Number(json.height)}"`),
      );
      return [json.width, json.height, 'thumbnail_url' in json];
    };
    assert.deepEqual(await sizeFor({ maxwidth: '640' }), [640, 360, false]);
    assert.deepEqual(await sizeFor({ maxheight: '900' }), [1600, 900, true]);
    assert.deepEqual(await sizeFor({ maxwidth: '640', maxheight: '90' }), [160, 90, false]);
    assert.deepEqual(await sizeFor({ maxwidth: '99999' }), [1920, 1080, true]);
    const portrait = { width: 1080, height: 1920 };
    assert.deepEqual(await sizeFor({ maxwidth: '640', maxheight: '640' }, portrait), [
      360,
      640,
      false,
    ]);
    assert.deepEqual(await sizeFor({ maxwidth: '1' }, { width: 5000, height: 1 }), [1, 1, false]);
  });

  test('the player of a clip of unknown size has 16:9, and no thumbnail, because oEmbed requires sizes', async () => {
    const { json } = await askOembed({ url: PAGE, maxwidth: '640' }, appWith({ width: null }));
    assert.deepEqual([json.width, json.height], [640, 360]);
    assert.ok(!('thumbnail_url' in json));
  });

  test('the addresses of the page and of the video are permalinks, with any parameters', async () => {
    for (const url of [
      PAGE,
      `${PAGE}.mp4`,
      `${PAGE}?t=12&in=clips#x`,
      PAGE.replace('clips', 'CLIPS'),
    ]) {
      assert.equal((await askOembed({ url })).status, 200, url);
    }
  });

  test('an address that is not a permalink of this library gets 404', async () => {
    const others = [
      '',
      'x',
      `/c/${CLIP_ID}`,
      `http://clips.example/c/${CLIP_ID}`,
      `https://clips.example:8443/c/${CLIP_ID}`,
      `https://evil.example/c/${CLIP_ID}`,
      `https://clips.example@evil.example/c/${CLIP_ID}`,
      `${BASE}/`,
      `${BASE}/c/`,
      `${BASE}/c/${CLIP_ID}/poster.jpg`,
      `${BASE}/embed/${CLIP_ID}`,
      `${BASE}/c/900000000000000001-900000000000000009`,
      `${BASE}/c/%00`,
      `${BASE}/c/..%2f..%2f`,
      'x'.repeat(10_000),
      `javascript:alert(1)`,
    ];
    for (const url of others) assert.equal((await askOembed({ url })).status, 404, url);
    assert.equal((await askOembed({})).status, 404);
  });

  test('a library without a public address has no permalinks', async () => {
    const app = appWith({}, { settings: { ...SETTINGS, url: null } });
    const { status } = await askOembed({ url: `http://127.0.0.1:8240/c/${CLIP_ID}` }, app);
    assert.equal(status, 404);
  });

  for (const [what, changes] of Object.entries(UNSHOWN)) {
    test(`${what} gets the same answer as an unknown clip`, async () => {
      const unknown = await askOembed({ url: `${BASE}/c/900000000000000001-900000000000000009` });
      const { status, json } = await askOembed({ url: PAGE }, appWith(changes));
      assert.equal(status, 404);
      assert.deepEqual(json, unknown.json);
    });
  }

  test('the format xml is not implemented', async () => {
    assert.equal((await askOembed({ url: PAGE, format: 'xml' })).status, 501);
    assert.equal((await askOembed({ url: PAGE, format: 'json' })).status, 200);
  });

  test('a limit that is not a number of pixels gets 400', async () => {
    for (const maxwidth of ['0', '-1', '1.5', '1e3', 'x', '', '9'.repeat(400)]) {
      assert.equal((await askOembed({ url: PAGE, maxwidth })).status, 400, maxwidth);
      assert.equal((await askOembed({ url: PAGE, maxheight: maxwidth })).status, 400, maxwidth);
    }
  });

  test('hostile names stay texts, in the JSON and in its HTML', async () => {
    const title = `"><script>alert(1)</script>\u202e\n`;
    const poster = { ...aClip().poster, displayName: title };
    const { json } = await askOembed({ url: PAGE }, appWith({ title, poster }));
    assert.equal(json.title, '"><script>alert(1)</script>');
    assert.equal(json.author_name, '"><script>alert(1)</script>');
    assert.match(String(json.html), /^<iframe [^<>]*title="&quot;&gt;&lt;script[^<>]*><\/iframe>$/);
  });

  test('if the catalog does not answer, the caller shall try again', async () => {
    const findClip = () => Promise.reject(new CatalogUnavailable('no'));
    const { status, headers } = await askOembed({ url: PAGE }, appWith({}, { findClip }));
    assert.equal(status, 503);
    assert.equal(headers.get('retry-after'), '60');
  });
});

describe('GET /embed/<Id>', () => {
  test('the page contains only the player, and every website may show it in a frame', async () => {
    const response = await appWith().request(`/embed/${CLIP_ID}`);
    assert.equal(response.status, 200);
    const page = await response.text();
    assert.match(page, /^<!doctype html><html lang="en">/);
    assert.match(
      page,
      new RegExp(
        `<video src="/c/${CLIP_ID}.mp4" controls="" playsinline="" preload="metadata" ` +
          `aria-label="Ace on Dust" poster="/c/${CLIP_ID}/poster.jpg\\?v=44556677aabbccdd"></video>`,
      ),
    );
    assert.doesNotMatch(page, /<script|<a /);
    const policy = response.headers.get('content-security-policy') ?? '';
    assert.match(policy, /^default-src 'none'; /);
    assert.match(policy, /; frame-ancestors \*$/);
    assert.match(
      policy,
      /; media-src 'self' https:\/\/cdn\.discordapp\.com https:\/\/media\.discordapp\.net; /,
    );
    assert.equal(response.headers.get('x-frame-options'), null);
    assert.equal(response.headers.get('x-robots-tag'), 'noindex');
  });

  test('the policy allows the page’s own style and no other', async () => {
    const response = await appWith().request(`/embed/${CLIP_ID}`);
    const [, style = ''] = /<style>([^<]*)<\/style>/.exec(await response.text()) ?? [];
    const hash = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(style));
    const source = `style-src 'sha256-${Buffer.from(hash).toString('base64')}'`;
    assert.ok(response.headers.get('content-security-policy')?.includes(`; ${source}; `));
  });

  test('no cookie is set, and a cookie changes nothing', async () => {
    const plain = await appWith().request(`/embed/${CLIP_ID}`);
    const signedIn = await appWith().request(`/embed/${CLIP_ID}`, { headers: { cookie: 'a=b' } });
    assert.equal(plain.headers.get('set-cookie'), null);
    assert.equal(await plain.text(), await signedIn.text());
  });

  test('a clip without a poster image shows its thumbnail, or nothing', async () => {
    const thumb = await appWith({ posterImage: null }).request(`/embed/${CLIP_ID}`);
    assert.match(
      await thumb.text(),
      new RegExp(`poster="/c/${CLIP_ID}/card\\?v=00112233aabbccdd"`),
    );
    const none = await appWith({ posterImage: null, thumbnail: null }).request(`/embed/${CLIP_ID}`);
    assert.doesNotMatch(await none.text(), /poster=/);
  });

  test('the player works without a public address', async () => {
    const app = appWith({}, { settings: { ...SETTINGS, url: null } });
    assert.equal((await app.request(`/embed/${CLIP_ID}`)).status, 200);
  });

  for (const [what, changes] of Object.entries(UNSHOWN)) {
    test(`${what} is never embedded, even if the sender of the request may see it`, async () => {
      const unknown = await appWith().request('/embed/x');
      const response = await appWith(changes).request(`/embed/${CLIP_ID}`);
      assert.equal(response.status, 404);
      assert.equal(await response.text(), await unknown.text());
      assert.match(response.headers.get('content-security-policy') ?? '', /frame-ancestors \*/);
    });
  }

  test('any id gets an answer, and a hostile title stays a text', async () => {
    for (const id of ['%00', '%ff', '..%2f', "'%20OR%201=1", 'x'.repeat(5000)]) {
      assert.equal((await appWith().request(`/embed/${id}`)).status, 404, id);
    }
    const title = '</title><script>alert(1)</script>" onerror="x';
    const page = await (await appWith({ title }).request(`/embed/${CLIP_ID}`)).text();
    assert.doesNotMatch(page, /<script|" onerror/);
  });

  test('the catalog is never asked for what can’t be a clip, such as a text with a NUL byte', async () => {
    const findClip = () => Promise.reject(new Error('asked'));
    const app = appWith({}, { findClip });
    for (const id of ['%00', 'x', '1-2', `${CLIP_ID}%00`, `${CLIP_ID}.mp4`]) {
      assert.equal((await app.request(`/embed/${id}`)).status, 404, id);
      const url = encodeURIComponent(`${BASE}/c/${id}`.replace(/\.mp4$/, '.x/'));
      assert.equal((await app.request(`/oembed?url=${url}`)).status, 404, id);
    }
  });

  test('if the catalog does not answer, the page says so', async () => {
    const findClip = () => Promise.reject(new CatalogUnavailable('no'));
    const response = await appWith({}, { findClip }).request(`/embed/${CLIP_ID}`);
    assert.equal(response.status, 503);
    assert.equal(response.headers.get('retry-after'), '60');
  });

  test('the access rules see the request', async () => {
    const seen: (string | undefined)[] = [];
    const findClip: PreviewParts['findClip'] = (id, context) => {
      seen.push(id, context.req.header('x-forwarded-for'));
      return Promise.resolve(null);
    };
    const headers = { 'x-forwarded-for': '203.0.113.5' };
    await appWith({}, { findClip }).request(`/embed/${CLIP_ID}`, { headers });
    assert.deepEqual(seen, [CLIP_ID, '203.0.113.5']);
  });
});
