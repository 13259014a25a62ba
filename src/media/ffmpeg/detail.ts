/** Below it a picture is black, flat, or a fade: grey levels of 256. */
const ENOUGH = 10;

/** How much there is to see: the standard deviation of a small grey picture, in grey levels of 256. */
export function detailOf(grey: Uint8Array): number {
  if (grey.length === 0) return 0;
  const mean = grey.reduce((sum, level) => sum + level, 0) / grey.length;
  const squares = grey.reduce((sum, level) => sum + (level - mean) ** 2, 0);
  return Math.sqrt(squares / grey.length);
}

export const isEnough = (detail: number): boolean => detail >= ENOUGH;
