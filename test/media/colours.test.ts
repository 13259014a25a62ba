import assert from 'node:assert/strict';
import { after, afterEach, before, describe, test } from 'node:test';
import { coloursOf } from '../../src/media/video/colours.ts';
import { hdrClip, type HdrColour, linearOf } from './support/hdr.ts';
import { ffmpegBytes, pixelsOf } from './support/make-clip.ts';
import { type MediaHarness, startMediaHarness } from './support/media-harness.ts';

type Rgb = [red: number, green: number, blue: number];
/** Encoders round colours. */
const MAX_ROUNDING = 3;
let harness: MediaHarness;

function assertNear(actual: number[], expected: number[], maxDifference: number): void {
  const isNear = expected.every((level, n) => Math.abs((actual[n] ?? -1) - level) <= maxDifference);
  assert.ok(isNear, `${String(actual)} instead of ${String(expected)}`);
}

describe('colours', () => {
  before(async () => {
    harness = await startMediaHarness();
  });
  afterEach(() => harness.assertNothingLeft());
  after(() => harness.stop());

  /** Returns the colours of the columns of a clip's picture. */
  async function columnsOf(path: string, bytes: Buffer, columns: number): Promise<Rgb[]> {
    const url = harness.cdn.put(path, bytes);
    const { picture, facts } = await harness.thumbnail(url, { thumbnailFormat: 'png' });
    const pixels = await pixelsOf(picture.bytes, columns);
    assert.ok((facts.width ?? 0) > 0);
    return Array.from({ length: columns }, (_, n) => [...pixels.subarray(n * 3, n * 3 + 3)] as Rgb);
  }

  /** Makes a red clip with the matrix BT.709 or BT.601 that does not say which of them it has. */
  function redClip(name: string, size: string, matrix: string, ...more: string[]): Promise<Buffer> {
    const red = ['-f', 'lavfi', '-i', `color=red:s=${size}:r=5:d=0.4,format=rgb24`];
    const filter = ['-vf', `scale=out_range=tv:out_color_matrix=${matrix}`];
    const coding = ['-c:v', 'libx264', '-preset', 'ultrafast', '-crf', '10', '-pix_fmt', 'yuv420p'];
    return ffmpegBytes(name, ...red, ...filter, ...coding, ...more);
  }

  for (const [name, path] of Object.entries({ 'x.mp4': 'in parts', 'x.mkv': 'whole' })) {
    test(`if an HD video that is read ${path} names no colour matrix, its colours are read as BT.709`, async () => {
      const [red = []] = await columnsOf(
        `/hd/${name}`,
        await redClip(name, '1280x720', 'bt709'),
        1,
      );
      assertNear(red, [254, 0, 0], MAX_ROUNDING);
    });

    test(`if a small video that is read ${path} names no colour matrix, its colours are read as BT.601`, async () => {
      const [red = []] = await columnsOf(`/sd/${name}`, await redClip(name, '640x360', 'bt601'), 1);
      assertNear(red, [254, 0, 0], MAX_ROUNDING);
    });
  }

  test('if an HD video names a matrix that only ffmpeg knows, its colours are read with this matrix', async () => {
    const bytes = await redClip('x.mp4', '1280x720', 'fcc', '-x264-params', 'colormatrix=fcc');
    const [red = []] = await columnsOf('/fcc.mp4', bytes, 1);
    assertNear(red, [254, 0, 0], MAX_ROUNDING);
  });

  test('a video is HD if it is wider than 1279 pixels or higher than 576, and a matrix in the file always counts', () => {
    const isAssumed = (width: number, height: number, hasMatrix = false): boolean =>
      coloursOf({ hdr: null, hasMatrix, width, height }).assumesBt709;
    assert.deepEqual(
      [
        isAssumed(1279, 576),
        isAssumed(1280, 100),
        isAssumed(576, 1024),
        isAssumed(1920, 1080, true),
      ],
      [false, true, true, false],
    );
  });

  for (const transfer of ['pq', 'hlg'] as const) {
    test(`an SDR picture in ${transfer.toUpperCase()} video keeps its brightness and its colours`, async () => {
      const levels = [0, 32, 64, 118, 160, 200, 230];
      const greys = levels.map((level): Rgb => [level, level, level]);
      const colours: Rgb[] = [...greys, [135, 206, 235], [70, 130, 200], [224, 172, 140]];
      const bytes = await hdrClip(
        transfer,
        colours.map((colour) => linearOf(colour)),
      );
      const shown = await columnsOf(`/${transfer}.mp4`, bytes, colours.length);
      for (const [n, colour] of colours.entries()) assertNear(shown[n] ?? [], colour, 8);
    });

    test(`white and bright skies in ${transfer.toUpperCase()} video are white in the picture`, async () => {
      // A grey sky that is brighter than white paper. The camera recorded too little blue.
      const yellowishSky: HdrColour = [2.6, 2.5, 1.7];
      const cyanSky: HdrColour = [1.4, 2, 2];
      const white = linearOf([252, 252, 252]);
      const bytes = await hdrClip(transfer, [white, [4.5, 4.5, 4.5], yellowishSky, cyanSky]);
      const [paper = [], peak = [], ...skies] = await columnsOf(`/${transfer}-sky.mp4`, bytes, 4);
      assertNear(paper, [252, 252, 252], 8);
      assertNear(peak, [255, 255, 255], 2);
      for (const sky of skies) {
        const tint = Math.max(...sky) - Math.min(...sky);
        assert.ok(Math.min(...sky) > 220 && tint < 28, String(sky));
      }
    });
  }
});
