/** A rotation that differs by less than this from quarter turns counts as one, as in ffmpeg. In degrees. */
const MAX_DEVIATION_DEGREES = 1;

/** True if a rotation consists of zero or more quarter turns. Players ignore other rotations, such as 45 degrees. */
export function isQuarterTurn(degrees: number): boolean {
  return Math.abs(degrees - Math.round(degrees / 90) * 90) < MAX_DEVIATION_DEGREES;
}

/** True if a rotation by quarter turns swaps width and height. */
export function isSideways(degrees: number): boolean {
  return isQuarterTurn(degrees) && Math.round(degrees / 90) % 2 !== 0;
}
