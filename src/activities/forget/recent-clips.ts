import { BoundedMap } from '../../bounded-map.ts';
import { clipId, type ClipRef } from '../../clip/clip.ts';

/** Longer than a new clip usually waits for its thumbnail. */
const RECENT_MS = 60_000;

/** The longest that the two writes of a clip's pictures take: a write ends after 20 s (src/store/gcs/attempts.ts). */
const MAX_PICTURES_MS = 60_000;

/**
 * How long after a clip was forgotten one of its activities may still store a picture. The activity of a recent clip
 * does not read the record before it stores a picture (`storePictures`).
 */
export const SETTLE_MS = RECENT_MS + MAX_PICTURES_MS;

/** A clip takes about 200 bytes. */
const MAX_CLIPS = 5000;

/** The clips whose record this worker has lately written. None of them was forgotten then. */
export interface RecentClips {
  add(clip: ClipRef): void;
  /** True if the clip was added within the last 60 seconds. */
  has(clip: ClipRef): boolean;
}

/** `nowMs` is a monotonic clock in milliseconds. */
export function createRecentClips(nowMs: () => number = () => performance.now()): RecentClips {
  const isRecent = (addedAtMs: number): boolean => nowMs() - addedAtMs < RECENT_MS;
  const addedAtMs = new BoundedMap<string, number>(MAX_CLIPS, (atMs) => !isRecent(atMs));
  return {
    add(clip) {
      addedAtMs.set(clipId(clip), nowMs());
    },
    has(clip) {
      const atMs = addedAtMs.get(clipId(clip));
      return atMs !== undefined && isRecent(atMs);
    },
  };
}
