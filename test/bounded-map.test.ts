import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { BoundedMap } from '../src/bounded-map.ts';

describe('BoundedMap', () => {
  test('if the map is full, a new entry removes the entry that was set longest ago', () => {
    const map = new BoundedMap<string, number>(3);
    for (const key of ['a', 'b', 'c', 'a', 'd']) map.set(key, 1);
    assert.deepEqual([...map.keys()], ['c', 'a', 'd']);
    map.set('c', 2);
    assert.deepEqual(
      [...map],
      [
        ['a', 1],
        ['d', 1],
        ['c', 2],
      ],
    );
  });

  test('if the oldest entries have expired, adding a new entry removes them', () => {
    let now = 0;
    const map = new BoundedMap<string, number>(10, (untilMs) => untilMs <= now);
    map.set('a', 1).set('b', 2).set('c', 5).set('d', 3);
    now = 4;
    assert.equal(map.size, 4);
    map.set('e', 9);
    assert.deepEqual([...map.keys()], ['c', 'd', 'e']);
    now = 6;
    map.set('f', 6);
    assert.deepEqual([...map.keys()], ['e', 'f'], 'the new entry stays, even if it is over');
  });
});
