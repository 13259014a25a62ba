import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { readAheadSource } from '../../src/media/bytes/read-ahead.ts';

describe('reading ahead', () => {
  test('while a source reads ahead, several small reads cause one large read, and return the right bytes', async () => {
    const file = Uint8Array.from({ length: 100 }, (_, at) => at);
    const reads: [start: number, end: number][] = [];
    const source = readAheadSource({
      size: file.length,
      read: (start, end) => {
        reads.push([start, end]);
        return Promise.resolve(file.subarray(start, end));
      },
    });
    assert.deepEqual([...(await source.read(3, 5))], [3, 4]);
    source.setReadAhead(20);
    assert.deepEqual([...(await source.read(10, 12))], [10, 11]);
    assert.deepEqual([...(await source.read(28, 30))], [28, 29]);
    assert.deepEqual([...(await source.read(29, 31))], [29, 30]);
    assert.deepEqual([...(await source.read(95, 99))], [95, 96, 97, 98]);
    source.setReadAhead(0);
    assert.deepEqual([...(await source.read(96, 97))], [96]);
    // The third read lies within the bytes that the second read fetched, but is passed on to the source, which has kept
    // the bytes.
    assert.deepEqual(reads, [
      [3, 5],
      [10, 30],
      [28, 30],
      [29, 49],
      [95, 100],
      [96, 97],
    ]);
  });
});
