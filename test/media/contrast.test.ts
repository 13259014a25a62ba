import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { contrastOf, hasEnoughContrast } from '../../src/media/ffmpeg/picture.ts';

const SIZE = 64 * 36;
const picture = (level: (at: number) => number): Uint8Array =>
  Uint8Array.from({ length: SIZE }, (_, at) => level(at));

describe('how much there is to see in a picture', () => {
  test('nothing in one colour, whichever, and in no picture', () => {
    assert.equal(contrastOf(picture(() => 0)), 0);
    assert.equal(contrastOf(picture(() => 255)), 0);
    assert.equal(contrastOf(new Uint8Array(0)), 0);
  });

  test('it is the standard deviation of the levels', () => {
    assert.equal(contrastOf(picture((at) => (at % 2) * 40)), 20);
  });

  test('noise in the dark and the beginning of a fade are not enough, a scene with light and shade is', () => {
    assert.equal(hasEnoughContrast(contrastOf(picture((at) => (at * 7919) % 16))), false);
    assert.equal(hasEnoughContrast(contrastOf(picture((at) => 100 + (at % 64) / 4))), false);
    assert.equal(hasEnoughContrast(contrastOf(picture((at) => (at % 64) * 3))), true);
    // A white line of text on black is one.
    assert.equal(hasEnoughContrast(contrastOf(picture((at) => (at < 64 ? 255 : 0)))), true);
  });
});
