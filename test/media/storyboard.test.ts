import assert from 'node:assert/strict';
import { open, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, afterEach, before, describe, test } from 'node:test';
import type { Storyboard } from '../../src/activities/ports.ts';
import { fileSource } from '../../src/media/bytes/source.ts';
import { SPRITE } from '../../src/media/ffmpeg/filter.ts';
import { MAX_SPRITE_BYTES } from '../../src/media/ffmpeg/sprite.ts';
import { readFacts } from '../../src/media/mp4/facts.ts';
import { openClip } from '../../src/media/mp4/open.ts';
import { fetchStoryboardFrames } from '../../src/media/mp4/storyboard/read.ts';
import { ffmpegBytes, gridOf, pictureFacts, turned, webm } from './support/make-clip.ts';
import { fails, type MediaHarness, startMediaHarness } from './support/media-harness.ts';
import { sendRange } from './support/media-server.ts';

const { columns, rows, cellWidth } = SPRITE;
/** The clips become brighter by this many levels a second, so that a frame's brightness tells its time. */
const LEVELS_PER_SECOND = 12;
const FIRST_LEVEL = 40;
/** WebP rounds brightness, and a picture of limited range has 219 levels instead of 255. */
const ROUNDING = 4;
const MAX_FACTOR = 1.3;
const MAX_EXTRA_BYTES = 64 * 1024;
let harness: MediaHarness;

/** Makes a clip that becomes brighter, with a key frame each second. */
function brightening(seconds: number, ...more: string[]): Promise<Buffer> {
  const level = `${FIRST_LEVEL}+${LEVELS_PER_SECOND}*T`;
  return ffmpegBytes(
    'clip.mp4',
    ...['-f', 'lavfi', '-i', `nullsrc=s=160x90:r=4:d=${seconds},geq=lum='${level}':cb=128:cr=128`],
    ...['-c:v', 'libx264', '-preset', 'ultrafast', '-pix_fmt', 'yuv420p', '-g', '4', ...more],
  );
}

/** Returns the brightness in the middle of each cell, as levels of a video. */
async function levelsOf({ picture }: Storyboard): Promise<number[]> {
  return [...(await gridOf(picture.bytes, columns, rows))].map((level) => 16 + (level * 219) / 255);
}

/** Fails unless each cell shows the frame of its time, and the other cells are black. */
async function assertFramesMatchTimes(storyboard: Storyboard): Promise<void> {
  const levels = await levelsOf(storyboard);
  const { times } = storyboard;
  for (const [n, level] of levels.entries()) {
    const time = times[n];
    const expected = time === undefined ? 16 : FIRST_LEVEL + LEVELS_PER_SECOND * time;
    assert.ok(Math.abs(level - expected) < ROUNDING, `cell ${n}: ${level} instead of ${expected}`);
  }
}

async function storyboardOf(name: string, bytes: Uint8Array): Promise<Storyboard> {
  const storyboard = await harness.storyboard(harness.cdn.put(`/${name}`, bytes));
  assert.ok(storyboard, name);
  return storyboard;
}

/** Returns the bytes of `moov` and of the key frames that a storyboard shows if there is no limit. */
async function neededBytes(bytes: Uint8Array): Promise<number> {
  const path = join(harness.folder, '..', 'needed.mp4');
  await writeFile(path, bytes);
  const file = await open(path);
  const source = await fileSource(file);
  const clip = await openClip(source);
  const limits = { maxBytes: () => Infinity, smallReadBytes: 0 };
  const frames = await fetchStoryboardFrames(clip, source, await readFacts(clip), limits);
  clip.close();
  await file.close();
  return frames.reduce((sum, { packet }) => sum + packet.byteLength, clip.moov.bytes.length);
}

describe('storyboards', () => {
  let long: Buffer;
  before(async () => {
    harness = await startMediaHarness();
    long = await brightening(15);
  });
  afterEach(() => harness.assertNothingLeft());
  after(() => harness.stop());

  test('a storyboard is a WebP picture of 5 × 2 cells, whose ten frames are spread over the clip and have their times', async () => {
    const storyboard = await storyboardOf('long.mp4', long);
    assert.equal(storyboard.picture.contentType, 'image/webp');
    assert.equal(await pictureFacts(storyboard.picture.bytes), 'webp,1600,360');
    assert.deepEqual(storyboard.times, [0, 2, 3, 5, 6, 8, 9, 11, 12, 14]);
    await assertFramesMatchTimes(storyboard);
  });

  test('a clip with three key frames gets a storyboard of three frames, and a clip with two gets none', async () => {
    const three = await storyboardOf('three.mp4', await brightening(3));
    assert.deepEqual(three.times, [0, 1, 2]);
    await assertFramesMatchTimes(three);
    const two = harness.cdn.put('/two.mp4', await brightening(2));
    assert.equal(await harness.storyboard(two), null);
  });

  test('the frames of a fragmented clip are spread over its fragments, which its index lists', async () => {
    const flags = ['-movflags', 'frag_keyframe+empty_moov+default_base_moof'];
    const storyboard = await storyboardOf('fragments.mp4', await brightening(15, ...flags));
    assert.deepEqual(storyboard.times, [0, 1, 3, 5, 8, 10, 12, 14]);
    await assertFramesMatchTimes(storyboard);
  });

  test('key frames of HEVC in open groups of pictures are shown in the order of their times', async () => {
    const options = 'keyint=4:min-keyint=4:scenecut=0:open-gop=1:log-level=none';
    const coding = ['-c:v', 'libx265', '-x265-params', options];
    const storyboard = await storyboardOf('hevc.mp4', await brightening(12, ...coding));
    assert.ok(storyboard.times.length >= 8, String(storyboard.times));
    await assertFramesMatchTimes(storyboard);
  });

  test('H.264 with key frames that a decoder would show in another order gets no storyboard', async () => {
    const options = [
      '-preset',
      'fast',
      '-x264-params',
      'keyint=4:min-keyint=1:scenecut=0:open-gop=1',
    ];
    const url = harness.cdn.put('/open.mp4', await brightening(12, ...options));
    assert.equal(await harness.storyboard(url), null);
  });

  test('an upright video stands in the middle of its cells, between black bars', async () => {
    const { picture } = await storyboardOf('upright.mp4', turned(long));
    const grey = await gridOf(picture.bytes, columns * cellWidth, rows);
    const levelAt = (x: number): number => grey[x] ?? 255;
    // 90 × 160 pixels become 102 × 180, so 109 columns are black on either side.
    for (const x of [0, 100, 219, 319]) assert.ok(levelAt(x) < ROUNDING, `column ${x}`);
    for (const x of [120, 160, 200]) assert.ok(levelAt(x) > FIRST_LEVEL - 16 - ROUNDING);
  });

  test('a storyboard costs at most 1.3 times the index and the chosen frames, plus 64 KB', async () => {
    const noise = 'noise=alls=40:allf=t';
    const bytes = await brightening(15, '-vf', `${noise},scale=640:360:flags=neighbor`);
    for (const [name, file] of Object.entries({ 'noise.mp4': bytes, 'small.mp4': long })) {
      const before = { sent: harness.cdn.sentBytes, requests: harness.cdn.requests.length };
      await harness.storyboard(harness.cdn.put(`/${name}`, file));
      const maxBytes = MAX_FACTOR * (await neededBytes(file)) + MAX_EXTRA_BYTES;
      const sent = harness.cdn.sentBytes - before.sent;
      assert.ok(sent <= maxBytes, `${name}: ${sent} of ${maxBytes} bytes`);
      assert.ok(harness.cdn.requests.length - before.requests <= 13, name);
    }
  });

  test('a storyboard costs at most 8 % of a clip over 20 MB, and rather has fewer frames', async () => {
    const noisy = await brightening(
      ...([12, '-vf', 'scale=960:540:flags=neighbor,noise=alls=100:allf=t', '-crf', '33'] as const),
    );
    const padded = (total: number): Buffer => {
      const free = Buffer.alloc(total - noisy.length);
      free.writeUInt32BE(free.length);
      free.write('free', 4);
      return Buffer.concat([noisy, free]);
    };
    const needed = await neededBytes(noisy);
    const cap = 0.08 * 21e6;
    assert.ok(needed > cap && needed < 2.5 * cap, `${needed} bytes`);
    const costOf = async (name: string, file: Buffer) => {
      const before = harness.cdn.sentBytes;
      const storyboard = await harness.storyboard(harness.cdn.put(`/${name}`, file));
      return { sent: harness.cdn.sentBytes - before, frames: storyboard?.times.length ?? 0 };
    };
    const large = await costOf('large.mp4', padded(21e6));
    assert.ok(large.sent <= cap, `${large.sent} of ${cap} bytes`);
    assert.ok(large.frames >= 3 && large.frames < 10, `${large.frames} frames`);
    assert.equal((await costOf('smaller.mp4', padded(20e6))).frames, 10);
  });

  test('a detailed storyboard is drawn with less quality, so that it has at most 80 KB', async () => {
    const detail = await brightening(10, '-vf', 'noise=alls=60:allf=t,scale=320:180');
    const { picture } = await storyboardOf('detail.mp4', detail);
    assert.ok(picture.bytes.length <= MAX_SPRITE_BYTES, `${picture.bytes.length} bytes`);
    assert.ok(picture.bytes.length > MAX_SPRITE_BYTES / 4, 'the clip is not detailed');
  });

  test('for a storyboard, no clip is downloaded whole: neither without ranges nor in another container', async () => {
    const before = harness.cdn.sentBytes;
    const whole = harness.cdn.put('/whole.mp4', (request, response) => {
      delete request.headers.range;
      sendRange(long, request, response);
    });
    assert.equal(await harness.storyboard(whole), null);
    assert.equal(await harness.storyboard(harness.cdn.put('/x.webm', await webm(1))), null);
    assert.ok(harness.cdn.sentBytes - before <= 2 * 16 * 1024);
  });

  test('if ffmpeg does not decode every frame, the clip gets no storyboard', async () => {
    const url = harness.cdn.put('/long.mp4', long);
    const lost = await harness.script('lost', 'ffmpeg "$@"; : > counted');
    assert.equal(await harness.storyboard(url, { ffmpegPath: lost }), null);
    const failing = await harness.script('failing', 'exit 1');
    assert.equal(await harness.storyboard(url, { ffmpegPath: failing }), null);
    const slow = await harness.script('slow', 'exec sleep 30');
    assert.equal(await harness.storyboard(url, { ffmpegPath: slow, timeLimitMs: 300 }), null);
  });

  test('if ffmpeg is missing, the server refuses the link or the work is cancelled, the storyboard fails', async () => {
    const url = harness.cdn.put('/long.mp4', long);
    await assert.rejects(
      harness.storyboard(url, { ffmpegPath: '/nowhere/ffmpeg' }),
      fails('ServiceFailed', /ffmpeg cannot be run/),
    );
    await assert.rejects(
      harness.storyboard(`${harness.cdn.origin}/gone.mp4?hm=secret`),
      fails('LinkExpired', /404|expired|refused/),
    );
    const controller = new AbortController();
    const slow = await harness.script('sleeping', 'exec sleep 30');
    const run = harness.storyboard(url, { ffmpegPath: slow }, controller.signal);
    setTimeout(() => controller.abort(new Error('cancelled by a test')), 300);
    await assert.rejects(run, /cancelled by a test/);
  });
});
