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
  const { refreshAtMs, userSaved = false, ...outcome } = await persist(run);
  life.nextRefreshMs ??= credibleRefreshMs(life, refreshAtMs);
  if (userSaved) life.userSaved = true;
  mergeOutcome(run, outcome);
}

async function persist(run: ClipRun): Promise<PersistResult> {
  const input = { state: recordStateOf(run.life), adopt: !run.life.recorded };
  try {
    // The input of a local activity is not in the history.
    const local = localActivities.persist({
      ...input,
      earlierAttempts: 0,
      nowMs: Date.now(),
      ...(run.posterDue && { user: saveUserInput(run) }),
    });
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
  // In a cancelled scope, nothing can start. The last write of the cancelled clip comes here again, in another scope.
  if (run.posterDue && !CancellationScope.current().consideredCancelled) {
    run.posterDue = false;
    if (!life.userSaved && run.ended === null && !run.erased) savePosterNext(run);
  }
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

/**
 * Has the poster's user data saved. A new clip waits for the write of its first record, which tells if the worker knows
 * that the data are saved. So the clips of a known poster need no activity for their poster.
 */
export function requestPoster(run: ClipRun): void {
  // A clip whose link is over must ask Discord first, which may take hours. In histories recorded before this patch, the
  // data are saved beside the first record.
  const isRecordNext = !run.life.recorded && !run.refreshWanted;
  if (isRecordNext && patched('poster-after-record')) run.posterDue = true;
  else savePoster(run);
}

function saveUserInput({ life }: ClipRun): SaveUserInput {
  const { poster, postedBy, postedAtMs } = life.clip;
  return { poster, postedAtMs, ...(postedBy && { postedBy }) };
}

/** Starts to save the poster's user data after the first record. */
function savePosterNext(run: ClipRun): void {
  // No local activity may begin in the workflow task that sends a refetch; see takeFailure in refresh.ts.
  if (run.refreshWanted) savePatiently(run, CancellationScope.current());
  else savePoster(run);
}

/** Starts to save the poster's user data. The clip goes on before the data are saved. */
function savePoster(run: ClipRun): void {
  const { life, localEnds } = run;
  // Keep this scope, because the loop may call the callback in another scope, which is not cancelled with the clip.
  const scope = CancellationScope.current();
  const endLocally = (next: () => void) =>
    localEnds.push(() => {
      run.savingPoster = false;
      run.localRunning -= 1;
      next();
    });
  run.savingPoster = true;
  run.localRunning += 1;
  localActivities.saveUser(saveUserInput(run)).then(
    () => endLocally(() => void (life.userSaved = true)),
    (error: unknown) =>
      endLocally(() => {
        if (!isCancellation(error)) savePatiently(run, scope);
      }),
  );
}

/** Saves the poster's user data with an activity that is retried until it succeeds. */
function savePatiently(run: ClipRun, scope: CancellationScope): void {
  const input = saveUserInput(run);
  scope
    .run(() => patientActivities.saveUser(input))
    .then(() => void (run.life.userSaved = true))
    .catch((error: unknown) => {
      if (!isCancellation(error)) throw error;
    });
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
