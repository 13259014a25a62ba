import { isCancellation, patched } from '@temporalio/workflow';
import { PICTURE_VERSIONS } from '../../clip/record/picture-version.ts';
import type { MediaFacts } from '../../clip/state.ts';
import { applicationFailure, errorFacts, isFailure } from '../../errors.ts';
import { mediaActivities } from '../proxies.ts';
import type { ClipRun } from './life.ts';
import { offerNewPictures } from './new-pictures.ts';
import { takePictures } from './pictures.ts';

/** How many thumbnail activities one clip may start. Temporal also retries each activity a few times. */
const MAX_TRIES = 10;
/**
 * After this many tries, further tries wait for scheduled refreshes, because fetching a fresh link at once does not
 * help.
 */
const MAX_QUICK_TRIES = 3;

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
  const { messageId, attachmentId, channelId, url, sizeBytes, contentType } = life.clip;
  life.thumbnailTries += 1;
  try {
    const made = await mediaActivities().thumbnail({
      messageId,
      attachmentId,
      channelId,
      url,
      ...(sizeBytes !== undefined && { sizeBytes }),
      ...(contentType !== undefined && { contentType }),
    });
    takePictures(life, made);
    life.facts = made.facts;
    delete life.thumbnailError;
    // An older worker says nothing of versions.
    delete life.pictureVersion;
    if (made.pictureVersion !== undefined) life.pictureVersion = PICTURE_VERSIONS.thumbnail;
    offerNewPictures(run, made.pictureVersion);
  } catch (error) {
    if (isCancellation(error)) return;
    life.thumbnailError = errorFacts(error);
    // The facts of the file are valid even if no picture could be made.
    const [facts] = applicationFailure(error)?.details ?? [];
    if (facts) life.facts = { ...life.facts, ...(facts as MediaFacts) };
    if (isFailure(error, 'LinkExpired')) requestFreshLink(run);
  }
  if (life.status === 'archiving') life.status = 'live';
  life.dirty = true;
}

/** Requests a refetch, which gets a link for a new try or shows that the message is deleted. */
function requestFreshLink(run: ClipRun): void {
  if (!hasRetryableFailure(run) || run.life.thumbnailTries >= MAX_QUICK_TRIES) return;
  // A running refetch also brings a fresh link. In histories recorded before this patch, a second refetch follows.
  if (run.refreshing && patched('one-refetch-for-thumbnail')) return;
  run.refreshWanted = true;
}

/** True if a fresh link allows another try. */
export function mayRetryThumbnail(run: ClipRun): boolean {
  if (!hasRetryableFailure(run)) return false;
  const { thumbnailTries } = run.life;
  if (thumbnailTries < MAX_QUICK_TRIES) return true;
  // In histories recorded before this patch, the third try was the last.
  return thumbnailTries < MAX_TRIES && patched('thumbnail-tries-later');
}

/** True if the last thumbnail failed, and the file did not cause the failure. */
function hasRetryableFailure({ life: { thumbnailError } }: ClipRun): boolean {
  return (
    thumbnailError !== undefined &&
    !['MediaUnreadable', 'MediaTooLarge'].includes(thumbnailError.type)
  );
}
