import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Row } from '../../bench/thumbnails/measure.ts';
import { findMisses, findStoryboardMisses } from '../../bench/thumbnails/targets.ts';

/** A game-recorder clip that meets all targets. */
const ROW: Row = {
  file: 'game-recorder-30MB.mp4',
  generated: true,
  bytes: 150_000,
  limitBytes: 120_000,
  clipBytes: 30_000_000,
  requests: 3,
  wallSeconds: 0.2,
  cpuSeconds: 0.1,
  oldBytes: 30_000_000,
  oldWallSeconds: 0.4,
  oldCpuSeconds: 0.3,
  urlBytes: 8_000_000,
  urlCpuSeconds: 0.2,
  fallbacks: 0,
  fallback: null,
  error: null,
  storyboard: {
    bytes: 540_000,
    limitBytes: 530_000,
    requests: 12,
    wallSeconds: 0.3,
    cpuSeconds: 0.2,
    frames: 10,
    pictureBytes: 23_000,
    error: null,
  },
};

describe('npm run bench -- thumbnails', () => {
  test('if the costs of a thumbnail are within all limits, the benchmark reports no missed targets', () => {
    assert.deepEqual(findMisses(ROW), []);
  });

  test('if no picture can be made of a clip, the benchmark reports a missed target, even if all costs are low', () => {
    const [miss, ...others] = findMisses({ ...ROW, error: 'no picture can be made of the video' });
    assert.equal(miss, 'MISSED game-recorder-30MB.mp4: no picture can be made of the video');
    assert.deepEqual(others, []);
  });

  test('if a clip was downloaded whole, the benchmark reports a missed target, even if all costs are low', () => {
    const [miss, ...others] = findMisses({ ...ROW, fallbacks: 1, fallback: 'structure' });
    assert.equal(miss, 'MISSED game-recorder-30MB.mp4: downloaded whole (structure)');
    assert.deepEqual(others, []);
  });

  test('if a thumbnail takes too many bytes, requests and CPU seconds, the benchmark reports each missed target', () => {
    const misses = findMisses({ ...ROW, bytes: 700_000, requests: 5, cpuSeconds: 0.2 });
    assert.equal(misses.length, 4);
    assert.match(misses.join('\n'), /read 700000 bytes, more than 221536/);
    assert.match(misses.join('\n'), /sent 5 requests, more than 4/);
    assert.match(misses.join('\n'), /took 0\.2 s of CPU; the old way takes 0\.3 s/);
  });

  test('if a storyboard takes too many bytes or requests, is too large or has too few frames, the benchmark reports each missed target', () => {
    assert.deepEqual(findStoryboardMisses(ROW), []);
    const storyboard = { ...ROW.storyboard, bytes: 2_500_000, requests: 14 };
    const misses = findStoryboardMisses({
      ...ROW,
      storyboard: { ...storyboard, frames: 3, pictureBytes: 90_000 },
    });
    assert.equal(misses.length, 5);
    assert.match(misses.join('\n'), /more than 8 % of the clip/);
  });
});
