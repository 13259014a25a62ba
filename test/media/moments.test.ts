import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { TimeBudget } from '../../src/media/ffmpeg/limits.ts';
import {
  countSurveyFrames,
  firstFrame,
  type FrameBudget,
  framesToTry,
} from '../../src/media/ffmpeg/moments.ts';
import type { FrameAt } from '../../src/media/ffmpeg/picture.ts';
import type { Probed } from '../../src/media/ffmpeg/probe.ts';
import type { Demuxer } from '../../src/media/sniff.ts';
import { ffmpegBytes } from './support/make-clip.ts';
import { fails } from './support/media-harness.ts';

const COLOURS = { hdr: null, assumesBt709: false };
/** Prints 90,000 packets with ffprobe's `-read_intervals` by time, and 60 hidden and some shown ones by number. */
const LONG_LIST = `case "$*" in
  *%+#*) awk 'BEGIN { for (n = -60; n < 20; n++) printf "%f,%s\\n", n / 10, n < 0 ? "KD" : "K_" }' ;;
  *) awk 'BEGIN { for (n = 0; n < 90000; n++) printf "%f,K__\\n", n / 9000 }' ;;
esac`;
let folder: string;

/** Returns the moments that are tried of a file, in seconds. */
async function momentsOf(
  file: string,
  probed: { durationSeconds: number; startSeconds: number },
  frameBudget: FrameBudget,
  ffprobePath = 'ffprobe',
): Promise<number[]> {
  const { durationSeconds, startSeconds } = probed;
  const demuxer: Demuxer = file.endsWith('.mkv') ? 'matroska' : 'mov';
  const first: FrameAt = {
    file: join(folder, file),
    demuxer,
    stream: 0,
    atSeconds: 0,
    colours: COLOURS,
  };
  const facts: Probed['facts'] = { durationSeconds };
  const traits = { isEncrypted: false, dolbyVision: null, unknownCodec: null };
  const frames = framesToTry(
    first,
    { facts, startSeconds, stream: 0, colours: COLOURS, traits },
    frameBudget,
    {
      ffmpegPath: 'ffmpeg',
      ffprobePath,
      format: 'webp',
      budget: new TimeBudget(20_000),
      signal: new AbortController().signal,
      onFacts: () => undefined,
    },
  );
  const moments: number[] = [];
  for await (const { atSeconds } of frames) moments.push(atSeconds);
  return moments;
}

describe('the moments of a file that was downloaded whole', () => {
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'everclip-moments-'));
    const gray = ['-f', 'lavfi', '-i', 'color=gray:s=64x64:r=10:d=10', '-c:v', 'libx264'];
    for (const name of ['late.mkv', 'late.mp4']) {
      const coding = ['-preset', 'ultrafast', '-g', '999', '-output_ts_offset', '1000'];
      await writeFile(join(folder, name), await ffmpegBytes(name, ...gray, ...coding));
    }
    await writeFile(join(folder, 'ffprobe'), `#!/bin/sh\n${LONG_LIST}\n`, { mode: 0o755 });
  });
  after(() => rm(folder, { recursive: true }));

  for (const name of ['late.mkv', 'late.mp4'])
    test(`if the times of ${name} start at 1000 s, the frames up to a moment still count`, async () => {
      const probed = { durationSeconds: 100, startSeconds: 1000 };
      const budget = { left: 60, hidden: 0 };
      // The first moment is at 10 s, which takes all 100 frames.
      assert.deepEqual(await momentsOf(name, probed, budget), [5.9]);
      assert.deepEqual(budget, { left: 0, hidden: 0 });
      assert.deepEqual(await momentsOf(name, probed, { left: 20, hidden: 0 }), [1.9]);
    });

  test('if the list of frames is too long, no moment is tried, and hidden frames still count', async () => {
    const probed = { durationSeconds: 100, startSeconds: 0 };
    const ffprobe = join(folder, 'ffprobe');
    const budget = { left: 100, hidden: 0 };
    assert.deepEqual(await momentsOf('late.mp4', probed, budget, ffprobe), []);
    assert.equal(budget.hidden, 60);
    await assert.rejects(
      momentsOf('late.mp4', probed, { left: 60, hidden: 0 }, ffprobe),
      fails('MediaUnreadable', /too far from a key frame/),
    );
  });

  test('the first frame takes the hidden frames before it from the budget, and is not decoded if they are too many', () => {
    const first: FrameAt = { file: '', demuxer: 'mov', stream: 0, atSeconds: 9, colours: COLOURS };
    const budget = { left: 100, hidden: 60 };
    assert.deepEqual(
      [...firstFrame(first, budget)].map(({ atSeconds }) => atSeconds),
      [0],
    );
    assert.equal(budget.left, 39);
    assert.deepEqual([...firstFrame(first, budget)], []);
    assert.equal([...firstFrame(first, { left: 0, hidden: 0 })].length, 1);
  });

  test('a survey may decode the rest of the budget, of which the hidden frames take a part', () => {
    assert.equal(countSurveyFrames({}, { left: 100, hidden: 0 }), 50);
    assert.equal(countSurveyFrames({}, { left: 100, hidden: 30 }), 20);
    assert.equal(
      countSurveyFrames({ durationSeconds: 1, frameRate: 5 }, { left: 100, hidden: 30 }),
      5,
    );
  });
});
