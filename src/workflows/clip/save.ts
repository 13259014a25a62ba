import { isCancellation, patched } from '@temporalio/workflow';
import type { WriteOutcome } from '../../activities/compare-and-set-record.ts';
import { LOCAL_ATTEMPTS, localActivities, patientActivities } from '../proxies.ts';
import { isPublished, publish } from './display.ts';
import { adoptRecord, recordStateOf, writeAfter, type ClipRun, type Life } from './life.ts';
import { startThumbnail } from './thumbnail.ts';

/** Writes the record as a new revision. A change during the write marks the record dirty again. */
export async function saveRecord(run: ClipRun): Promise<void> {
  const { life } = run;
  life.dirty = false;
  life.revision += 1;
  const input = { state: recordStateOf(life), adopt: !life.recorded };
  const { refreshAtMs, ...outcome } = await localThenPatient(
    () => localActivities.persist({ ...input, earlierAttempts: 0 }),
    () => patientActivities.persist({ ...input, earlierAttempts: LOCAL_ATTEMPTS }),
  );
  life.nextRefreshMs ??= refreshAtMs;
  mergeOutcome(run, outcome);
}

/** Merges what a write of the record found in the bucket, and publishes the result. */
export function mergeOutcome(run: ClipRun, { adopted, superseded }: WriteOutcome): void {
  const { life } = run;
  life.recorded = true;
  if (adopted) adoptRecord(life, adopted);
  if (superseded !== undefined) writeAfter(life, superseded);
  if (life.status === 'archiving') offerThumbnail(run);
  publish(life);
}

/** Lets the loop start a thumbnail, unless one is running. */
export function offerThumbnail(run: ClipRun): void {
  if (run.thumbnailRunning) return;
  run.thumbnailDue = true;
  // Runs recorded before this patch start the thumbnail here, before anything else that is due. If nothing else
  // is due the order is the same, so the patch marker (two events) is only spent where it decides something.
  const isNext =
    !run.gone && !run.refreshWanted && !run.alarm.rang && !run.life.dirty && isPublished(run.life);
  if (!isNext && !patched('thumbnail-after-record')) startThumbnail(run);
}

/** Saves the poster's user data. Neither the record nor the end of the clip waits for this. */
export async function savePoster(life: Life): Promise<void> {
  const { poster } = life.clip;
  try {
    await localThenPatient(
      () => localActivities.saveUser({ poster }),
      () => patientActivities.saveUser({ poster }),
    );
    life.userSaved = true;
  } catch (error) {
    if (!isCancellation(error)) throw error;
  }
}

/** Not async, because every promise in the workflow sandbox costs a stack trace. */
function localThenPatient<T>(local: () => Promise<T>, patient: () => Promise<T>): Promise<T> {
  return local().catch((error: unknown) => {
    if (isCancellation(error)) throw error;
    return patient();
  });
}
