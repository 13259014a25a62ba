import assert from 'node:assert/strict';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { after, afterEach, before, describe, test } from 'node:test';
import type { ApplicationFailure } from '@temporalio/common';
import type { MediaFacts } from '../../src/clip/state.ts';
import { clip } from './support/make-clip.ts';
import { fails, type MediaHarness, startMediaHarness } from './support/media-harness.ts';
import { type Handler, sendRange } from './support/media-server.ts';

const SIGNED = '?ex=secret1&is=secret2&hm=secret3';
let harness: MediaHarness;
let mp4: Buffer;
let sent: { range: string | undefined; ifRange: string | undefined }[] = [];

/** Serves the clip through `answer`, and remembers what was asked for. */
function serve(path: string, answer: (n: number, ...of: Parameters<Handler>) => void): string {
  let n = 0;
  sent = [];
  return (
    harness.cdn.put(path, (request, response) => {
      const { range } = request.headers;
      sent.push({ range, ifRange: request.headers['if-range'] as string | undefined });
      answer(n++, request, response);
    }) + SIGNED
  );
}

const whole = (response: ServerResponse): void =>
  void response.writeHead(200, { 'content-length': mp4.length }).end(mp4);
const ranges = (request: IncomingMessage, response: ServerResponse): void =>
  sendRange(mp4, request, response);

describe('reading a clip in ranges', () => {
  before(async () => {
    harness = await startMediaHarness();
    mp4 = await clip('1280x720', '-g', '5', '-f', 'mp4');
  });
  afterEach(() => harness.assertNothingLeft());
  after(() => harness.stop());

  test('beginning, moov and one key frame are asked for, each once, and no byte past the end', async () => {
    const url = serve('/sparse.mp4', (_n, ...of) => ranges(...of));
    const { fallbacks } = await harness.thumbnail(url);
    assert.deepEqual(fallbacks, []);
    assert.ok(sent.length <= 4, `${sent.length} requests`);
    let bytes = 0;
    for (const { range = '' } of sent) {
      const [, first, last] = /^bytes=(\d+)-(\d+)$/.exec(range) ?? [];
      assert.ok(Number(last) < mp4.length, range);
      bytes += Number(last) - Number(first) + 1;
    }
    assert.ok(bytes < mp4.length / 3, `${bytes} of ${mp4.length} bytes`);
    assert.deepEqual(
      sent.slice(1).map(({ ifRange }) => ifRange),
      sent.slice(1).map(() => `"${mp4.length}"`),
    );
  });

  test('a file smaller than the first range is read by one request', async () => {
    const small = await clip('64x36');
    assert.ok(small.length < 16_384);
    const url = serve('/small.mp4', (_n, request, response) => sendRange(small, request, response));
    assert.deepEqual((await harness.thumbnail(url)).fallbacks, []);
    assert.equal(sent.length, 1);
  });

  test('a server that ignores ranges, or answers others, has its clip downloaded', async () => {
    const ignoring = serve('/ignores.mp4', (_n, _request, response) => whole(response));
    assert.deepEqual((await harness.thumbnail(ignoring)).fallbacks, ['no-ranges']);
    assert.equal(sent.length, 2);
    const other = serve('/other.mp4', (_n, request, response) => {
      if (request.headers.range === undefined) whole(response);
      else response.writeHead(206, { 'content-range': `bytes 5-9/${mp4.length}` }).end('12345');
    });
    assert.deepEqual((await harness.thumbnail(other)).fallbacks, ['no-ranges']);
    const refusing = serve('/416.mp4', (_n, request, response) => {
      if (request.headers.range === undefined) whole(response);
      else response.writeHead(416).end();
    });
    assert.deepEqual((await harness.thumbnail(refusing)).fallbacks, ['no-ranges']);
    const endless = serve('/more.mp4', (_n, request, response) => {
      if (request.headers.range === undefined) whole(response);
      else response.writeHead(206, { 'content-range': `bytes 0-16383/${mp4.length}` }).end(mp4);
    });
    assert.deepEqual((await harness.thumbnail(endless)).fallbacks, ['no-ranges']);
  });

  test('a file that becomes another one between two ranges is not mixed with it', async () => {
    const tagged = serve('/etag.mp4', (n, request, response) =>
      sendRange(mp4, request, response, n === 0 ? '"before"' : '"after"'),
    );
    assert.deepEqual((await harness.thumbnail(tagged)).fallbacks, ['changed']);
    const ignoring = serve('/ifrange.mp4', (n, request, response) => {
      delete request.headers['if-range'];
      sendRange(mp4, request, response, n === 0 ? '"before"' : '"after"');
    });
    assert.deepEqual((await harness.thumbnail(ignoring)).fallbacks, ['changed']);
    const sized = serve('/size.mp4', (n, request, response) => {
      const bytes = n === 0 ? Buffer.concat([mp4, Buffer.alloc(8)]) : mp4;
      delete request.headers['if-range'];
      sendRange(bytes, request, response);
    });
    assert.deepEqual((await harness.thumbnail(sized)).fallbacks, ['changed']);
  });

  test('failures in the middle are those of a download', async () => {
    const after = (status: number, headers: Record<string, string> = {}): string =>
      serve(`/then-${status}.mp4`, (n, request, response) => {
        if (n === 0) ranges(request, response);
        else response.writeHead(status, headers).end();
      });
    await assert.rejects(harness.thumbnail(after(403)), fails('LinkExpired', /then-403/));
    const wait = { 'retry-after': '7' };
    await assert.rejects(
      harness.thumbnail(after(429, wait)),
      fails('RateLimited', /retrying in 7 s/),
    );
    await assert.rejects(harness.thumbnail(after(500)), fails('ServiceFailed', /500/));
    const cut = serve('/cut.mp4', (n, request, response) => {
      if (n === 0) {
        ranges(request, response);
        return;
      }
      const [, first, last] = /(\d+)-(\d+)/.exec(request.headers.range ?? '') ?? [];
      const range = `bytes ${first}-${last}/${mp4.length}`;
      response.writeHead(206, { 'content-range': range }).write('short');
      setTimeout(() => response.destroy(), 30);
    });
    await assert.rejects(harness.thumbnail(cut), fails('ServiceFailed', /cut\.mp4/));
    const silent = serve('/silent.mp4', (n, ...of) => {
      if (n === 0) ranges(...of);
    });
    const impatient = harness.thumbnail(silent, { idleMs: 200 });
    await assert.rejects(impatient, fails('ServiceFailed', /stalled/));
  });

  test('a clip larger than what may be fetched gives its picture, if index and key frame are smaller', async () => {
    const url = serve('/large.mp4', (_n, ...of) => ranges(...of));
    const { fallbacks, facts } = await harness.thumbnail(url, { maxMediaBytes: mp4.length / 2 });
    assert.deepEqual(fallbacks, []);
    assert.equal(facts.width, 1280);
  });

  test('and is refused without a download if they are not', async () => {
    const url = serve('/large.mp4', (_n, ...of) => ranges(...of));
    const told: string[] = [];
    const onFallback = (reason: string): void => void told.push(reason);
    const small = harness.thumbnail(url, { maxMediaBytes: 20_000, onFallback });
    await assert.rejects(small, fails('MediaTooLarge', /20000 bytes/));
    const asked = sent.reduce((sum, { range = '' }) => {
      const [, first, last] = /^bytes=(\d+)-(\d+)$/.exec(range) ?? [];
      return sum + Number(last) - Number(first) + 1;
    }, 0);
    assert.ok(asked <= 20_000, `${asked} bytes were asked for`);
    assert.deepEqual(told, []);
  });

  test('a clip whose frames no decoder reads is not downloaded where it is too large for that', async () => {
    const ffmpegPath = await harness.script('reads-nothing', 'exit 1');
    const url = serve('/undecoded.mp4', (_n, ...of) => ranges(...of));
    const large = harness.thumbnail(url, { ffmpegPath, maxMediaBytes: mp4.length - 1 });
    await assert.rejects(large, (error: ApplicationFailure) => {
      assert.equal(error.type, 'MediaTooLarge');
      assert.equal((error.details?.[0] as MediaFacts).width, 1280);
      return true;
    });
  });

  test('a redirect is followed once, and its target asked from then on', async () => {
    serve('/target.mp4', (_n, ...of) => ranges(...of));
    const from = harness.cdn.put('/moved.mp4', (_request, response) => {
      response.writeHead(302, { location: '/target.mp4' }).end();
    });
    assert.deepEqual((await harness.thumbnail(from)).fallbacks, []);
    assert.equal(harness.cdn.requests.filter((path) => path === '/moved.mp4').length, 1);
  });

  test('an abort between two ranges ends the work with its own reason', async () => {
    const abort = new AbortController();
    const url = serve('/aborted.mp4', (n, ...of) => {
      if (n === 0) ranges(...of);
      else abort.abort(new Error('cancelled by a test'));
    });
    await assert.rejects(harness.thumbnail(url, {}, abort.signal), /cancelled by a test/);
  });
});
