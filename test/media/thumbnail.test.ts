import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, afterEach, before, describe, test } from 'node:test';
import { contrastOf } from '../../src/media/ffmpeg/picture.ts';
import { clip, ffmpegBytes, greyOf, pictureFacts, turned, webm } from './support/make-clip.ts';
import { fails, type MediaHarness, startMediaHarness } from './support/media-harness.ts';

/** A test picture has more contrast than this, and a black picture has a contrast of 0. */
const MIN_TEST_PICTURE_CONTRAST = 30;
let harness: MediaHarness;
let mp4: Buffer;

describe('thumbnails', () => {
  before(async () => {
    harness = await startMediaHarness();
    mp4 = await clip('640x360', '-f', 'mp4');
  });
  afterEach(() => harness.assertNothingLeft());
  after(() => harness.stop());

  test('the thumbnail of a clip is a WebP picture whose longer side has at most 640 pixels', async () => {
    const inputs = [
      ...['-f', 'lavfi', '-i', 'testsrc2=s=1280x720:r=10:d=2'],
      ...['-f', 'lavfi', '-i', 'sine=440:d=2'],
    ];
    const both = await ffmpegBytes('clip.mp4', ...inputs, '-c:v', 'libx264', '-c:a', 'aac');
    const { picture, facts } = await harness.thumbnail(harness.cdn.put('/COMET.mp4', both));
    assert.equal(picture.contentType, 'image/webp');
    assert.equal(picture.extension, 'webp');
    assert.equal(await pictureFacts(picture.bytes), 'webp,640,360');
    const { durationSeconds = 0, bitRate = 0, ...rest } = facts;
    assert.ok(Math.abs(durationSeconds - 2) < 0.1);
    assert.equal(bitRate, Math.round((both.length * 8) / durationSeconds));
    assert.deepEqual(rest, {
      width: 1280,
      height: 720,
      codec: 'h264',
      frameRate: 10,
      hasAudio: true,
      sizeBytes: both.length,
    });
  });

  test('if THUMBNAIL_FORMAT is png or jpeg, the thumbnail has that format', async () => {
    const url = harness.cdn.put('/formats.mp4', mp4);
    const png = await harness.thumbnail(url, { thumbnailFormat: 'png' });
    assert.equal(await pictureFacts(png.picture.bytes), 'png,640,360');
    assert.equal(png.picture.contentType, 'image/png');
    const jpeg = await harness.thumbnail(url, { thumbnailFormat: 'jpeg' });
    assert.match(await pictureFacts(jpeg.picture.bytes), /^mjpeg,640,360/);
    assert.equal(jpeg.picture.extension, 'jpg');
    assert.equal(jpeg.picture.contentType, 'image/jpeg');
    assert.equal(jpeg.facts.hasAudio, false);
  });

  test('if a clip is rotated, the picture, width and height are those of the upright video', async () => {
    const url = harness.cdn.put('/turned.mp4', turned(await clip('1280x720')));
    const { picture, facts } = await harness.thumbnail(url);
    assert.equal(await pictureFacts(picture.bytes), 'webp,360,640');
    assert.deepEqual([facts.width, facts.height], [720, 1280]);
  });

  test('the picture of a small video is not enlarged', async () => {
    const url = harness.cdn.put('/small.mp4', await clip('96x64'));
    const { picture } = await harness.thumbnail(url);
    assert.equal(await pictureFacts(picture.bytes), 'webp,96,64');
  });

  test('a video with non-square pixels gets a picture with square pixels', async () => {
    const url = harness.cdn.put('/wide.mp4', await clip('400x400', '-vf', 'setsar=2/1'));
    const { picture } = await harness.thumbnail(url);
    assert.equal(await pictureFacts(picture.bytes), 'webp,640,320');
  });

  test('a QuickTime clip is read with range requests, but WebM and Matroska clips are downloaded whole', async () => {
    const source = ['-f', 'lavfi', '-i', 'testsrc2=s=64x64:r=5:d=1', '-c:v', 'libx264'];
    const clips = {
      'x.mov': await ffmpegBytes('x.mov', ...source),
      'x.mkv': await ffmpegBytes('x.mkv', ...source),
      'x.webm': await webm(),
    };
    for (const [name, bytes] of Object.entries(clips)) {
      const url = harness.cdn.put(`/${name}`, bytes);
      const { picture, facts, fallbacks } = await harness.thumbnail(url);
      assert.equal(await pictureFacts(picture.bytes), 'webp,64,64', name);
      assert.equal(facts.codec, name === 'x.webm' ? 'vp8' : 'h264');
      assert.equal(facts.durationSeconds, 1);
      assert.deepEqual(fallbacks, name === 'x.mov' ? [] : ['container']);
    }
  });

  test('before a clip is downloaded whole, the reason is reported without the signature of the link', async () => {
    const reported: string[][] = [];
    const url = harness.cdn.put('/attachments/1/2/x.webm', (_request, response) => {
      const isDownload = reported.length > 0;
      response.writeHead(isDownload ? 404 : 200).end(Buffer.from([0x1a, 0x45, 0xdf, 0xa3]));
    });
    const gone = harness.thumbnail(`${url}?ex=secret&hm=secret`, {
      onFallback: (...fallback) => reported.push(fallback),
    });
    await assert.rejects(gone, fails('LinkExpired', /x\.webm/));
    assert.deepEqual(reported, [['no-ranges', '/attachments/1/2/x.webm']]);
  });

  test('making a thumbnail of an MP4 clip runs ffmpeg once, or five times if all frames are black, and never runs ffprobe', async () => {
    const starts = join(harness.folder, '..', 'starts');
    const ffmpegPath = await harness.script('counted', `echo >>"${starts}"; exec ffmpeg "$@"`);
    const tools = { ffmpegPath, ffprobePath: '/nowhere/ffprobe' };
    const startsFor = async (path: string, bytes: Buffer): Promise<number> => {
      const before = (await readFile(starts, 'utf8').catch(() => '')).length;
      await harness.thumbnail(harness.cdn.put(path, bytes), tools);
      return (await readFile(starts, 'utf8')).length - before;
    };
    const frames = await clip('320x180', '-g', '2');
    const black = await clip('320x180', '-g', '2', '-vf', 'drawbox=t=fill:c=black');
    assert.equal(await startsFor('/frames.mp4', frames), 1);
    // Four key frames, and a run that measures the frames of the clip's beginning.
    assert.equal(await startsFor('/black.mp4', black), 5);
  });

  test('if a clip begins with black frames, the picture comes from a later frame', async () => {
    const black = "drawbox=t=fill:c=black:enable='lt(t,0.15)'";
    const dark = await clip('640x360', '-g', '5', '-vf', black);
    const { picture } = await harness.thumbnail(harness.cdn.put('/dark.mp4', dark));
    const lit = await harness.thumbnail(harness.cdn.put('/lit.mp4', mp4));
    assert.ok(picture.bytes.length > lit.picture.bytes.length / 2, `${picture.bytes.length}`);
  });

  test('if the duration of a WebM clip is unknown, the picture is not taken from a black beginning', async () => {
    const blackStart = ['-vf', "drawbox=t=fill:c=black:enable='lt(t,1.5)'"];
    const clips = [
      await webm(4, ...blackStart, '-live', '1'),
      await webm(4, '-live', '1'),
      await webm(1, '-live', '1'),
    ];
    for (const bytes of clips) {
      const url = harness.cdn.put('/live.webm', bytes);
      const { picture, facts } = await harness.thumbnail(url);
      assert.equal(facts.durationSeconds, undefined);
      const contrast = contrastOf(await greyOf(picture.bytes));
      assert.ok(contrast > MIN_TEST_PICTURE_CONTRAST, `${contrast}`);
    }
  });

  test('a picture does not contain the place, device or title from the metadata of the clip', async () => {
    const tags = [
      ...['-metadata', 'location=+48.8577+002.2950/'],
      ...['-metadata', 'make=SecretPhone'],
      ...['-metadata', 'title=SecretTitle'],
      ...['-metadata', 'comment=SecretNote'],
      ...['-movflags', 'use_metadata_tags'],
    ];
    const tagged = await clip('640x360', ...tags);
    assert.match(tagged.toString('latin1'), /48\.8577/);
    const url = harness.cdn.put('/tagged.mp4', tagged);
    for (const thumbnailFormat of ['webp', 'png', 'jpeg'] as const) {
      const { picture } = await harness.thumbnail(url, { thumbnailFormat });
      assert.doesNotMatch(Buffer.from(picture.bytes).toString('latin1'), /48\.85|Secret|Exif/i);
    }
  });

  test('a song with cover art is refused because it contains no video', async () => {
    const sound = ['-f', 'lavfi', '-i', 'sine=440:d=1'];
    const cover = ['-f', 'lavfi', '-i', 'color=red:s=64x64:d=0.04'];
    const coding = ['-map', '0', '-map', '1', '-c:v', 'png', '-frames:v', '1'];
    const asCover = ['-disposition:v', 'attached_pic'];
    const song = await ffmpegBytes('song.mp4', ...sound, ...cover, ...coding, ...asCover);
    const url = harness.cdn.put('/song.mp4', song);
    await assert.rejects(harness.thumbnail(url), fails('MediaUnreadable', /contains no video/));
  });

  test('a video with more pixels than 8K is refused', async () => {
    const url = harness.cdn.put('/square.mp4', await clip('8192x8192', '-frames:v', '1'));
    await assert.rejects(harness.thumbnail(url), fails('MediaTooLarge', /8192 × 8192 pixels/));
  });
});
