import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { PartialReadError } from '../../src/media/fallback.ts';
import { viewOf } from '../../src/media/mp4/boxes.ts';
import {
  type Edit,
  isShown,
  readEdits,
  requireMaxEdits,
  shownParts,
  timestampAt,
} from '../../src/media/mp4/edits.ts';
import { box } from './support/edit-boxes.ts';

/** A movie in milliseconds, with a track whose timescale is 90,000. */
const TIMESCALES = { movie: 1000, track: 90_000 };
const edit = (seconds: number, fromSeconds: number, rate = 1): Edit => ({
  duration: seconds * TIMESCALES.movie,
  mediaTime: fromSeconds < 0 ? -1 : fromSeconds * TIMESCALES.track,
  rate,
});
const nothing = (seconds: number): Edit => edit(seconds, -1);

describe('edit lists', () => {
  test('without an edit list, all frames are shown at their own times', () => {
    const parts = shownParts([], TIMESCALES);
    assert.ok([-1, 0, 1e6].every((seconds) => isShown(parts, seconds)));
    assert.equal(timestampAt(parts, 5), 5);
  });

  test('frames before and after the part that an edit shows are hidden', () => {
    // Mediabunny gives the frame at 9.5 s of the track the timestamp 0.
    const parts = shownParts([edit(3, 9.5)], TIMESCALES);
    const hidden = [-9.5, -0.01, 3, 7];
    assert.deepEqual(
      [...hidden, 0, 2.99].filter((seconds) => isShown(parts, seconds)),
      [0, 2.99],
    );
    assert.equal(timestampAt(parts, 0.3), 0.3);
  });

  test('after an empty edit, the clip starts later', () => {
    const parts = shownParts([nothing(1), edit(3, 0)], TIMESCALES);
    assert.deepEqual(
      [0, 0.9, 1, 3.9, 4].filter((seconds) => isShown(parts, seconds)),
      [1, 3.9],
    );
    assert.equal(timestampAt(parts, 0.5), 1);
    assert.equal(timestampAt(parts, 2), 2);
  });

  test('if the middle of a clip was cut out, its frames are hidden and later moments are counted on', () => {
    const parts = shownParts([edit(2, 1), edit(2, 10)], TIMESCALES);
    assert.deepEqual(
      [-1, 0, 1.9, 2, 5, 8.9, 9, 10.9, 11].filter((seconds) => isShown(parts, seconds)),
      [0, 1.9, 9, 10.9],
    );
    assert.equal(timestampAt(parts, 1), 1);
    assert.equal(timestampAt(parts, 3), 10);
    assert.equal(timestampAt(parts, 99), 11);
  });

  test('an edit in slow motion shows fewer seconds of the track than it lasts', () => {
    // Mediabunny does not shift the timestamps of a track whose first edit changes the speed.
    const parts = shownParts([edit(4, 10, 0.5)], TIMESCALES);
    assert.deepEqual(
      [0, 9.9, 10, 11.9, 12].filter((seconds) => isShown(parts, seconds)),
      [10, 11.9],
    );
    assert.equal(timestampAt(parts, 2), 11);
  });

  test('an edit without a duration lasts until the end of the track', () => {
    const parts = shownParts([edit(0, 2)], TIMESCALES);
    assert.ok(isShown(parts, 1e6));
    assert.ok(!isShown(parts, -1));
  });

  test('an edit list whose numbers have eight bytes is read like one whose numbers have four bytes', () => {
    const short = box('elst', 0, 2, 1000, 0xffff_ffff, 0x1_00_00, 3000, 855_000, 0x80_00);
    const entries = [0, 1000, 0xffff_ffff, 0xffff_ffff, 0x1_00_00, 0, 3000, 0, 855_000, 0x80_00];
    const long = box('elst', 0x1_00_00_00, 2, ...entries);
    const expected = [nothing(1), edit(3, 9.5, 0.5)];
    for (const bytes of [short, long]) {
      const elst = { name: 'elst', start: 0, contentStart: 8, end: bytes.length };
      assert.deepEqual(readEdits(viewOf(bytes), elst), expected);
    }
  });

  test('an edit list with more than a thousand entries is not read', () => {
    assert.equal(requireMaxEdits(1000), 1000);
    assert.throws(() => requireMaxEdits(1001), PartialReadError);
  });
});
