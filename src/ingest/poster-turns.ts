import { BoundedMap } from '../bounded-map.ts';
import { CLIP_PRIORITIES } from '../clip/names.ts';

/**
 * The priorities, and the maximum number of recent clips that a poster may have at each priority. A message has at most
 * ten clips.
 */
const MAX_RECENT = [
  { clips: 2, priority: CLIP_PRIORITIES.first },
  { clips: 10, priority: CLIP_PRIORITIES.next },
  { clips: 40, priority: CLIP_PRIORITIES.many },
];

/** Each time this many milliseconds pass, one more clip of a poster stops counting as recent. */
const FORGET_ONE_MS = 3000;

/** The maximum number of remembered posters. Each one takes about 100 bytes. */
const MAX_POSTERS = 10_000;

/** A clip's place in the order of all clips. */
export interface PosterTurn {
  /** The priority in Temporal. */
  priority: number;
  /** Call this function if the clip was not started, so that the clip does not count. */
  giveBack: () => void;
}

/**
 * Gives each live clip its priority. The more clips a poster has just posted, the later the poster's next clip gets its
 * turn. The counts are lost when the process ends. This does little harm, because a poster of many clips only gets a
 * few more early turns.
 */
export interface PosterTurns {
  take(posterId: string): PosterTurn;
}

/** `now` returns milliseconds from a clock that never jumps; tests replace it. */
export function createPosterTurns(now: () => number = () => performance.now()): PosterTurns {
  const recentClips = new BoundedMap<string, { count: number; atMs: number }>(MAX_POSTERS);

  function countRecent(posterId: string): number {
    const recent = recentClips.get(posterId);
    if (recent === undefined) return 0;
    return Math.max(0, recent.count - (now() - recent.atMs) / FORGET_ONE_MS);
  }

  function setRecent(posterId: string, count: number): void {
    if (count > 0) recentClips.set(posterId, { count, atMs: now() });
    else recentClips.delete(posterId);
  }

  return {
    take(posterId) {
      const count = countRecent(posterId) + 1;
      setRecent(posterId, count);
      return {
        priority: priorityOf(count),
        giveBack: () => {
          setRecent(posterId, countRecent(posterId) - 1);
        },
      };
    },
  };
}

/** `count` includes the clip itself. */
function priorityOf(count: number): number {
  return MAX_RECENT.find(({ clips }) => count <= clips)?.priority ?? CLIP_PRIORITIES.flood;
}
