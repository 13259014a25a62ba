import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { ByteCache } from '../../src/media/http/byte-cache.ts';

const file = Uint8Array.from({ length: 200_000 }, (_, at) => (at * 31 + (at >> 8)) % 256);
const range = fc
  .tuple(fc.nat(file.length - 1), fc.integer({ min: 1, max: 60_000 }))
  .map(([start, length]) => ({ start, end: Math.min(file.length, start + length) }));

describe('the byte cache', () => {
  test('after the missing ranges of a file are added, the byte cache returns the right bytes', () => {
    fc.assert(
      fc.property(fc.array(range, { minLength: 1, maxLength: 12 }), (ranges) => {
        const cache = new ByteCache();
        for (const { start, end } of ranges) {
          for (const hole of cache.missing(start, end)) {
            assert.ok(hole.start >= start && hole.end <= end && hole.start < hole.end);
            cache.put(hole.start, file.slice(hole.start, hole.end));
          }
          assert.deepEqual(cache.missing(start, end), []);
          assert.deepEqual(cache.get(start, end), file.slice(start, end));
        }
      }),
      { numRuns: 200 },
    );
  });

  test('if only a small cached range lies between two missing ranges, one request covers all three ranges', () => {
    const cache = new ByteCache();
    cache.put(10_000, file.slice(10_000, 12_000));
    assert.deepEqual(cache.missing(0, 20_000), [{ start: 0, end: 20_000 }]);
    cache.put(60_000, file.slice(60_000, 110_000));
    assert.deepEqual(cache.missing(50_000, 120_000), [
      { start: 50_000, end: 60_000 },
      { start: 110_000, end: 120_000 },
    ]);
  });
});
