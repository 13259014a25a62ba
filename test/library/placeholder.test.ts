import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { inflateSync } from 'node:zlib';
import { rgbaToThumbHash } from 'thumbhash';
import { placeholderOf } from '../../src/library/pictures/placeholder.ts';

const WHITE = 255;

/** Returns the thumbhash of a picture whose left half is red and whose right half is blue. */
function hashOf(width: number, height: number, alpha = WHITE): Buffer {
  const rgba = new Uint8Array(width * height * 4);
  for (let at = 0; at < width * height; at++) {
    const isLeft = at % width < width / 2;
    rgba.set(isLeft ? [WHITE, 0, 0, alpha] : [0, 0, WHITE, alpha], at * 4);
  }
  return Buffer.from(rgbaToThumbHash(width, height, rgba));
}

describe('the placeholder of a picture', () => {
  test('a thumbhash becomes a PNG of 8×5 pixels in about 260 characters', () => {
    const address = placeholderOf(hashOf(96, 54).toString('base64')) ?? '';
    assert.match(address, /^data:image\/png;base64,/);
    assert.ok(address.length < 320, String(address.length));
    const png = Buffer.from(address.split(',')[1] ?? '', 'base64');
    assert.deepEqual([png.readUInt32BE(16), png.readUInt32BE(20)], [8, 5]);
    const length = png.readUInt32BE(33);
    const rows = inflateSync(png.subarray(41, 41 + length));
    assert.equal(rows.length, 5 * (1 + 8 * 3));
    const [, red = 0, , blue = 0] = rows;
    assert.ok(red > 180 && blue < 90, 'the left is red');
    assert.ok((rows[22] ?? 0) < 90 && (rows[24] ?? 0) > 180, 'the right is blue');
    assert.equal(png.subarray(-12).toString('hex'), '0000000049454e44ae426082');
  });

  test('pictures of any shape, with and without transparency, have a placeholder', () => {
    for (const [width, height] of [
      [100, 100],
      [50, 90],
      [100, 10],
      [10, 100],
      [3, 2],
    ] as const) {
      for (const alpha of [WHITE, 40]) {
        const hash = hashOf(width, height, alpha).toString('base64');
        assert.notEqual(placeholderOf(hash), null, `${width}×${height}, alpha ${alpha}`);
      }
    }
  });

  test('a damaged or hostile thumbhash has no placeholder', () => {
    const hash = hashOf(96, 54);
    const flat = Buffer.from(hash);
    flat[3] = (flat[3] ?? 0) & 0b1111_1000;
    const cases = [
      null,
      '',
      'x',
      hash.subarray(0, -1).toString('base64'),
      Buffer.concat([hash, Buffer.of(0)]).toString('base64'),
      flat.toString('base64'),
      hash.toString('base64url').replace(/^./, '-'),
      '"><script>alert(1)</script>',
      'A'.repeat(1_000_000),
      Buffer.alloc(25).toString('base64'),
    ];
    for (const each of cases) assert.equal(placeholderOf(each), null, String(each).slice(0, 40));
  });
});
