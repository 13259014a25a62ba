/** Phones use a swipe that begins at the edge for "back". */
const EDGE_PIXELS = 24;
const MIN_DISTANCE_PIXELS = 60;
/** A swipe is this much wider than high. Everything else scrolls. */
const MIN_SLOPE = 2;
const MAX_DURATION_MS = 600;

/** A finger's place, in CSS pixels from the left and top of the window, and the time in milliseconds. */
export interface Touched {
  x: number;
  y: number;
  atMs: number;
}

/** Returns what a finger's way means. To the left is "next", as on a page that turns. */
export function readSwipe(
  from: Touched,
  to: Touched,
  windowWidth: number,
): 'next' | 'previous' | null {
  const isAtEdge = from.x < EDGE_PIXELS || from.x > windowWidth - EDGE_PIXELS;
  const x = to.x - from.x;
  const y = Math.abs(to.y - from.y);
  const isSlow = to.atMs - from.atMs > MAX_DURATION_MS;
  if (isAtEdge || isSlow || Math.abs(x) < MIN_DISTANCE_PIXELS || Math.abs(x) < y * MIN_SLOPE) {
    return null;
  }
  return x < 0 ? 'next' : 'previous';
}
