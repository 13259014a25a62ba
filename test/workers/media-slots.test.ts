import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { countMediaSlots } from '../../src/workers/media-slots.ts';

const GB = 1024 ** 3;

describe('how many thumbnails a worker makes at a time', () => {
  test('without a memory limit, the worker makes one thumbnail for each processor', () => {
    assert.equal(countMediaSlots(16, 0), 16);
    // Some systems report this number if there is no limit.
    assert.equal(countMediaSlots(16, 2 ** 64), 16);
  });

  test('in a container with little memory, the worker makes fewer thumbnails than it has processors', () => {
    assert.equal(countMediaSlots(16, 4 * GB), 5);
    assert.equal(countMediaSlots(2, 4 * GB), 2);
    assert.equal(countMediaSlots(16, 8 * GB), 14);
  });

  test('a worker makes at least one thumbnail at a time', () => {
    assert.equal(countMediaSlots(16, GB), 1);
  });
});
