import { isCancellation } from '@temporalio/workflow';
import type { MediaFacts } from '../../clip/state.ts';
import { applicationFailure, errorFacts, isFailure } from '../../errors.ts';
import { mediaActivities } from '../proxies.ts';
import type { ClipRun } from './clip-run.ts';

/** A thumbnail that failed for a reason that may pass is tried again after later refreshes, so often in all. */
const MOST_TRIES = 3;

/** Starts the thumbnail, which nothing waits for: its end makes the record dirty. */
export function startThumbnail(run: ClipRun): void {
  const { life } = run;
  if (life.thumbnail !== undefined) {
    // Adopted from the record of an earlier workflow.
    life.status = 'live';
    life.dirty = true;
  } else if (!run.thumbnailRunning) {
    run.thumbnailRunning = true;
    void makeThumbnail(run).finally(() => {
      run.thumbnailRunning = false;
    });
  }
}

/** Tries once more, after a fresh link came, where the failure was not the file's own. */
export function retryThumbnail(run: ClipRun): void {
  if (run.life.thumbnailError && mayPass(run)) startThumbnail(run);
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
    // What the file says of itself is true without a picture too.
    const [facts] = applicationFailure(error)?.details ?? [];
    if (facts) life.facts = { ...life.facts, ...(facts as MediaFacts) };
    // Fetching the message brings a link for another try, or tells that it is gone.
    if (isFailure(error, 'LinkExpired') && mayPass(run)) run.refreshWanted = true;
  }
  if (life.status === 'archiving') life.status = 'live';
  life.dirty = true;
}

const mayPass = ({ life }: ClipRun): boolean =>
  life.thumbnailTries < MOST_TRIES &&
  !['MediaUnreadable', 'MediaTooLarge'].includes(life.thumbnailError?.type ?? '');
