import type { PlaceCursor } from '../../clip/places/place.ts';
import type { BackfillProgress, PlaceCounts } from '../messages.ts';
import type { PlaceToRead } from './child.ts';
import { NO_PROGRESS } from './progress.ts';

/** The state that a backfill of more than one channel carries from run to run. */
export interface CarriedPlaces {
  /** What is read, for people, such as `#overtime`. */
  title: string;
  /** Channels and threads that were listed and not read yet. */
  waiting: PlaceToRead[];
  /**
   * Channels and threads that another backfill was reading, perhaps with other bounds. They are tried again at the end.
   * Absent if there are none.
   */
  busy?: PlaceToRead[] | undefined;
  /** The ids of the last places that were listed. Absent in older runs. */
  listed?: string[] | undefined;
  /** True if `waiting` has the places that were busy. */
  isSecondTry?: boolean;
  /** Where the next page of the listing begins; null for the first page. */
  cursor: PlaceCursor | null;
  isListed: boolean;
  /** The sum of all that was read to the end. */
  progress: BackfillProgress;
  counts: PlaceCounts;
  /** True if the channel that the input names was already read. */
  isRootRead: boolean;
  startedAtMs: number;
}

/** Returns the state at the start. `root` is the progress of the channel that the input names, if it was read. */
export function beginPlaces(
  title: string,
  root: { progress: BackfillProgress; startedAtMs: number } | null = null,
): CarriedPlaces {
  const read = root === null ? 0 : 1;
  return {
    title,
    waiting: [],
    cursor: null,
    isListed: false,
    progress: root?.progress ?? NO_PROGRESS,
    counts: { found: read, done: read, known: 0, failed: 0, unreadable: 0, reasons: [] },
    isRootRead: root !== null,
    startedAtMs: root?.startedAtMs ?? Date.now(),
  };
}
