/** In pixels. */
export interface Size {
  width: number;
  height: number;
}

/**
 * Scales a size down until it fits into a box, and keeps the ratio of the sides to a pixel. A size that fits already stays.
 */
export function fitInto(size: Size, box: Size): Size {
  const factor = Math.min(1, box.width / size.width, box.height / size.height);
  return {
    width: Math.max(1, Math.round(size.width * factor)),
    height: Math.max(1, Math.round(size.height * factor)),
  };
}
