import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import type { ByteSource } from '../../src/media/bytes/source.ts';
import { PartialReadError } from '../../src/media/fallback.ts';
import { TimeBudget } from '../../src/media/ffmpeg/limits.ts';
import { readFacts } from '../../src/media/mp4/facts.ts';
import { keyFrames, readFirstRun } from '../../src/media/mp4/key-frames.ts';
import { openClip } from '../../src/media/mp4/open.ts';
import { frameShownAt, MAX_RUN_BYTES, seekSeconds } from '../../src/media/mp4/run.ts';
import { thumbnailFromParts } from '../../src/media/mp4/thumbnail.ts';
import { clip, ffmpegBytes } from './support/make-clip.ts';

/** Reads the frames with which a clip starts, and counts the reads that were needed. */
async function firstRunOf(bytes: Buffer) {
  let reads = 0;
  const opened = await openClip({
    size: bytes.length,
    read: (start, end) => {
      reads += 1;
      return Promise.resolve(bytes.subarray(start, end));
    },
  });
  const facts = await readFacts(opened);
  reads = 0;
  const run = await readFirstRun(opened, facts);
  opened.close();
  return { run, reads };
}

describe('the frames of a run', () => {
  const frames = [0, 0.1, 0.2, 0.3, 0.4].map((seconds) => ({ seconds, isShown: seconds > 0.15 }));

  test('the frame at a moment is the last frame that is shown before it', () => {
    assert.equal(frameShownAt(frames, 0.35), 3);
    assert.equal(frameShownAt(frames, 0.4), 4);
  });

  test('if only hidden frames come before a moment, its frame is the first frame that is shown', () => {
    assert.equal(frameShownAt(frames, 0), 2);
    assert.equal(frameShownAt(frames, 0.15), 2);
  });

  test('a seek goes to a time between a frame and the frame before it, and the first frame needs no seek', () => {
    assert.equal(seekSeconds(frames, 0), 0);
    assert.ok(Math.abs(seekSeconds(frames, 2) - 0.15) < 1e-9);
  });

  test('a run has at most 8 MB of frames', async () => {
    const lossless = ['-vf', 'noise=alls=100:allf=t', '-qp', '0', '-g', '99', '-frames:v', '9'];
    const large = await clip('1280x720', ...lossless);
    assert.ok(large.length > MAX_RUN_BYTES);
    const { run } = await firstRunOf(large);
    assert.ok(run !== null && run.frames.length > 3 && run.frames.length < 9);
    assert.ok(run.frameBytes <= MAX_RUN_BYTES && run.mp4.length > run.frameBytes);
  });

  test('a run of at least 1 MB ends at the next key frame, and a smaller run goes on', async () => {
    const lossless = ['-vf', 'noise=alls=100:allf=t', '-qp', '0', '-g', '4'];
    const large = await firstRunOf(await clip('640x360', ...lossless));
    assert.equal(large.run?.frames.length, 4);
    const small = await firstRunOf(await clip('64x64', '-g', '4'));
    assert.equal(small.run?.frames.length, 20);
  });

  test('a frame after hidden frames may take the whole budget, because no survey follows', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'everclip-run-'));
    try {
      const whole = join(folder, 'whole.mp4');
      await writeFile(whole, await clip('64x64', '-g', '99'));
      // This hides the first 15 of the 20 frames.
      const trimmed = await ffmpegBytes('x.mp4', '-ss', '1.5', '-i', whole, '-c', 'copy');
      const opened = await openClip(sourceOf(trimmed));
      // The budget of 8K video is 75 frames. For 4 times as many pixels it is 18 frames.
      const facts = { durationSeconds: 0.5, width: 4 * 7680, height: 4320 };
      const found = [];
      for await (const { frames } of keyFrames(opened, facts)) found.push(frames);
      opened.close();
      assert.deepEqual(found, [16]);
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  test("if the server fails while a better picture is searched, the clip fails, even after a failure of the clip's own", async () => {
    const folder = await mkdtemp(join(tmpdir(), 'everclip-run-'));
    // Noise makes the frames so large that each of them takes a read.
    const dull = ['-vf', 'drawbox=t=fill:c=black,noise=alls=10:allf=t', '-qp', '0'];
    const black = await clip('640x360', '-g', '5', ...dull);
    const source = sourceOf(black);
    let reads = -Infinity;
    const failing = {
      size: source.size,
      read: (start: number, end: number) => {
        reads += 1;
        if (reads === 2) return Promise.reject(new PartialReadError('limits', 'a frame'));
        return reads > 2 ? Promise.reject(new Error('the server')) : source.read(start, end);
      },
    };
    try {
      const made = thumbnailFromParts(failing, folder, {
        ffmpegPath: 'ffmpeg',
        format: 'webp',
        budget: new TimeBudget(20_000),
        signal: new AbortController().signal,
        onFacts: () => void (reads = 0),
      });
      await assert.rejects(made, /^Error: the server$/);
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});

function sourceOf(bytes: Buffer): ByteSource {
  return {
    size: bytes.length,
    read: (start, end) => Promise.resolve(bytes.subarray(start, end)),
  };
}
