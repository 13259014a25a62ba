import assert from 'node:assert/strict';
import { after, afterEach, before, describe, test } from 'node:test';
import type { AnnouncedFile } from '../../src/activities/ports.ts';
import { clip } from './support/make-clip.ts';
import { fails, type MediaHarness, startMediaHarness } from './support/media-harness.ts';
import type { Handler } from './support/media-server.ts';

let harness: MediaHarness;
let mp4: Buffer;

const PAGE = Buffer.from('<html><body>The service is busy. Try again later.</body></html>');

/** Answers every request with 200 and this body. */
function page(contentType: string, body: Buffer = PAGE): Handler {
  return (_request, response) => {
    response.writeHead(200, { 'content-type': contentType, 'content-length': body.length });
    response.end(body);
  };
}

describe('a file that is not the announced one', () => {
  before(async () => {
    harness = await startMediaHarness();
    mp4 = await clip();
  });
  afterEach(() => harness.assertNothingLeft());
  after(() => harness.stop());

  const thumbnail = (url: string, announced: AnnouncedFile) =>
    harness.thumbnail(url, {}, undefined, announced);

  test('if a server sends an HTML page with status 200 instead of the video, the thumbnail is retried', async () => {
    const url = harness.cdn.put('/page.mp4', page('text/html; charset=utf-8'));
    const announced = { contentType: 'video/mp4', sizeBytes: 24_117_248 };
    const message = /answered with status 200, but sent text\/html instead of video\/mp4/;
    await assert.rejects(thumbnail(url, announced), fails('ServiceFailed', message));
    await assert.rejects(
      thumbnail(url, { contentType: 'video/mp4' }),
      fails('ServiceFailed', message),
    );
  });

  test('if a file is unreadable and not as long as announced, the thumbnail fails with ServiceFailed', async () => {
    const octets = harness.cdn.put('/short.mp4', page('application/octet-stream'));
    const announced = { contentType: 'video/mp4', sizeBytes: 24_117_248 };
    const message = new RegExp(`sent ${PAGE.length} bytes instead of 24117248`);
    await assert.rejects(thumbnail(octets, announced), fails('ServiceFailed', message));
    const start = harness.cdn.put('/start.mp4', mp4.subarray(0, 1000));
    await assert.rejects(
      thumbnail(start, { sizeBytes: mp4.length }),
      fails('ServiceFailed', /sent 1000 bytes instead of/),
    );
    const empty = harness.cdn.put('/empty.mp4', Buffer.alloc(0));
    await assert.rejects(
      thumbnail(empty, { sizeBytes: mp4.length }),
      fails('ServiceFailed', /sent 0 bytes instead of/),
    );
  });

  test('if a server sends a page of unknown length and Discord announced no type, the thumbnail fails with ServiceFailed', async () => {
    const chunked = (contentType: string): Handler => {
      return (_request, response) => {
        response.writeHead(200, { 'content-type': contentType });
        response.write(PAGE);
        response.end();
      };
    };
    const html = harness.cdn.put('/chunked.mp4', chunked('text/html'));
    await assert.rejects(
      thumbnail(html, {}),
      fails('ServiceFailed', /text\/html instead of a video/),
    );
    const octets = harness.cdn.put('/octets.mp4', chunked('application/octet-stream'));
    await assert.rejects(
      thumbnail(octets, { sizeBytes: mp4.length }),
      fails('ServiceFailed', new RegExp(`sent ${PAGE.length} bytes instead of`)),
    );
  });

  test('if a file is too large but was announced as small, the thumbnail fails with ServiceFailed', async () => {
    const big = Buffer.alloc(70 * 1024 * 1024);
    const url = harness.cdn.put('/big.mp4', page('application/octet-stream', big));
    await assert.rejects(
      thumbnail(url, { sizeBytes: mp4.length }),
      fails('ServiceFailed', /bytes instead of/),
    );
    await assert.rejects(
      thumbnail(url, { sizeBytes: big.length }),
      fails('MediaTooLarge', /MAX_MEDIA_BYTES/),
    );
  });

  test('if an unreadable file has the announced type and length, the thumbnail fails with MediaUnreadable', async () => {
    const url = harness.cdn.put('/text.mp4', page('video/mp4'));
    const unreadable = fails('MediaUnreadable', /is not an MP4/);
    await assert.rejects(
      thumbnail(url, { contentType: 'video/mp4', sizeBytes: PAGE.length }),
      unreadable,
    );
    await assert.rejects(thumbnail(url, {}), unreadable);
    const text = harness.cdn.put('/as-text.mp4', page('text/plain'));
    const announcedAsText = { contentType: 'text/plain', sizeBytes: PAGE.length };
    await assert.rejects(thumbnail(text, announcedAsText), unreadable);
  });

  test('if a readable clip is not as long as announced, the clip still gets its thumbnail', async () => {
    const url = harness.cdn.put('/other.mp4', mp4);
    const { picture } = await thumbnail(url, { contentType: 'video/mp4', sizeBytes: 1 });
    assert.equal(picture.contentType, 'image/webp');
  });
});
