import { thumbHashToRGBA } from 'thumbhash';
import { BoundedMap } from '../../bounded-map.ts';
import { encodePng } from './png.ts';

/** The size of a placeholder in pixels. Browsers smooth the pixels when they enlarge the picture. */
const WIDTH = 8;
const HEIGHT = 5;
/** A page has 24 clips, and an entry takes about 400 bytes. */
const MAX_REMEMBERED = 2000;
const remembered = new BoundedMap<string, string | null>(MAX_REMEMBERED);

/** A thumbhash has at most 25 bytes: https://evanw.github.io/thumbhash/ */
const BASE64 = /^[A-Za-z0-9+/]{7,34}={0,2}$/;

/**
 * Returns the picture of a thumbhash as a data address of about 260 characters; null if the thumbhash is damaged. The
 * thumbhash is base64, as Discord sends it.
 */
export function placeholderOf(thumbhash: string | null): string | null {
  if (thumbhash === null || !BASE64.test(thumbhash)) return null;
  const known = remembered.get(thumbhash);
  if (known !== undefined) return known;
  const hash = Buffer.from(thumbhash, 'base64');
  const picture = isThumbhash(hash) ? drawPlaceholder(hash) : null;
  remembered.set(thumbhash, picture);
  return picture;
}

function drawPlaceholder(hash: Uint8Array): string {
  const png = encodePng(shrink(thumbHashToRGBA(hash)), WIDTH, HEIGHT);
  return `data:image/png;base64,${png.toString('base64')}`;
}

/** Takes the pixel at the centre of each cell, because a thumbhash has no fine detail. Transparent pixels stay opaque. */
function shrink({ w, h, rgba }: { w: number; h: number; rgba: Uint8Array }): Uint8Array {
  const rgb = new Uint8Array(WIDTH * HEIGHT * 3);
  for (let at = 0; at < WIDTH * HEIGHT; at++) {
    const x = Math.floor((((at % WIDTH) + 0.5) * w) / WIDTH);
    const y = Math.floor(((Math.floor(at / WIDTH) + 0.5) * h) / HEIGHT);
    const from = (y * w + x) * 4;
    rgb.set(rgba.subarray(from, from + 3), at * 3);
  }
  return rgb;
}

/** The least and greatest number of waves along a side. */
const MIN_WAVES = 3;
const MAX_WAVES = 7;
const MAX_WAVES_WITH_ALPHA = 5;

/** True if the bytes have the length that their header announces. The decoder would read beyond a shorter one. */
function isThumbhash(hash: Uint8Array): boolean {
  const [, , third = 0, low = 0, high = 0] = hash;
  const hasAlpha = third >> 7 === 1;
  const shortSide = low & 7;
  const maxWaves = hasAlpha ? MAX_WAVES_WITH_ALPHA : MAX_WAVES;
  // The header of a picture without a width or a height, or wider than its longest side.
  if (shortSide < 1 || shortSide > maxWaves) return false;
  const isLandscape = high >> 7 === 1;
  const x = Math.max(MIN_WAVES, isLandscape ? maxWaves : shortSide);
  const y = Math.max(MIN_WAVES, isLandscape ? shortSide : maxWaves);
  const colors = 2 * countWaves(MIN_WAVES, MIN_WAVES);
  const nibbles = countWaves(x, y) + colors + (hasAlpha ? countWaves(5, 5) : 0);
  return hash.length === (hasAlpha ? 6 : 5) + Math.ceil(nibbles / 2);
}

/** The number of waves that the format stores for a channel. */
function countWaves(x: number, y: number): number {
  let count = 0;
  for (let row = 0; row < y; row++) {
    for (let column = row === 0 ? 1 : 0; column * y < x * (y - row); column++) count++;
  }
  return count;
}
