import assert from 'node:assert/strict';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { after, afterEach, before, describe, test } from 'node:test';
import type { ApplicationFailure } from '@temporalio/common';
import type { MediaFacts } from '../../src/clip/state.ts';
import { HEAD_BYTES } from '../../src/media/bytes/source.ts';
import { clip } from './support/make-clip.ts';
import { fails, type MediaHarness, startMediaHarness } from './support/media-harness.ts';
import { type Handler, sendRange } from './support/media-server.ts';

/** A link's signature, which no message may show. */
const SIGNATURE = '?ex=secret1&is=secret2&hm=secret3';
let harness: MediaHarness;
let mp4: Buffer;
/** The headers of the requests since the last call of `serve`. */
let requests: { range: string | undefined; ifRange: string | undefined }[] = [];

/** Serves a file through `answer`, which also gets the number of the request, counted from 0. */
function serve(path: string, answer: (n: number, ...args: Parameters<Handler>) => void): string {
  let n = 0;
  requests = [];
  const url = harness.cdn.put(path, (request, response) => {
    const { range, 'if-range': ifRange } = request.headers;
    requests.push({ range, ifRange: ifRange as string | undefined });
    answer(n++, request, response);
  });
  return url + SIGNATURE;
}

function sendWhole(response: ServerResponse): void {
  response.writeHead(200, { 'content-length': mp4.length }).end(mp4);
}

function sendPart(request: IncomingMessage, response: ServerResponse): void {
  sendRange(mp4, request, response);
}

/** Serves the clip as a CDN does. */
function serveRanges(path: string): string {
  return serve(path, (_n, request, response) => sendPart(request, response));
}

/** Serves the whole clip, but uses `answer` for range requests. */
function serveBadRanges(path: string, answer: (response: ServerResponse) => void): string {
  return serve(path, (_n, request, response) => {
    if (request.headers.range === undefined) sendWhole(response);
    else answer(response);
  });
}

/** Returns the first and last byte of a range header. */
function boundsOf(range = ''): { first: number; last: number } {
  const [, first, last] = /^bytes=(\d+)-(\d+)$/.exec(range) ?? [];
  return { first: Number(first), last: Number(last) };
}

function requestedBytes(): number {
  return requests.reduce((sum, { range }) => {
    const { first, last } = boundsOf(range);
    return sum + last - first + 1;
  }, 0);
}

describe('reading a clip in ranges', () => {
  before(async () => {
    harness = await startMediaHarness();
    mp4 = await clip('1280x720', '-g', '5', '-f', 'mp4');
  });
  afterEach(() => harness.assertNothingLeft());
  after(() => harness.stop());

  test('making a thumbnail takes at most four range requests, which never go past the end of the file', async () => {
    const url = serveRanges('/parts.mp4');
    const { fallbacks } = await harness.thumbnail(url);
    assert.deepEqual(fallbacks, []);
    assert.ok(requests.length <= 4, `${requests.length} requests`);
    for (const { range } of requests) assert.ok(boundsOf(range).last < mp4.length, range);
    assert.ok(requestedBytes() < mp4.length / 3, `${requestedBytes()} of ${mp4.length} bytes`);
    const [, ...later] = requests;
    for (const { ifRange } of later) assert.equal(ifRange, `"${mp4.length}"`);
  });

  test('a file smaller than the first range is read with one request', async () => {
    const small = await clip('64x36');
    assert.ok(small.length < HEAD_BYTES);
    const url = serve('/small.mp4', (_n, request, response) => sendRange(small, request, response));
    assert.deepEqual((await harness.thumbnail(url)).fallbacks, []);
    assert.equal(requests.length, 1);
  });

  test('if the media server ignores range requests or sends bytes that were not requested, the clip is downloaded whole', async () => {
    const ignoring = serve('/ignores.mp4', (_n, _request, response) => sendWhole(response));
    assert.deepEqual((await harness.thumbnail(ignoring)).fallbacks, ['no-ranges']);
    assert.equal(requests.length, 2);
    const other = serveBadRanges('/other.mp4', (response) =>
      response.writeHead(206, { 'content-range': `bytes 5-9/${mp4.length}` }).end('12345'),
    );
    assert.deepEqual((await harness.thumbnail(other)).fallbacks, ['no-ranges']);
    const refusing = serveBadRanges('/416.mp4', (response) => response.writeHead(416).end());
    assert.deepEqual((await harness.thumbnail(refusing)).fallbacks, ['no-ranges']);
    const endless = serveBadRanges('/more.mp4', (response) =>
      response.writeHead(206, { 'content-range': `bytes 0-16383/${mp4.length}` }).end(mp4),
    );
    assert.deepEqual((await harness.thumbnail(endless)).fallbacks, ['no-ranges']);
  });

  test('if a file changes between two range requests, the file is downloaded whole', async () => {
    const etagAt = (n: number): string => (n === 0 ? '"before"' : '"after"');
    const tagged = serve('/etag.mp4', (n, request, response) =>
      sendRange(mp4, request, response, etagAt(n)),
    );
    assert.deepEqual((await harness.thumbnail(tagged)).fallbacks, ['changed']);
    const ignoring = serve('/ifrange.mp4', (n, request, response) => {
      delete request.headers['if-range'];
      sendRange(mp4, request, response, etagAt(n));
    });
    assert.deepEqual((await harness.thumbnail(ignoring)).fallbacks, ['changed']);
    const sized = serve('/size.mp4', (n, request, response) => {
      const bytes = n === 0 ? Buffer.concat([mp4, Buffer.alloc(8)]) : mp4;
      delete request.headers['if-range'];
      sendRange(bytes, request, response);
    });
    assert.deepEqual((await harness.thumbnail(sized)).fallbacks, ['changed']);
  });

  test('if the second range request fails, the thumbnail fails with the error type that a failed download has', async () => {
    const serveThen = (status: number, headers: Record<string, string> = {}): string =>
      serve(`/then-${status}.mp4`, (n, request, response) => {
        if (n === 0) sendPart(request, response);
        else response.writeHead(status, headers).end();
      });
    await assert.rejects(harness.thumbnail(serveThen(403)), fails('LinkExpired', /then-403/));
    const limited = serveThen(429, { 'retry-after': '7' });
    await assert.rejects(harness.thumbnail(limited), fails('RateLimited', /retrying in 7 s/));
    await assert.rejects(harness.thumbnail(serveThen(500)), fails('ServiceFailed', /500/));
    const cut = serve('/cut.mp4', (n, request, response) => {
      if (n === 0) {
        sendPart(request, response);
        return;
      }
      const { first, last } = boundsOf(request.headers.range);
      const range = `bytes ${first}-${last}/${mp4.length}`;
      response.writeHead(206, { 'content-range': range }).write('short');
      setTimeout(() => response.destroy(), 30);
    });
    await assert.rejects(harness.thumbnail(cut), fails('ServiceFailed', /cut\.mp4/));
    const silent = serve('/silent.mp4', (n, request, response) => {
      if (n === 0) sendPart(request, response);
    });
    const impatient = harness.thumbnail(silent, { idleMs: 200 });
    await assert.rejects(impatient, fails('ServiceFailed', /stalled/));
  });

  test('if the index and a key frame fit within MAX_MEDIA_BYTES, a clip above that limit still gets a picture', async () => {
    const url = serveRanges('/large.mp4');
    const { fallbacks, facts } = await harness.thumbnail(url, { maxMediaBytes: mp4.length / 2 });
    assert.deepEqual(fallbacks, []);
    assert.equal(facts.width, 1280);
  });

  test('if the index and the key frame of a clip exceed MAX_MEDIA_BYTES, the clip is refused and not downloaded', async () => {
    const url = serveRanges('/large.mp4');
    const reasons: string[] = [];
    const onFallback = (reason: string): void => void reasons.push(reason);
    const small = harness.thumbnail(url, { maxMediaBytes: 20_000, onFallback });
    await assert.rejects(small, fails('MediaTooLarge', /20000 bytes/));
    assert.ok(requestedBytes() <= 20_000, `${requestedBytes()} bytes were requested`);
    assert.deepEqual(reasons, []);
  });

  test('if the frames of a clip above MAX_MEDIA_BYTES cannot be decoded, the clip is refused as too large', async () => {
    const ffmpegPath = await harness.script('decodes-nothing', 'exit 1');
    const url = serveRanges('/undecoded.mp4');
    const large = harness.thumbnail(url, { ffmpegPath, maxMediaBytes: mp4.length - 1 });
    await assert.rejects(large, (error: ApplicationFailure) => {
      assert.equal(error.type, 'MediaTooLarge');
      const [facts] = error.details as [MediaFacts];
      assert.equal(facts.width, 1280);
      return true;
    });
  });

  test('after a redirect, later ranges are requested directly from the new location', async () => {
    serveRanges('/target.mp4');
    const from = harness.cdn.put('/moved.mp4', (_request, response) => {
      response.writeHead(302, { location: '/target.mp4' }).end();
    });
    assert.deepEqual((await harness.thumbnail(from)).fallbacks, []);
    assert.equal(harness.cdn.requests.filter((path) => path === '/moved.mp4').length, 1);
  });

  test('if a thumbnail is aborted between two range requests, the call fails with the reason of the abort', async () => {
    const controller = new AbortController();
    const url = serve('/aborted.mp4', (n, request, response) => {
      if (n === 0) sendPart(request, response);
      else controller.abort(new Error('cancelled by a test'));
    });
    await assert.rejects(harness.thumbnail(url, {}, controller.signal), /cancelled by a test/);
  });
});
