import { CancellationScope, isCancellation, patched } from '@temporalio/workflow';
import type { WriteOutcome } from '../../activities/compare-and-set-record.ts';
import type { PersistResult } from '../../activities/persist.ts';
import type { SaveUserInput } from '../../activities/save-user.ts';
import { storedAttemptIn } from '../../errors.ts';
import { LOCAL_ATTEMPTS, localActivities, patientActivities } from '../proxies.ts';
import { isPublished, publish } from './display.ts';
import { adoptRecord, recordStateOf, writeAfter, type ClipRun } from './life.ts';
import { credibleRefreshMs } from './refresh-time.ts';
import { startThumbnail } from './thumbnail.ts';
import { waitFor, waitUntil } from './wait.ts';

/** Writes the record as a new revision. A change during the write marks the record dirty again. */
export async function saveRecord(run: ClipRun): Promise<void> {
  const { life } = run;
  life.dirty = false;
  life.revision += 1;
  const { refreshAtMs, ...outcome } = await persist(run);
  life.nextRefreshMs ??= credibleRefreshMs(life, refreshAtMs);
  mergeOutcome(run, outcome);
}

async function persist(run: ClipRun): Promise<PersistResult> {
  const input = { state: recordStateOf(run.life), adopt: !run.life.recorded };
  try {
    // The input of a local activity is not in the history.
    const local = localActivities.persist({ ...input, earlierAttempts: 0, nowMs: Date.now() });
    return await waitFor(run, local, { isLocal: true });
  } catch (error) {
    if (isCancellation(error)) throw error;
    const earlierAttempts = Math.max(LOCAL_ATTEMPTS, storedAttemptIn(error) ?? 0);
    const patient = patientActivities.persist({ ...input, earlierAttempts });
    return await waitFor(run, patient, { isLocal: false });
  }
}

/** After the record was written, updates the life with the outcome of that write, and publishes the life. */
export function mergeOutcome(
  run: ClipRun,
  { adopted, superseded, ended, erased }: WriteOutcome,
): void {
  const { life } = run;
  life.recorded = true;
  if (adopted) adoptRecord(life, adopted);
  if (superseded !== undefined) writeAfter(life, superseded);
  if (ended === 'purged') {
    run.ended = ended;
    life.status = 'deleted';
    life.dirty = false;
  } else if (ended !== undefined && !run.restarts.includes(ended)) {
    run.ended = ended;
    life.status = ended;
  }
  if (erased && (run.ended !== null || life.status === 'deleted')) run.erased = true;
  if (life.status === 'archiving') offerThumbnail(run);
  publish(life);
}

/** Lets the loop start a thumbnail, unless a thumbnail is already being made. */
export function offerThumbnail(run: ClipRun): void {
  if (run.thumbnailRunning) return;
  run.thumbnailDue = true;
  // In histories recorded before this patch, the thumbnail starts here, before anything else that is due. If nothing
  // else is due, the patch does not change the order. So the patch marker, which costs two events, is written only if
  // the order differs.
  const isNext =
    !run.gone && !run.refreshWanted && !run.alarm.rang && !run.life.dirty && isPublished(run.life);
  if (!isNext && !patched('thumbnail-after-record')) startThumbnail(run);
}

/** Starts to save the poster's user data. The clip can write its record before the data is saved. */
export function savePoster(run: ClipRun): void {
  const { life, localEnds } = run;
  const { poster, postedBy, postedAtMs } = life.clip;
  const input: SaveUserInput = { poster, postedAtMs, ...(postedBy && { postedBy }) };
  // Keep this scope, because the loop may call the callback in another scope, which is not cancelled with the clip.
  const scope = CancellationScope.current();
  const markSaved = (): void => {
    life.userSaved = true;
  };
  const savePatiently = (): void => {
    scope
      .run(() => patientActivities.saveUser(input))
      .then(markSaved)
      .catch((error: unknown) => {
        if (!isCancellation(error)) throw error;
      });
  };
  const endLocally = (next?: () => void) =>
    localEnds.push(() => {
      run.savingPoster = false;
      run.localRunning -= 1;
      next?.();
    });
  run.savingPoster = true;
  run.localRunning += 1;
  localActivities.saveUser(input).then(
    () => endLocally(markSaved),
    (error: unknown) => endLocally(isCancellation(error) ? undefined : savePatiently),
  );
}

/**
 * Waits until no local activity saves user data, which takes seconds at most. Call this before the run ends: if a local
 * activity ends after the command that ends the run, Temporal rejects the task, and the task is run again and again.
 */
export async function waitForPoster(run: ClipRun): Promise<void> {
  // Histories recorded before this patch end at once.
  if (!run.savingPoster || !patched('wait-for-user-data')) return;
  await CancellationScope.nonCancellable(() => waitUntil(run, () => !run.savingPoster));
}
