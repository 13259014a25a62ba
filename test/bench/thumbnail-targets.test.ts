import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Row } from '../../bench/thumbnails/measure.ts';
import { missesOf } from '../../bench/thumbnails/targets.ts';

/** A game-recorder clip that costs what it should. */
const ROW: Row = {
  ...{ file: 'game-recorder-30MB.mp4', generated: true, bytes: 150_000, limitBytes: 120_000 },
  ...{ clipBytes: 30_000_000, requests: 3, wallSeconds: 0.2, cpuSeconds: 0.1 },
  ...{ oldBytes: 30_000_000, oldWallSeconds: 0.4, oldCpuSeconds: 0.3 },
  ...{ urlBytes: 8_000_000, urlCpuSeconds: 0.2, fallbacks: 0, fallback: null, error: null },
};

describe('the targets of the thumbnail benchmark', () => {
  test('a clip that costs what it should misses none', () => {
    assert.deepEqual(missesOf(ROW), []);
  });

  test('a clip without a picture misses them, however little that cost', () => {
    const [miss, ...others] = missesOf({ ...ROW, error: 'no picture can be made of the video' });
    assert.equal(miss, 'MISSED game-recorder-30MB.mp4: no picture can be made of the video');
    assert.deepEqual(others, []);
  });

  test('a clip that was downloaded whole misses them, however small it is', () => {
    const [miss, ...others] = missesOf({ ...ROW, fallbacks: 1, fallback: 'structure' });
    assert.equal(miss, 'MISSED game-recorder-30MB.mp4: downloaded whole (structure)');
    assert.deepEqual(others, []);
  });

  test('a clip that costs too much is told what of', () => {
    const misses = missesOf({ ...ROW, bytes: 700_000, requests: 5, cpuSeconds: 0.2 });
    assert.equal(misses.length, 4);
    assert.match(misses.join('\n'), /700000 bytes, more than 221536/);
    assert.match(misses.join('\n'), /5 requests/);
    assert.match(misses.join('\n'), /CPU 0\.2 s of 0\.3 s/);
  });
});
