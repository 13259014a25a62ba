import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { readFacts } from '../../src/media/mp4/facts.ts';
import { readFirstRun } from '../../src/media/mp4/key-frames.ts';
import { openClip } from '../../src/media/mp4/open.ts';
import { frameShownAt, MAX_RUN_BYTES, seekSeconds } from '../../src/media/mp4/run.ts';
import { clip } from './support/make-clip.ts';

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
});
