import assert from 'node:assert/strict';
import type { RequestListener } from 'node:http';
import { describe, test, type TestContext } from 'node:test';
import { MAX_PAGE_BYTES, PAGE_USER_AGENT } from '../../src/emulator/crawler/limits.ts';
import { parseHead } from '../../src/emulator/crawler/parse-head.ts';
import { readTags } from '../../src/emulator/crawler/read-tags.ts';
import { unfurl } from '../../src/emulator/crawler/unfurl.ts';
import { startLocalServer } from '../support/local-server.ts';

const BASE = 'https://site.example';

/** Serves `listener` as https://site.example, and makes the preview of a path. */
async function unfurlFrom(
  t: TestContext,
  listener: RequestListener,
  { path = '/', maxTotalMs = 5000 } = {},
) {
  const { origin, stop } = await startLocalServer(listener);
  t.after(stop);
  return unfurl(`${BASE}${path}`, {
    servers: { [BASE]: origin },
    maxTotalMs,
  });
}

function servePage(body: string, headers: Record<string, string> = {}): RequestListener {
  return (_, response) =>
    response.writeHead(200, { 'content-type': 'text/html; charset=utf-8', ...headers }).end(body);
}

const tagsOf = (head: string) => readTags(parseHead(head).tags);

describe('the crawler’s parser', () => {
  test('quotes, character references, comments, scripts and the case of tags are understood', () => {
    const { tags, isComplete } = parseHead(`<!DOCTYPE html>
      <HTML lang=en><head><!-- <meta name="a" content="in a comment"> -->
      <script>"<meta name='b' content='in a script'>"</script>
      <META Property='og:title' CONTENT="a > b &amp; &lt;c&gt; &#39;d&#x27; &unknown;">
      <meta name=theme-color content=#3DDC97 />
      <title> A &quot;page&quot; </title>
      </head><body><meta name="c" content="in the body"></body></HTML>`);
    assert.ok(isComplete);
    assert.deepEqual(
      tags.map(({ name, attributes, text }) => [name, attributes.content ?? text]),
      [
        ['meta', "a > b & <c> 'd' &unknown;"],
        ['meta', '#3DDC97'],
        ['title', 'A "page"'],
      ],
    );
  });

  test('a tag after the first thing of the body does not count', () => {
    const { tags } = parseHead('<head><p>x</p><meta name="a" content="b"></head>');
    assert.deepEqual(tags, []);
  });

  test('text that ends in the middle of a head is incomplete, and its whole tags count', () => {
    const parsed = parseHead('<head><meta name="a" content="b"><meta name="c" conte');
    assert.equal(parsed.isComplete, false);
    assert.equal(parsed.tags.length, 1);
  });

  test('a hostile page does not slow the parser down', () => {
    const started = performance.now();
    parseHead(`<meta ${' '.repeat(200_000)}"`);
    parseHead(`<meta ${'a '.repeat(100_000)}`);
    parseHead('<!--'.repeat(50_000));
    assert.ok(performance.now() - started < 5000);
  });
});

describe('the tags that the crawler reads', () => {
  test('the first text wins, but the last layout and colour', () => {
    const tags = tagsOf(`
      <meta property="og:title" content=""><meta property="og:title" content="first">
      <meta name="twitter:title" content="second">
      <meta property="og:type" content="video.other"><meta name="twitter:card" content="player">
      <meta name="twitter:card" content="summary_large_image">
      <meta name="theme-color" content="#000000"><meta name="theme-color" content="#ffffff">
      <meta name="theme-color" content="red">`);
    assert.equal(tags.title, 'first');
    assert.equal(tags.layout, 'large image');
    assert.equal(tags.color, '#ffffff');
  });

  test('the page’s own title counts only beside a description, and only without other texts', () => {
    assert.equal(tagsOf('<title>x</title>').title, '');
    assert.equal(tagsOf('<title>x</title><meta name="description" content="y">').title, 'x');
    const both = '<title>x</title><meta name="description" content="y">';
    assert.equal(tagsOf(`${both}<meta property="og:description" content="z">`).title, '');
  });
});

describe('pages that the crawler meets', () => {
  const TITLE = '<meta property="og:title" content="a title">';

  test('the crawler says that it is Discord’s', async (t) => {
    const agents: (string | undefined)[] = [];
    await unfurlFrom(t, (request, response) => {
      agents.push(request.headers['user-agent']);
      servePage(TITLE)(request, response);
    });
    assert.deepEqual(agents, [PAGE_USER_AGENT]);
  });

  test('a page without tags has no preview', async (t) => {
    const preview = await unfurlFrom(t, servePage('<title>x</title><p>hello</p>'));
    assert.equal(preview.kind, 'none');
    assert.deepEqual(preview.faults, ['there is no title, description or image']);
  });

  test('a long title is cut to 70 bytes', async (t) => {
    const page = servePage(`<meta property="og:title" content="${'ж'.repeat(80)}">`);
    assert.equal((await unfurlFrom(t, page)).title, 'ж'.repeat(35));
  });

  test('a page that is not found, a download or not HTML has no preview', async (t) => {
    const missing = await unfurlFrom(t, (_, response) => response.writeHead(404).end(TITLE));
    assert.deepEqual([missing.kind, missing.faults], ['none', ['page: status 404']]);
    const headers = { 'content-disposition': 'attachment; filename=x' };
    const download = await unfurlFrom(t, servePage(TITLE, headers));
    assert.deepEqual(download.faults, ['page: the page is a download']);
    const json = await unfurlFrom(t, servePage(TITLE, { 'content-type': 'application/json' }));
    assert.deepEqual(json.faults, ['page: the type is application/json']);
  });

  test('five redirects of a page are followed, six are not', async (t) => {
    const listener: RequestListener = (request, response) => {
      const left = Number(request.url?.slice(1));
      if (left === 0) servePage(TITLE)(request, response);
      else response.writeHead(302, { location: `/${left - 1}` }).end();
    };
    assert.equal((await unfurlFrom(t, listener, { path: '/5' })).title, 'a title');
    const six = await unfurlFrom(t, listener, { path: '/6' });
    assert.deepEqual(six.faults, ['page: more than 5 redirects']);
  });

  test('a page that never ends is given up', async (t) => {
    const endless: RequestListener = (_, response) => {
      response.writeHead(200, { 'content-type': 'text/html' });
      response.write('<head>');
    };
    const preview = await unfurlFrom(t, endless, { maxTotalMs: 200 });
    assert.deepEqual([preview.kind, preview.faults], ['none', ['timed out after 200 ms']]);
  });

  test('only the beginning of a large page is read', async (t) => {
    const late = `<head><style>${'x'.repeat(MAX_PAGE_BYTES)}</style>${TITLE}</head>`;
    const preview = await unfurlFrom(t, servePage(late));
    assert.equal(preview.kind, 'none');
    assert.match(preview.faults[0] ?? '', /the head does not end within 524288 bytes/);
    const early = await unfurlFrom(
      t,
      servePage(`<head>${TITLE}</head>${'x'.repeat(MAX_PAGE_BYTES)}`),
    );
    assert.deepEqual([early.title, early.faults], ['a title', []]);
  });

  test('relative and http addresses of pictures are refused', async (t) => {
    for (const [address, fault] of [
      ['/a.png', 'image: the address is not absolute'],
      ['http://site.example/a.png', 'image: the address is not https'],
    ]) {
      const page = servePage(`${TITLE}<meta property="og:image" content="${address}">`);
      assert.deepEqual((await unfurlFrom(t, page)).faults, [fault]);
    }
  });

  test('texts and addresses above Discord’s limits prevent the preview', async (t) => {
    for (const [tag, fault] of [
      [`<meta property="og:site_name" content="${'x'.repeat(257)}">`, 'the site name is too long'],
      [
        `<meta property="og:image:alt" content="${'x'.repeat(4097)}">`,
        'the text of the image is too long',
      ],
      [
        `<meta property="og:image" content="https://x.example/${'x'.repeat(2048)}">`,
        'an address is too long',
      ],
    ]) {
      const preview = await unfurlFrom(t, servePage(`${TITLE}${tag}`));
      assert.deepEqual([preview.kind, preview.faults], ['none', [fault]]);
    }
  });

  test('a fault of oEmbed costs only the author', async (t) => {
    const link = `<link type="application/json+oembed" href="${BASE}/oembed">`;
    const preview = await unfurlFrom(t, servePage(`${TITLE}${link}`));
    assert.equal(preview.title, 'a title');
    assert.deepEqual(preview.faults, ['oEmbed: the answer is not JSON']);
  });

  test('a server that does not answer has no preview', async () => {
    const servers = { [BASE]: 'http://127.0.0.1:1' };
    const preview = await unfurl(`${BASE}/`, { servers });
    assert.equal(preview.kind, 'none');
    assert.match(preview.faults[0] ?? '', /^page: no answer/);
  });
});
