import { applicationFailure } from '../../errors.ts';
import type { BackfillProgress, SearchCounts } from '../messages.ts';

export const NO_PROGRESS: BackfillProgress = {
  pages: 0,
  messages: 0,
  clips: 0,
  started: 0,
  known: 0,
  reached: null,
};

/** Adds the counts of two backfills. `reached` becomes the older of the two times. The counts of places are left out. */
export function addProgress(a: BackfillProgress, b: BackfillProgress): BackfillProgress {
  const reached = [a.reached, b.reached].filter((time) => time !== null).sort();
  const search = addSearches(a.search, b.search);
  return {
    pages: a.pages + b.pages,
    messages: a.messages + b.messages,
    clips: a.clips + b.clips,
    started: a.started + b.started,
    known: a.known + b.known,
    // ISO times of the same form are in the order of time.
    reached: reached[0] ?? null,
    ...(search !== undefined && { search }),
  };
}

function addSearches(
  a: SearchCounts | undefined,
  b: SearchCounts | undefined,
): SearchCounts | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return { pages: a.pages + b.pages, clips: a.clips + b.clips, started: a.started + b.started };
}

/**
 * Rethrows the cause of an activity's failure as the failure of the workflow itself, because people read that failure
 * first.
 */
export function rethrowCause(error: unknown): never {
  throw applicationFailure(error) ?? error;
}
