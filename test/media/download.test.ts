import assert from 'node:assert/strict';
import type { ServerResponse } from 'node:http';
import { after, afterEach, before, describe, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { applicationFailure } from '../../src/errors.ts';
import { clip } from './support/make-clip.ts';
import { fails, type MediaHarness, startMediaHarness } from './support/media-harness.ts';
import type { Handler } from './support/media-server.ts';

/** A link's signature, which no message may show. */
const SIGNATURE = '?ex=secret1&is=secret2&hm=secret3';
const MAX_AVATAR_BYTES = 8 * 1024 * 1024;
let harness: MediaHarness;
let mp4: Buffer;

function answer(status: number, headers: Record<string, string> = {}): Handler {
  return (_request, response) => response.writeHead(status, headers).end();
}

/** Sends only the start of the clip. */
function sendStart(status: number, headers: Record<string, string | number> = {}): Handler {
  return (_request, response) => {
    response.writeHead(status, headers).write(mp4.subarray(0, 1000));
  };
}

/** Like `sendStart`, but soon closes the connection. */
function sendStartAndClose(headers: Record<string, string | number> = {}): Handler {
  return (request, response) => {
    sendStart(200, headers)(request, response);
    setTimeout(() => response.destroy(), 50);
  };
}

describe('downloads', () => {
  before(async () => {
    harness = await startMediaHarness();
    mp4 = await clip();
  });
  afterEach(() => harness.assertNothingLeft());
  after(() => harness.stop());

  const serve = (path: string, content: Uint8Array | Handler): string =>
    harness.cdn.put(path, content) + SIGNATURE;

  test('if the CDN answers 403 or 404, the download fails as LinkExpired and the message hides the link signature', async () => {
    for (const status of [403, 404]) {
      const url = serve(`/attachments/1/${status}/x.mp4`, answer(status));
      const route = new RegExp(`GET /attachments/1/${status}/x.mp4, ${status}`);
      await assert.rejects(harness.thumbnail(url), fails('LinkExpired', route));
    }
  });

  test('if the server answers 429, the download is retried after the time in the Retry-After header', async () => {
    const url = serve('/429', answer(429, { 'retry-after': '7' }));
    await assert.rejects(harness.thumbnail(url), (error) => {
      assert.equal(applicationFailure(error)?.nextRetryDelay, 7000);
      return fails('RateLimited', /retrying in 7 s/)(error);
    });
  });

  test('if the server sends an unexpected status or refuses the connection, the download fails as ServiceFailed', async () => {
    for (const status of [500, 503, 418]) {
      const url = serve(`/${status}`, answer(status));
      const sentence = new RegExp(`did not send the file \\(GET /${status}, ${status}\\)`);
      await assert.rejects(harness.thumbnail(url), fails('ServiceFailed', sentence));
    }
    const closedPort = { mediaHosts: ['http://127.0.0.1:1'] };
    await assert.rejects(
      harness.thumbnail(`http://127.0.0.1:1/x.mp4${SIGNATURE}`, closedPort),
      fails('ServiceFailed', /the connection to the media server failed/),
    );
  });

  test('if the connection closes before the whole file has arrived, the download fails as ServiceFailed', async () => {
    const short = serve('/short.mp4', sendStartAndClose({ 'content-length': mp4.length }));
    await assert.rejects(harness.thumbnail(short), fails('ServiceFailed', /short\.mp4/));
    const broken = serve('/broken.mp4', sendStartAndClose());
    await assert.rejects(harness.thumbnail(broken), fails('ServiceFailed', /broken\.mp4/));
  });

  test('if the server stalls before or during the response body, the download fails as ServiceFailed', async () => {
    const impatient = { idleMs: 150 };
    const silent = serve('/silent.mp4', () => undefined);
    await assert.rejects(harness.thumbnail(silent, impatient), fails('ServiceFailed', /stalled/));
    const halfway = serve('/halfway.mp4', sendStart(200, { 'content-length': mp4.length }));
    await assert.rejects(harness.thumbnail(halfway, impatient), fails('ServiceFailed', /stalled/));
  });

  test('if the server sends a file, a range or an avatar below the minimum rate, the request fails as ServiceFailed', async () => {
    const drip = (response: ServerResponse): void => {
      const timer = setInterval(() => response.write(Buffer.alloc(20)), 20);
      response.on('close', () => clearInterval(timer));
    };
    const limits = { idleMs: 5000, rateWindowMs: 300 };
    const tooSlow = fails('ServiceFailed', /sent less than 16 KB\/s for 0\.3 s \(GET \/drip/);
    const whole = serve('/drip-whole.mp4', (_request, response) => {
      response.writeHead(200, { 'content-length': mp4.length });
      drip(response);
    });
    await assert.rejects(harness.thumbnail(whole, limits), tooSlow);
    const range = serve('/drip-range.mp4', ({ headers }, response) => {
      const [, first, last] = /^bytes=(\d+)-(\d+)$/.exec(headers.range ?? '') ?? [];
      response.writeHead(206, { 'content-range': `bytes ${first}-${last}/1000000` });
      drip(response);
    });
    await assert.rejects(harness.thumbnail(range, limits), tooSlow);
    const avatar = serve('/drip-avatar.png', (_request, response) => {
      drip(response.writeHead(200));
    });
    await assert.rejects(harness.avatar(avatar, limits), tooSlow);
  });

  test('a slow download continues as long as bytes arrive', async () => {
    const url = serve('/slow.mp4', (_request, response) => {
      void (async () => {
        for (let from = 0; from < mp4.length; from += Math.ceil(mp4.length / 6)) {
          response.write(mp4.subarray(from, from + Math.ceil(mp4.length / 6)));
          await delay(250);
        }
        response.end();
      })();
    });
    assert.ok(await harness.thumbnail(url, { idleMs: 1200 }));
  });

  test('a file that is too large is refused, even if the server does not declare the size', async () => {
    const small = { maxMediaBytes: 10_000 };
    const announced = serve('/announced.mp4', mp4);
    await assert.rejects(
      harness.thumbnail(announced, small),
      fails('MediaTooLarge', /larger than 10000 bytes: raise MAX_MEDIA_BYTES/),
    );
    let sentBytes = 0;
    const endless = serve('/endless.mp4', (_request, response) => {
      const sendMore = (): void => {
        while (!response.destroyed && response.write(Buffer.alloc(4096))) sentBytes += 4096;
      };
      response.writeHead(200).on('drain', sendMore);
      sendMore();
    });
    await assert.rejects(harness.thumbnail(endless, small), fails('MediaTooLarge', /10000 bytes/));
    await delay(50);
    assert.ok(sentBytes < 16 * 1024 * 1024);
  });

  test('if a link does not point to a host in MEDIA_HOSTS, no request is sent', async () => {
    const { canary, cdn } = harness;
    const links: [url: string, message: RegExp][] = [
      [canary.put('/x.mp4', mp4), /points to http:\S+, which is not in MEDIA_HOSTS/],
      ['file:///etc/passwd', /points to file:, which is not in MEDIA_HOSTS/],
      [cdn.origin.replace('127.0.0.1', 'localhost') + '/x.mp4', /not in MEDIA_HOSTS/],
      [`https://cdn.discordapp.com.example.org/x.mp4${SIGNATURE}`, /not in MEDIA_HOSTS/],
      [cdn.origin.replace('http://', 'http://user:secret@') + '/x.mp4', /a user name or password/],
      ['no address', /not a valid URL/],
    ];
    for (const [url, message] of links)
      await assert.rejects(harness.thumbnail(url), fails('MediaUnreadable', message), url);
  });

  test('a download follows at most three redirects, and only to hosts in MEDIA_HOSTS', async () => {
    serve('/there.mp4', mp4);
    const here = serve('/here', answer(302, { location: '/there.mp4?hm=secret' }));
    assert.ok(await harness.thumbnail(here));
    const location = `${harness.canary.put('/x.mp4', mp4)}?hm=secret`;
    const away = serve('/away', answer(307, { location }));
    await assert.rejects(harness.thumbnail(away), fails('MediaUnreadable', /not in MEDIA_HOSTS/));
    const loop = serve('/loop', answer(301, { location: '/loop' }));
    await assert.rejects(harness.thumbnail(loop), fails('ServiceFailed', /too many redirects/));
    assert.equal(harness.cdn.requests.filter((path) => path.startsWith('/loop')).length, 4);
  });

  test('if a download is aborted, the download fails with the reason of the abort', async () => {
    const controller = new AbortController();
    const url = serve('/aborted.mp4', (request, response) => {
      sendStart(200)(request, response);
      setTimeout(() => controller.abort(new Error('cancelled by a test')), 50);
    });
    await assert.rejects(harness.thumbnail(url, {}, controller.signal), /cancelled by a test/);
    await assert.rejects(harness.thumbnail(url, {}, controller.signal), /cancelled by a test/);
  });

  test('the file type of an avatar is detected from the bytes, not from the name or content type', async () => {
    const gif = Buffer.from('R0lGODlhAQABAAAAACwAAAAAAQABAAACAkQBADs=', 'base64');
    const picture = await harness.avatar(serve('/avatars/1/a.png', gif));
    assert.equal(picture?.contentType, 'image/gif');
    assert.equal(picture.extension, 'gif');
    assert.deepEqual(Buffer.from(picture.bytes), gif);
    const jpeg = Buffer.from([0xff, 0xd8, 0xff, 0xe0, 0]);
    assert.equal((await harness.avatar(serve('/avatars/1/b.png', jpeg)))?.extension, 'jpg');
  });

  test('if an avatar is missing, too large, not a picture or on another host, the download returns null', async () => {
    assert.equal(await harness.avatar(serve('/none', answer(404))), null);
    assert.equal(await harness.avatar(serve('/forbidden', answer(403))), null);
    assert.equal(await harness.avatar(serve('/empty', answer(200))), null);
    assert.equal(await harness.avatar(serve('/page', Buffer.from('<svg onload="x()">'))), null);
    assert.equal(await harness.avatar(serve('/large', Buffer.alloc(MAX_AVATAR_BYTES + 1))), null);
    assert.equal(await harness.avatar(harness.canary.put('/avatar.png', mp4)), null);
    await assert.rejects(harness.avatar(serve('/502', answer(502))), fails('ServiceFailed', /502/));
  });
});
