import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { aLibrary, PUBLISHED } from '../support/a-library.ts';

const ORIGIN = 'http://127.0.0.1:8240';
const HTML = 'text/html,application/xhtml+xml';

/** Sends a form as a page of the library would. */
function form(body: string, headers: Record<string, string> = {}): RequestInit {
  return {
    method: 'POST',
    body,
    headers: {
      'content-type': 'application/x-www-form-urlencoded',
      origin: ORIGIN,
      accept: HTML,
      ...headers,
    },
  };
}

describe('the preferences of a reader', () => {
  test('a form stores a preference, leads back, and the next page shows it', async () => {
    const library = aLibrary();
    const referer = `${ORIGIN}/posters/5?sort=longest`;
    const answer = await library.get('/prefs', form('theme=light', { referer }));
    assert.equal(answer.status, 303);
    assert.equal(answer.headers.get('location'), '/posters/5?sort=longest');
    assert.equal(answer.headers.get('cache-control'), 'no-store');
    const setCookie = answer.headers.get('set-cookie') ?? '';
    assert.match(setCookie, /^everclip=[^;]+; Max-Age=31536000; Path=\/; HttpOnly; SameSite=Lax$/);
    const cookie = setCookie.split(';', 1)[0] ?? '';
    const more = await library.get('/prefs', form('keys=off&theatre=on', { cookie }));
    const both = (more.headers.get('set-cookie') ?? '').split(';', 1)[0] ?? '';
    const html = await library.text('/', { headers: { cookie: both } });
    assert.match(html, /data-theme="light" data-keys="off" data-theatre="on"/);
    assert.match(await library.text('/'), /data-theme="system" data-keys="on"(?! data-theatre)/);
  });

  test('a script gets no page', async () => {
    const answer = await aLibrary().get('/prefs', form('theme=dark', { accept: '*/*' }));
    assert.equal(answer.status, 204);
    assert.match(answer.headers.get('set-cookie') ?? '', /theme%3Ddark/);
  });

  test('over https, the cookie is sent only over https', async () => {
    const library = aLibrary({ settings: PUBLISHED });
    const { url: origin } = PUBLISHED;
    const answer = await library.get('/prefs', form('theme=dark', { origin: origin ?? '' }));
    assert.match(answer.headers.get('set-cookie') ?? '', /; Secure/);
    const proxied = { origin: origin ?? '', host: '127.0.0.1:8240' };
    assert.equal((await library.get('/prefs', form('theme=dark', proxied))).status, 303);
  });

  test('a form of another website is refused', async () => {
    const library = aLibrary();
    for (const origin of ['https://evil.example', 'null', 'http://127.0.0.1:9999', 'x']) {
      const answer = await library.get('/prefs', form('theme=dark', { origin }));
      assert.equal(answer.status, 403, origin);
      assert.equal(answer.headers.get('set-cookie'), null);
    }
    const { headers: _, ...bare } = form('theme=dark');
    assert.equal((await library.get('/prefs', bare)).status, 403);
    const sameSite = { ...bare, headers: { 'sec-fetch-site': 'same-origin' } };
    assert.equal((await library.get('/prefs', sameSite)).status, 204);
    assert.equal((await library.get('/prefs')).status, 405);
  });

  test('a form leads back only to pages of the library', async () => {
    const library = aLibrary();
    for (const referer of [
      'https://evil.example/x',
      'javascript:alert(1)',
      `${ORIGIN}//evil.example`,
      `${ORIGIN}/prefs`,
      'x',
    ]) {
      const answer = await library.get('/prefs', form('theme=dark', { referer }));
      assert.equal(answer.headers.get('location'), '/', referer);
    }
  });

  test('unknown values change nothing, and a damaged cookie gives the defaults', async () => {
    const library = aLibrary();
    const answer = await library.get('/prefs', form('theme=pink&keys=maybe&day=x&evil=1'));
    const stored = decodeURIComponent(answer.headers.get('set-cookie') ?? '');
    assert.match(stored, /^everclip=theme=system&theatre=off&keys=on; /);
    for (const cookie of ['everclip=%E0%A4%A', 'everclip="><script>', 'everclip=theme%3D%22']) {
      const html = await library.text('/', { headers: { cookie } });
      assert.match(html, /<html lang="en" data-theme="system" data-keys="on">/);
    }
  });

  test('a body that is too large is refused', async () => {
    const answer = await aLibrary().get('/prefs', form(`theme=dark&x=${'x'.repeat(5000)}`));
    assert.equal(answer.status, 413);
  });
});
