import assert from 'node:assert/strict';
import { after, afterEach, before, describe, test } from 'node:test';
import type { Picture } from '../../src/activities/ports.ts';
import type { MediaOptions } from '../../src/media/create-media.ts';
import { hdrClip, linearOf } from './support/hdr.ts';
import { clip, ffmpegBytes, pictureFacts, pixelsOf, turned } from './support/make-clip.ts';
import { type MediaHarness, startMediaHarness } from './support/media-harness.ts';

/** JPEG rounds colours. */
const MAX_ROUNDING = 4;
let harness: MediaHarness;

function assertNear(actual: ArrayLike<number>, expected: number[], maxDifference: number): void {
  const isNear = expected.every((level, n) => Math.abs((actual[n] ?? -1) - level) <= maxDifference);
  assert.ok(isNear, `${Array.from(actual).join()} instead of ${String(expected)}`);
}

describe('poster images', () => {
  before(async () => {
    harness = await startMediaHarness();
  });
  afterEach(() => harness.assertNothingLeft());
  after(() => harness.stop());

  async function posterOf(name: string, bytes: Buffer, options: Partial<MediaOptions> = {}) {
    const url = harness.cdn.put(`/${name}`, bytes);
    const { posterImage } = await harness.thumbnail(url, options);
    assert.ok(posterImage);
    return posterImage;
  }
  /** Returns the width and height of a JPEG. */
  async function sizeOf({ bytes }: Picture): Promise<string> {
    const [codec, width, height] = (await pictureFacts(bytes)).split(',');
    assert.equal(codec, 'mjpeg');
    return `${width}x${height}`;
  }

  test('the poster image of a wide or tall video is a JPEG that fits within 1280 × 1280 pixels', async () => {
    const wide = await clip('1920x1080', '-frames:v', '1');
    const poster = await posterOf('wide.mp4', wide);
    assert.deepEqual([poster.contentType, poster.extension], ['image/jpeg', 'jpg']);
    assert.equal(await sizeOf(poster), '1280x720');
    assert.equal(await sizeOf(await posterOf('tall.mp4', turned(wide))), '720x1280');
    const strip = await clip('64x2560', '-frames:v', '1');
    assert.equal(await sizeOf(await posterOf('strip.mp4', strip)), '32x1280');
  });

  test('the poster image of a small video is not enlarged, whatever the format of the thumbnail is', async () => {
    const small = await clip('642x358', '-frames:v', '1');
    for (const thumbnailFormat of ['webp', 'png', 'jpeg'] as const)
      assert.equal(
        await sizeOf(await posterOf('small.mp4', small, { thumbnailFormat })),
        '642x358',
      );
  });

  test('a video with non-square pixels gets a poster image with square pixels', async () => {
    const pixels = (sar: string) => clip('800x400', '-frames:v', '1', '-vf', `setsar=${sar}`);
    assert.equal(await sizeOf(await posterOf('flat.mp4', await pixels('2/1'))), '1280x320');
    assert.equal(await sizeOf(await posterOf('narrow.mp4', await pixels('1/2'))), '400x400');
  });

  for (const [size, matrix] of Object.entries({ '1280x720': 'bt709', '640x360': 'bt601' })) {
    test(`the poster image of a video of ${size} pixels without a colour matrix has the right colours`, async () => {
      const red = ['-f', 'lavfi', '-i', `color=red:s=${size}:r=5:d=0.4,format=rgb24`];
      const filter = ['-vf', `scale=out_range=tv:out_color_matrix=${matrix}`];
      const coding = ['-c:v', 'libx264', '-preset', 'ultrafast', '-crf', '10'];
      const bytes = await ffmpegBytes('x.mp4', ...red, ...filter, ...coding, '-pix_fmt', 'yuv420p');
      assertNear(
        await pixelsOf((await posterOf('red.mp4', bytes)).bytes, 1),
        [254, 0, 0],
        MAX_ROUNDING,
      );
    });
  }

  test('the poster image of HDR video has the brightness of SDR video', async () => {
    const levels = [32, 118, 200];
    const bytes = await hdrClip(
      'pq',
      levels.map((level) => linearOf([level, level, level])),
    );
    const shown = await pixelsOf((await posterOf('hdr.mp4', bytes)).bytes, levels.length);
    assertNear(
      shown,
      levels.flatMap((level) => [level, level, level]),
      8,
    );
  });

  test('a poster image does not contain the place, device or title from the metadata of the clip', async () => {
    const tags = ['location=+48.8577+002.2950/', 'make=SecretPhone', 'title=SecretTitle'];
    const tagged = await clip(
      '640x360',
      ...tags.flatMap((tag) => ['-metadata', tag]),
      ...['-movflags', 'use_metadata_tags'],
    );
    assert.match(tagged.toString('latin1'), /48\.8577/);
    const { bytes } = await posterOf('tagged.mp4', tagged);
    assert.doesNotMatch(Buffer.from(bytes).toString('latin1'), /48\.85|Secret|Exif/i);
  });

  test('no picture contains a colour profile that was attached to a frame of the clip', async () => {
    const source = ['-f', 'lavfi', '-i', 'testsrc2=s=96x64'];
    const picture = await ffmpegBytes('frame.jpg', ...source, '-frames:v', '1');
    const profile = Buffer.from('ICC_PROFILE\0\x01\x01SecretDevice'.padEnd(200, '.'), 'latin1');
    const header = Buffer.from([0xff, 0xe2, 0, profile.length + 2]);
    const start = picture.subarray(0, 2);
    const marked = Buffer.concat([start, header, profile, picture.subarray(2)]);
    const url = `data:image/jpeg;base64,${marked.toString('base64')}`;
    const clipBytes = await ffmpegBytes('clip.mov', '-f', 'mjpeg', '-i', url, '-c', 'copy');
    assert.match(clipBytes.toString('latin1'), /SecretDevice/);
    for (const thumbnailFormat of ['webp', 'png', 'jpeg'] as const) {
      const link = harness.cdn.put(`/profile-${thumbnailFormat}.mov`, clipBytes);
      const { picture: made, posterImage } = await harness.thumbnail(link, { thumbnailFormat });
      assert.ok(posterImage);
      for (const { bytes } of [made, posterImage]) {
        // A PNG compresses a profile, but names it.
        assert.doesNotMatch(Buffer.from(bytes).toString('latin1'), /SecretDevice|ICC_PROFILE|iCCP/);
      }
    }
  });

  test('if ffmpeg writes no poster image, the clip still gets its thumbnail', async () => {
    const ffmpegPath = await harness.script('no-poster', 'ffmpeg "$@" && rm -f poster.jpg');
    const url = harness.cdn.put('/no-poster.mp4', await clip('96x64'));
    const { picture, posterImage } = await harness.thumbnail(url, { ffmpegPath });
    assert.equal(await pictureFacts(picture.bytes), 'webp,96,64');
    assert.equal(posterImage, undefined);
  });
});
