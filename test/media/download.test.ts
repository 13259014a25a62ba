import assert from 'node:assert/strict';
import { after, afterEach, before, describe, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { applicationFailure } from '../../src/errors.ts';
import { clip } from './support/make-clip.ts';
import { fails, type MediaHarness, startMediaHarness } from './support/media-harness.ts';
import type { Handler } from './support/media-server.ts';

const SIGNED = '?ex=secret1&is=secret2&hm=secret3';
let harness: MediaHarness;
let mp4: Buffer;

const answer =
  (status: number, headers: Record<string, string> = {}): Handler =>
  (_request, response) =>
    response.writeHead(status, headers).end();

describe('fetching media', () => {
  before(async () => {
    harness = await startMediaHarness();
    mp4 = await clip();
  });
  afterEach(() => harness.assertNothingLeft());
  after(() => harness.stop());

  const at = (path: string, what: Uint8Array | Handler): string =>
    harness.cdn.put(path, what) + SIGNED;

  test('a link that the CDN no longer serves is expired, and the failure names its path alone', async () => {
    for (const status of [403, 404]) {
      const url = at(`/attachments/1/${status}/x.mp4`, answer(status));
      const route = new RegExp(`GET /attachments/1/${status}/x.mp4, ${status}`);
      await assert.rejects(harness.thumbnail(url), fails('LinkExpired', route));
    }
  });

  test('a 429 waits as long as the server says', async () => {
    const url = at('/429', answer(429, { 'retry-after': '7' }));
    await assert.rejects(harness.thumbnail(url), (error) => {
      assert.equal(applicationFailure(error)?.nextRetryDelay, 7000);
      return fails('RateLimited', /retrying in 7 s/)(error);
    });
  });

  test('a server in trouble fails as a service', async () => {
    for (const status of [500, 503, 418]) {
      const url = at(`/${status}`, answer(status));
      await assert.rejects(harness.thumbnail(url), fails('ServiceFailed', new RegExp(`${status}`)));
    }
    const closed = { mediaHosts: ['http://127.0.0.1:1'] };
    const refused = harness.thumbnail(`http://127.0.0.1:1/x.mp4${SIGNED}`, closed);
    await assert.rejects(refused, fails('ServiceFailed', /media server failed/));
  });

  test('a body shorter than announced is no clip but a failed service', async () => {
    const short = at('/short.mp4', (_request, response) => {
      response.writeHead(200, { 'content-length': mp4.length }).write(mp4.subarray(0, 1000));
      setTimeout(() => response.destroy(), 50);
    });
    await assert.rejects(harness.thumbnail(short), fails('ServiceFailed', /short\.mp4/));
    const broken = at('/broken.mp4', (_request, response) => {
      response.writeHead(200).write(mp4.subarray(0, 1000));
      setTimeout(() => response.destroy(), 50);
    });
    await assert.rejects(harness.thumbnail(broken), fails('ServiceFailed', /broken\.mp4/));
  });

  test('a stalled server is given up, before and within the body', async () => {
    const impatient = { idleMs: 150 };
    const silent = at('/silent.mp4', () => undefined);
    await assert.rejects(harness.thumbnail(silent, impatient), fails('ServiceFailed', /stalled/));
    const halfway = at('/halfway.mp4', (_request, response) => {
      response.writeHead(200, { 'content-length': mp4.length }).write(mp4.subarray(0, 1000));
    });
    await assert.rejects(harness.thumbnail(halfway, impatient), fails('ServiceFailed', /stalled/));
  });

  test('a slow body that keeps coming is waited for', async () => {
    const url = at('/slow.mp4', (_request, response) => {
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

  test('more bytes than allowed are refused, announced or not', async () => {
    const small = { maxMediaBytes: 10_000 };
    const declared = at('/declared.mp4', mp4);
    await assert.rejects(harness.thumbnail(declared, small), fails('MediaTooLarge', /10000 bytes/));
    let sent = 0;
    const endless = at('/endless.mp4', (_request, response) => {
      const more = (): void => {
        while (!response.destroyed && response.write(Buffer.alloc(4096))) sent += 4096;
      };
      response.writeHead(200).on('drain', more);
      more();
    });
    await assert.rejects(harness.thumbnail(endless, small), fails('MediaTooLarge', /10000 bytes/));
    await delay(50);
    assert.ok(sent < 16 * 1024 * 1024);
  });

  test('an address outside the media hosts is never asked', async () => {
    const { canary, cdn } = harness;
    const outside = [
      canary.put('/x.mp4', mp4),
      'file:///etc/passwd',
      'no address',
      cdn.origin.replace('127.0.0.1', 'localhost') + '/x.mp4',
      cdn.origin.replace('http://', 'http://user:secret@') + '/x.mp4',
      `https://cdn.discordapp.com.example.org/x.mp4${SIGNED}`,
    ];
    for (const url of outside) {
      await assert.rejects(
        harness.thumbnail(url),
        fails('MediaUnreadable', /not in MEDIA_HOSTS|not a valid URL|user name or password/),
      );
    }
  });

  test('redirects are followed within the media hosts and refused beyond', async () => {
    at('/there.mp4', mp4);
    assert.ok(
      await harness.thumbnail(at('/here', answer(302, { location: '/there.mp4?hm=secret' }))),
    );
    const away = { location: `${harness.canary.put('/x.mp4', mp4)}?hm=secret` };
    const beyond = at('/away', answer(307, away));
    await assert.rejects(
      harness.thumbnail(beyond),
      fails('MediaUnreadable', /not in MEDIA_HOSTS|not a valid URL|user name or password/),
    );
    const loop = at('/loop', answer(301, { location: '/loop' }));
    await assert.rejects(harness.thumbnail(loop), fails('ServiceFailed', /too many redirects/));
    assert.equal(harness.cdn.requests.filter((path) => path.startsWith('/loop')).length, 4);
  });

  test('an abort ends the download at once, with its own reason', async () => {
    const abort = new AbortController();
    const url = at('/aborted.mp4', (_request, response) => {
      response.writeHead(200).write(mp4.subarray(0, 1000));
      setTimeout(() => abort.abort(new Error('cancelled by a test')), 50);
    });
    await assert.rejects(harness.thumbnail(url, {}, abort.signal), /cancelled by a test/);
    await assert.rejects(harness.thumbnail(url, {}, abort.signal), /cancelled by a test/);
  });

  test('an avatar is a picture by its bytes, whatever its name and type say', async () => {
    const gif = Buffer.from('R0lGODlhAQABAAAAACwAAAAAAQABAAACAkQBADs=', 'base64');
    const picture = await harness.avatar(at('/avatars/1/a.png', gif));
    assert.equal(picture?.contentType, 'image/gif');
    assert.equal(picture.extension, 'gif');
    assert.deepEqual(Buffer.from(picture.bytes), gif);
    const jpeg = Buffer.from([0xff, 0xd8, 0xff, 0xe0, 0]);
    assert.equal((await harness.avatar(at('/avatars/1/b.png', jpeg)))?.extension, 'jpg');
  });

  test('where there is no avatar, or something else, there is none', async () => {
    assert.equal(await harness.avatar(at('/none', answer(404))), null);
    assert.equal(await harness.avatar(at('/forbidden', answer(403))), null);
    assert.equal(await harness.avatar(at('/empty', answer(200))), null);
    assert.equal(await harness.avatar(at('/page', Buffer.from('<svg onload="x()">'))), null);
    assert.equal(await harness.avatar(at('/large', Buffer.alloc(8 * 1024 * 1024 + 1))), null);
    assert.equal(await harness.avatar(harness.canary.put('/avatar.png', mp4)), null);
    await assert.rejects(harness.avatar(at('/502', answer(502))), fails('ServiceFailed', /502/));
  });
});
