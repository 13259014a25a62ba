import { isCancellation, patched } from '@temporalio/workflow';
import { PICTURE_VERSIONS } from '../../clip/record/picture-version.ts';
import { storyboardActivities } from '../proxies.ts';
import type { ClipRun } from './life.ts';
import { takePictures, takeStoryboard } from './pictures.ts';

/** After this many failed tries, the clip keeps the pictures that it has. Tries are at least a refresh apart. */
const MAX_TRIES = 3;

/**
 * Notes that the clip's pictures should have the version `wanted`. Call this function only if the clip's link is fresh:
 * when its thumbnail was just made, or when its link was just refreshed. A clip without a thumbnail gets that first.
 */
export function offerNewPictures(run: ClipRun, wanted: number | undefined): void {
  const { thumbnail, pictureVersion = 0 } = run.life;
  if (wanted === undefined || thumbnail === undefined || wanted <= pictureVersion) return;
  run.wantedPictures = wanted;
}

/** True if the loop should start to make new pictures. */
export function wantsNewPictures(run: ClipRun): boolean {
  if (run.wantedPictures === null || run.picturesRunning || run.thumbnailRunning) return false;
  // Histories recorded before this patch have no storyboards.
  if (patched('storyboards')) return true;
  run.wantedPictures = null;
  return false;
}

/**
 * Starts the activity that makes the storyboard, and also a new thumbnail if the old one is from an older version. The
 * record is marked dirty if the activity made a picture. A failure is not recorded, because it concerns no other picture.
 */
export function startNewPictures(run: ClipRun): void {
  const wanted = run.wantedPictures ?? 0;
  run.wantedPictures = null;
  run.picturesRunning = true;
  void makeNewPictures(run, wanted).finally(() => {
    run.picturesRunning = false;
  });
}

async function makeNewPictures(run: ClipRun, wanted: number): Promise<void> {
  const { life } = run;
  const { messageId, attachmentId, channelId, url, sizeBytes, contentType } = life.clip;
  const isOldThumbnail = (life.pictureVersion ?? 0) < PICTURE_VERSIONS.thumbnail;
  try {
    const made = await storyboardActivities().storyboard({
      messageId,
      attachmentId,
      channelId,
      url,
      ...(sizeBytes !== undefined && { sizeBytes }),
      ...(contentType !== undefined && { contentType }),
      ...(isOldThumbnail && { remakesThumbnail: true }),
    });
    if (made.remade) {
      takePictures(life, made.remade);
      life.facts = { ...life.facts, ...made.remade.facts };
      life.pictureVersion = PICTURE_VERSIONS.thumbnail;
    }
    takeStoryboard(life, made);
    // Without a new picture, the version is written with the next change of the record.
    if (made.remade !== undefined || made.storyboard !== undefined) life.dirty = true;
    if (made.isStoryboardMissing === true) countFailure(run, wanted);
    else takeVersion(run, wanted);
  } catch (error) {
    if (!isCancellation(error)) countFailure(run, wanted);
  }
}

function countFailure(run: ClipRun, wanted: number): void {
  const { life } = run;
  life.pictureTries = (life.pictureTries ?? 0) + 1;
  if (life.pictureTries >= MAX_TRIES) takeVersion(run, wanted);
}

/** Also drops an offer of the same version, which a refresh made while the activity waited or ran. */
function takeVersion(run: ClipRun, version: number): void {
  run.life.pictureVersion = version;
  delete run.life.pictureTries;
  if (run.wantedPictures !== null && run.wantedPictures <= version) run.wantedPictures = null;
}
