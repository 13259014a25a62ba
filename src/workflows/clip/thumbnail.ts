import { isCancellation } from '@temporalio/workflow';
import type { MediaFacts } from '../../clip/state.ts';
import { applicationFailure, errorFacts, isFailure } from '../../errors.ts';
import { mediaActivities } from '../proxies.ts';
import type { ClipRun } from './life.ts';

/** How many thumbnail activities one clip may have, each with its own attempts. */
const MAX_TRIES = 3;

/** True if the loop should start the thumbnail. */
export function wantsThumbnail({ thumbnailDue, thumbnailRunning }: ClipRun): boolean {
  return thumbnailDue && !thumbnailRunning;
}

/** Starts the thumbnail activity. When the activity ends, the record is marked dirty. */
export function startThumbnail(run: ClipRun): void {
  run.thumbnailDue = false;
  run.thumbnailRunning = true;
  void makeThumbnail(run).finally(() => {
    run.thumbnailRunning = false;
  });
}

async function makeThumbnail(run: ClipRun): Promise<void> {
  const { life } = run;
  const { messageId, attachmentId, url } = life.clip;
  life.thumbnailTries += 1;
  try {
    const made = await mediaActivities().thumbnail({ messageId, attachmentId, url });
    life.thumbnail = made.thumbnail;
    life.facts = made.facts;
    delete life.thumbnailError;
  } catch (error) {
    if (isCancellation(error)) return;
    life.thumbnailError = errorFacts(error);
    // The facts of the file are valid even if no picture could be made.
    const [facts] = applicationFailure(error)?.details ?? [];
    if (facts) life.facts = { ...life.facts, ...(facts as MediaFacts) };
    // The refetch gets a link for a new try, or shows that the message is gone.
    if (isFailure(error, 'LinkExpired') && mayRetryThumbnail(run)) run.refreshWanted = true;
  }
  if (life.status === 'archiving') life.status = 'live';
  life.dirty = true;
}

/** True if the last thumbnail failed, the file did not cause the failure, and tries are left. */
export function mayRetryThumbnail({ life }: ClipRun): boolean {
  const { thumbnailError, thumbnailTries } = life;
  return (
    thumbnailError !== undefined &&
    thumbnailTries < MAX_TRIES &&
    !['MediaUnreadable', 'MediaTooLarge'].includes(thumbnailError.type)
  );
}
