/** Returns the index of the frame for a pointer at `x` over a picture, all in CSS pixels. */
export function frameAt(
  x: number,
  picture: { left: number; width: number },
  frames: number,
): number {
  const part = picture.width > 0 ? (x - picture.left) / picture.width : 0;
  return Math.max(0, Math.min(frames - 1, Math.floor(part * frames)));
}
