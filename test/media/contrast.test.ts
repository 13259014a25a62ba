import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { contrastOf, hasEnoughContrast } from '../../src/media/ffmpeg/picture.ts';

const WIDTH = 64;
const HEIGHT = 36;
const contrastOfLevels = (level: (at: number) => number): number =>
  contrastOf(Uint8Array.from({ length: WIDTH * HEIGHT }, (_, at) => level(at)));

describe('contrast', () => {
  test('a picture of one colour and an empty picture have a contrast of 0', () => {
    assert.equal(
      contrastOfLevels(() => 0),
      0,
    );
    assert.equal(
      contrastOfLevels(() => 255),
      0,
    );
    assert.equal(contrastOf(new Uint8Array(0)), 0);
  });

  test('the contrast of a picture is the standard deviation of the grey levels', () => {
    assert.equal(
      contrastOfLevels((at) => (at % 2) * 40),
      20,
    );
  });

  test('a picture of dark noise and a picture of a faint gradient have too little contrast', () => {
    assert.equal(hasEnoughContrast(contrastOfLevels((at) => (at * 7919) % 16)), false);
    assert.equal(hasEnoughContrast(contrastOfLevels((at) => 100 + (at % WIDTH) / 4)), false);
  });

  test('a picture of a strong gradient and a picture of a white line on black have enough contrast', () => {
    assert.equal(hasEnoughContrast(contrastOfLevels((at) => (at % WIDTH) * 3)), true);
    assert.equal(hasEnoughContrast(contrastOfLevels((at) => (at < WIDTH ? 255 : 0))), true);
  });
});
