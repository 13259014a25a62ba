/** The most frames of a storyboard, which has ten cells. */
export const MAX_FRAMES = 10;
/** A clip with fewer different key frames than this has no storyboard. */
export const MIN_FRAMES = 3;
/** A storyboard has at least this many frames if the clip has as many key frames. */
export const MIN_WANTED_FRAMES = 4;

/** Only larger clips have a limit of their own for the bytes that a storyboard may cost. */
const LARGE_CLIP_BYTES = 20e6;
/** The most that the storyboard of a large clip may cost, as a part of the clip. */
const MAX_SHARE = 0.08;

/** Returns how many bytes may be fetched for the storyboard of a clip of this size. */
export function maxStoryboardBytes(clipBytes: number): number {
  return clipBytes > LARGE_CLIP_BYTES ? Math.floor(MAX_SHARE * clipBytes) : Infinity;
}

/** Returns the moments whose key frames a storyboard shows, in seconds: the middles of equal parts of the clip. */
export function momentsOf(durationSeconds: number): number[] {
  return Array.from({ length: MAX_FRAMES }, (_, n) => ((n + 0.5) / MAX_FRAMES) * durationSeconds);
}

/** Returns `count` of the items, evenly spread. The first and the last item are among them. */
export function pickEvenly<T>(items: readonly T[], count: number): T[] {
  if (count >= items.length) return [...items];
  return Array.from(
    { length: count },
    (_, n) => items[Math.round((n * (items.length - 1)) / Math.max(1, count - 1))],
  ).filter((item) => item !== undefined);
}

/**
 * Returns as many of the frames as `maxBytes` allows, evenly spread. Returns `[]` if these are fewer than MIN_FRAMES.
 * @param bytesOf returns what a frame costs
 */
export function fitInto<T>(
  frames: readonly T[],
  maxBytes: number,
  bytesOf: (frame: T) => number,
): T[] {
  for (let count = Math.min(MAX_FRAMES, frames.length); count >= MIN_FRAMES; count--) {
    const picked = pickEvenly(frames, count);
    if (picked.reduce((sum, frame) => sum + bytesOf(frame), 0) <= maxBytes) return picked;
  }
  return [];
}

/**
 * Adds times to `chosen` until there are `count`: each time the one of `others` that is farthest from all chosen times.
 * Returns the times in order.
 */
export function spreadOut(
  chosen: readonly number[],
  others: readonly number[],
  count: number,
): number[] {
  const result = [...chosen];
  const distance = (time: number): number =>
    Math.min(Infinity, ...result.map((each) => Math.abs(each - time)));
  while (result.length < count) {
    const [first, ...rest] = others.filter((time) => !result.includes(time));
    if (first === undefined) break;
    result.push(
      rest.reduce((best, time) => (distance(time) > distance(best) ? time : best), first),
    );
  }
  return result.sort((a, b) => a - b);
}
