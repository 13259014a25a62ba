import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createPosterTurns } from '../../src/ingest/poster-turns.ts';

const MINUTE_MS = 60_000;

/** Stages turns with a clock that moves only if told. */
function stage() {
  let nowMs = 0;
  const turns = createPosterTurns(() => nowMs);
  const take = (posterId: string, count: number): number[] =>
    Array.from({ length: count }, () => turns.take(posterId).priority);
  return { turns, take, pass: (ms: number) => void (nowMs += ms) };
}

describe('createPosterTurns', () => {
  test('the first two clips of a poster go first, the next 8 and the next 30 follow, and the rest of a flood goes last', () => {
    const { take } = stage();
    assert.deepEqual(take('flooder', 2), [1, 1]);
    assert.deepEqual(take('flooder', 8), [2, 2, 2, 2, 2, 2, 2, 2]);
    assert.deepEqual(new Set(take('flooder', 30)), new Set([3]));
    assert.deepEqual(new Set(take('flooder', 260)), new Set([4]));
  });

  test('the clips of one poster do not delay the clips of another poster', () => {
    const { take } = stage();
    take('flooder', 300);
    assert.deepEqual(take('juno', 2), [1, 1]);
  });

  test('someone who posts a clip every three seconds always goes first', () => {
    const { take, pass } = stage();
    for (let n = 0; n < 100; n++) {
      assert.deepEqual(take('juno', 1), [1]);
      pass(3000);
    }
  });

  test('a poster of ten clips goes first again after a minute', () => {
    const { take, pass } = stage();
    take('juno', 10);
    pass(MINUTE_MS);
    assert.deepEqual(take('juno', 1), [1]);
  });

  test('if a clip could not be started, the clip does not count as a turn of its poster', () => {
    const { turns, take } = stage();
    for (let n = 0; n < 100; n++) turns.take('juno').giveBack();
    assert.deepEqual(take('juno', 1), [1]);
  });

  test('after ten thousand other posters, a flooder is forgotten, so that the memory stays bounded', () => {
    const { take } = stage();
    take('flooder', 300);
    for (let n = 0; n < 9_999; n++) take(`poster ${n}`, 1);
    assert.deepEqual(take('flooder', 1), [4]);
    for (let n = 0; n < 10_000; n++) take(`poster ${n}`, 1);
    assert.deepEqual(take('flooder', 1), [1]);
  });
});
