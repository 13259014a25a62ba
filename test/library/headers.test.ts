import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { brotliDecompressSync } from 'node:zlib';
import { hostnameOf } from '../../src/library/http/hosts.ts';
import { catalogDown } from '../support/fakes/library-catalog.ts';
import { aLibrary, CDN, CLIP_ID, PUBLISHED } from '../support/a-library.ts';

const CSP =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; " +
  `connect-src 'self'; media-src 'self' ${CDN}; form-action 'self'; base-uri 'none'; frame-ancestors 'none'`;

describe('the headers of the library', () => {
  test('every answer has the security headers and tells crawlers not to index it', async () => {
    const library = aLibrary();
    const paths = ['/', `/c/${CLIP_ID}`, `/c/${CLIP_ID}.mp4`, '/random', '/healthz', '/nothing'];
    const answers: Response[] = [];
    for (const path of paths) answers.push(await library.get(path));
    answers.push(await library.get('/', { headers: { host: 'evil.example' } }));
    answers.push(await library.get('/', { method: 'POST' }));
    library.catalog.fault = catalogDown();
    answers.push(await library.get('/?q=down'));
    library.catalog.fault = new Error('bug');
    answers.push(await library.get('/?q=bug'));
    assert.deepEqual(
      answers.map(({ status }) => status),
      [200, 200, 302, 302, 200, 404, 421, 405, 503, 500],
    );
    for (const { headers } of answers) {
      assert.equal(headers.get('content-security-policy'), CSP);
      assert.equal(headers.get('x-robots-tag'), 'noindex');
      assert.equal(headers.get('x-content-type-options'), 'nosniff');
      assert.equal(headers.get('referrer-policy'), 'same-origin');
      assert.ok(headers.get('cache-control'));
    }
    assert.deepEqual(
      library.statuses,
      answers.map(({ status }) => status),
    );
  });

  test('only an embedded player may be shown in a frame', async () => {
    const library = aLibrary();
    const embedded = (await library.get(`/embed/${CLIP_ID}`)).headers;
    assert.match(embedded.get('content-security-policy') ?? '', /frame-ancestors \*$/);
  });

  test('pages and JSON are revalidated with an ETag that answers 304', async () => {
    const library = aLibrary();
    for (const path of ['/', `/c/${CLIP_ID}`, '/healthz']) {
      const { headers } = await library.get(path);
      const etag = headers.get('etag') ?? '';
      assert.equal(headers.get('cache-control'), 'private, no-cache');
      for (const tag of [etag, `W/${etag}`, `"other", ${etag}`, '*']) {
        const again = await library.get(path, { headers: { 'if-none-match': tag } });
        assert.equal(again.status, 304, tag);
        assert.equal(await again.text(), '');
        assert.equal(again.headers.get('etag'), etag);
        assert.equal(again.headers.get('content-security-policy'), CSP);
      }
      const changed = await library.get(path, { headers: { 'if-none-match': '"other"' } });
      assert.equal(changed.status, 200);
    }
  });

  test('HEAD has the headers of GET without a body', async () => {
    const library = aLibrary();
    for (const path of ['/', `/c/${CLIP_ID}`, '/healthz', '/nothing', '/random']) {
      const head = await library.get(path, { method: 'HEAD' });
      const get = await library.get(path);
      assert.equal(head.status, get.status, path);
      assert.deepEqual([...head.headers], [...get.headers], path);
      assert.equal(await head.text(), '');
    }
  });

  test('a page is compressed if the browser accepts that, and its weak ETag still answers 304', async () => {
    const library = aLibrary();
    const accepts = { 'accept-encoding': 'gzip, br' };
    const page = await library.get('/', { headers: accepts });
    assert.equal(page.headers.get('content-encoding'), 'br');
    assert.equal(page.headers.get('vary'), 'Accept-Encoding');
    const html = brotliDecompressSync(Buffer.from(await page.arrayBuffer())).toString();
    assert.equal(html, await library.text('/'));
    const etag = page.headers.get('etag') ?? '';
    assert.match(etag, /^W\//);
    const again = await library.get('/', { headers: { ...accepts, 'if-none-match': etag } });
    assert.equal(again.status, 304);
  });

  test('methods other than GET and HEAD are refused everywhere', async () => {
    const library = aLibrary();
    for (const method of ['POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS', 'PROPFIND']) {
      const answer = await library.get(`/c/${CLIP_ID}`, { method });
      assert.equal(answer.status, 405, method);
      assert.equal(answer.headers.get('allow'), 'GET, HEAD');
    }
  });

  test('the library answers only to its own host and to loopback names', async () => {
    const hosts = {
      'clips.example.org': true,
      'clips.example.org:443': true,
      'CLIPS.example.org': true,
      'localhost:8240': true,
      '127.0.0.1': true,
      '[::1]:9': true,
      'evil.example': false,
      'clips.example.org.evil.example': false,
      'localhost.evil.example': false,
      'clips.example.org@evil.example': false,
      'clips.example.org:80:80': false,
      '': false,
    };
    const library = aLibrary({ settings: PUBLISHED });
    for (const [host, isOwn] of Object.entries(hosts)) {
      const answer = await library.get('/', { headers: { host } });
      assert.equal(answer.status, isOwn ? 200 : 421, host);
      if (!isOwn) assert.match(await answer.text(), /does not answer at this address/);
    }
  });

  test('without LIBRARY_URL, only loopback names are answered', async () => {
    const library = aLibrary();
    assert.equal((await library.get('/', { headers: { host: 'clips.example.org' } })).status, 421);
  });

  test('a foreign host in the request line is refused even if the header names the library', async () => {
    const library = aLibrary();
    const headers = { host: '127.0.0.1:8240' };
    const request = new Request('http://evil.example/', { headers });
    assert.equal((await library.app.fetch(request)).status, 421);
  });

  test('a host is a name or an address with an optional port', () => {
    assert.equal(hostnameOf('Clips.example.org:80'), 'clips.example.org');
    assert.equal(hostnameOf('[::1]:80'), '[::1]');
    for (const text of ['a b', 'a/b', 'a@b', ':80', 'a:', 'a:b', '::1', '']) {
      assert.equal(hostnameOf(text), null, text);
    }
  });
});
