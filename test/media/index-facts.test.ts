import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, afterEach, before, describe, test } from 'node:test';
import { probe, type Probed } from '../../src/media/ffmpeg/probe.ts';
import { readFacts } from '../../src/media/mp4/facts.ts';
import { openClip } from '../../src/media/mp4/open.ts';
import { containsKeyPicture } from '../../src/media/video/key-frame.ts';
import { isQuarterTurn, isSideways } from '../../src/media/video/rotation.ts';
import { box, edited } from './support/edit-boxes.ts';
import { clip, ffmpegBytes, pictureFacts, rotated } from './support/make-clip.ts';
import { type MediaHarness, startMediaHarness } from './support/media-harness.ts';

const STBL = 'moov/trak/mdia/minf/stbl';
let harness: MediaHarness;
let mp4: Buffer;

describe("reading a clip's index", () => {
  before(async () => {
    harness = await startMediaHarness();
    mp4 = await clip('160x120');
  });
  afterEach(() => harness.assertNothingLeft());
  after(() => harness.stop());

  /** Asserts that a clip gets a picture of this size without a download. */
  async function assertPicture(name: string, bytes: Buffer, size: string): Promise<void> {
    const url = harness.cdn.put(`/${name}.mp4`, bytes);
    const { picture, facts, fallbacks } = await harness.thumbnail(url);
    assert.deepEqual(fallbacks, []);
    assert.equal(await pictureFacts(picture.bytes), `webp,${size}`);
    assert.equal(`${facts.width},${facts.height}`, size);
  }

  async function probed(bytes: Buffer): Promise<Probed> {
    const file = join(harness.folder, '..', 'probed.mp4');
    await writeFile(file, bytes);
    const { signal } = new AbortController();
    return probe('ffprobe', file, { demuxer: 'mov', signal, timeoutMs: 20_000 });
  }

  test('the picture comes from the first video track that is enabled', async () => {
    const size = (width: number): string[] => [
      '-f',
      'lavfi',
      '-i',
      `testsrc2=s=${width}x90:r=5:d=1`,
    ];
    const bytes = await ffmpegBytes(
      'two.mp4',
      ...[...size(160), ...size(320), '-map', '0', '-map', '1'],
      ...['-c:v', 'libx264', '-preset', 'ultrafast', '-pix_fmt', 'yuv420p'],
      ...['-disposition:v:0', '0', '-disposition:v:1', 'default'],
    );
    await assertPicture('enabled', bytes, '320,90');
    const { stream, facts } = await probed(bytes);
    assert.deepEqual([stream, facts.width], [1, 320]);
  });

  test('if a rotation is not a quarter turn, width and height are not swapped', async () => {
    for (const degrees of [45, 135, 225, 315, 30, 60]) {
      const turned = rotated(mp4, degrees);
      await assertPicture(`turned-${degrees}`, turned, '160,120');
      const { facts } = await probed(turned);
      assert.deepEqual([facts.width, facts.height], [160, 120]);
    }
    await assertPicture('turned-90', rotated(mp4, 90), '120,160');
  });

  test('a rotation counts as a quarter turn if it differs from one by less than a degree', () => {
    assert.deepEqual([0, 90.5, -90, 180, 269.5].map(isQuarterTurn), [true, true, true, true, true]);
    assert.deepEqual([45, -45, 88, 1.5].map(isQuarterTurn), [false, false, false, false]);
    assert.deepEqual([90, -90, 270, 0, 180, 60].map(isSideways), [
      true,
      true,
      true,
      false,
      false,
      false,
    ]);
  });

  test('a colr box of type nclx without its last byte needs no download', async () => {
    const colours = Buffer.from([...Buffer.from('nclx'), 0, 1, 0, 1, 0, 1]);
    const bytes = edited(mp4, `${STBL}/stsd`, (content) => {
      const entry = content.subarray(16, 8 + 86);
      const settings = content.subarray(content.indexOf('avcC') - 4);
      const children = settings.subarray(0, settings.readUInt32BE(0));
      return Buffer.concat([
        content.subarray(0, 8),
        box('avc1', entry, children, box('colr', colours)),
      ]);
    });
    assert.equal(bytes.readUInt32BE(bytes.indexOf('colr') - 4), 18);
    await assertPicture('nclx', bytes, '160,120');
  });

  test('a clip that announces fragments but has none needs no download', async () => {
    const defaults = box('mvex', box('trex', 0, 1, 1, 0, 0, 0));
    const announced = edited(mp4, 'moov', (content) => Buffer.concat([content, defaults]));
    await assertPicture('no-fragments', announced, '160,120');
    const clipOfFacts = await openClip({
      size: announced.length,
      read: (start, end) => Promise.resolve(announced.subarray(start, end)),
    });
    assert.equal((await readFacts(clipOfFacts)).durationSeconds, 2);
    clipOfFacts.close();
    const both = Buffer.concat([announced, box('moof', box('mfhd', 0, 1))]);
    const { fallbacks } = await harness.thumbnail(harness.cdn.put('/both.mp4', both));
    assert.deepEqual(fallbacks, ['fragments']);
  });

  test('a clip whose key frames start with reserved NAL units needs no download', async () => {
    const hevc = await ffmpegBytes(
      'hevc.mp4',
      ...['-f', 'lavfi', '-i', 'testsrc2=s=320x180:r=5:d=0.4', '-c:v', 'libx265', '-tag:v', 'hvc1'],
      ...['-preset', 'ultrafast', '-pix_fmt', 'yuv420p', '-x265-params', 'log-level=none'],
    );
    // A unit of type 10, which is reserved. Mediabunny takes it for a part of a picture that is not a key frame.
    const unit = Buffer.from([0, 0, 0, 3, 10 << 1, 1, 0x80]);
    const longer = edited(hevc, 'mdat', (content) => Buffer.concat([unit, content]));
    const bytes = edited(longer, `${STBL}/stsz`, (content) => {
      const changed = Buffer.from(content);
      changed.writeUInt32BE(content.readUInt32BE(12) + unit.length, 12);
      return changed;
    });
    await assertPicture('reserved', bytes, '320,180');
  });

  test('a frame is a key frame if any of its NAL units starts a picture that needs no other', () => {
    const settings = new Uint8Array(23).fill(0xff);
    const frame = (...units: number[][]): Uint8Array =>
      Uint8Array.from(units.flatMap((unit) => [0, 0, 0, unit.length, ...unit]));
    assert.equal(containsKeyPicture('avc', settings, frame([0x6e, 0xc0], [0x65, 1])), true);
    assert.equal(containsKeyPicture('avc', settings, frame([0x6e, 0xc0], [0x41, 1])), false);
    assert.equal(containsKeyPicture('hevc', settings, frame([10 << 1, 1], [19 << 1, 1])), true);
    assert.equal(containsKeyPicture('hevc', settings, frame([10 << 1, 1], [1 << 1, 1])), false);
    assert.equal(containsKeyPicture('vp9', settings, frame([19 << 1, 1])), false);
    assert.equal(containsKeyPicture('hevc', undefined, frame([19 << 1, 1])), false);
    assert.equal(
      containsKeyPicture('hevc', settings, Uint8Array.from([0, 0, 0, 0, 0, 0, 0])),
      false,
    );
  });
});
