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

  test('a page that a server sends with status 200 instead of the video is a fault of the server, and is retried', async () => {
    const url = harness.cdn.put('/page.mp4', page('text/html; charset=utf-8'));
    const announced = { contentType: 'video/mp4', sizeBytes: 24_117_248 };
    const message = /answered with status 200, but sent text\/html instead of video\/mp4/;
    await assert.rejects(thumbnail(url, announced), fails('ServiceFailed', message));
    await assert.rejects(
      thumbnail(url, { contentType: 'video/mp4' }),
      fails('ServiceFailed', message),
    );
  });

  test('an unreadable file of another length than announced is a fault of the server', async () => {
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

  test('a page of unknown length is a fault of the server, even if Discord announced no type', async () => {
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

  test('a file that is too large, but was announced as a small one, is a fault of the server', async () => {
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

  test('an unreadable file of the announced type and length is the fault of the file', async () => {
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

  test('a clip that can be read gets its thumbnail even if its length is not the announced one', async () => {
    const url = harness.cdn.put('/other.mp4', mp4);
    const { picture } = await thumbnail(url, { contentType: 'video/mp4', sizeBytes: 1 });
    assert.equal(picture.contentType, 'image/webp');
  });
});
