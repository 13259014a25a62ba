import {
  allHandlersFinished,
  CancellationScope,
  condition,
  continueAsNew,
  isCancellation,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow';
import type { Clip } from '../../clip/clip.ts';
import type { EndedStatus, StartOptions } from '../../clip/state.ts';
import { patientActivities } from '../proxies.ts';
import { clipQuery, editedSignal, goneSignal, refreshNowSignal } from '../messages.ts';
import { warnOfUnknownSignals } from '../unknown-signal.ts';
import { publish, showDetails, waitingFor } from './display.ts';
import { takeEdit } from './edit.ts';
import { checkInput } from './input.ts';
import { newLife, newRun, viewOf, type ClipRun, type Life } from './life.ts';
import { refreshLink } from './refresh.ts';
import { savePoster, saveRecord, waitForPoster } from './save.ts';
import { startThumbnail, wantsThumbnail } from './thumbnail.ts';
import { waitUntil } from './wait.ts';

export interface ArchiveClipResult {
  status: 'deleted';
  refreshes: number;
}

/** A run ends after this many refreshes, so that waking a clip replays a short history (docs/performance.md). */
const REFRESHES_PER_RUN = 15;
/** A run ends when its history is longer than this, for example after many edits. */
const MAX_HISTORY_EVENTS = 1000;

/**
 * Archives a clip, then keeps the clip's link alive for as long as the message exists. `carried` is the state of the
 * previous run, passed on by continue-as-new. If the record says that the clip has ended, the workflow ends at once,
 * unless `restarts` contains the record's status.
 * @throws InvalidInput if the input is invalid
 */
export async function archiveClip(
  input: Clip,
  carried?: Omit<Life, 'clip'>,
  options?: StartOptions,
): Promise<ArchiveClipResult> {
  const { clip, restarts } = checkInput({ clip: input, carried, options });
  const life = carried ? { ...carried, clip } : newLife(clip);
  const run = newRun(life, restarts);
  handleMessages(run);
  publish(life);
  try {
    if (!life.userSaved) savePoster(run); // nothing waits for it
    while (!run.gone && run.ended === null) {
      if (run.refreshWanted || run.alarm.rang) await refreshLink(run);
      else if (life.dirty) await saveRecord(run);
      else if (wantsThumbnail(run))
        startThumbnail(run); // nothing waits for it: its end marks the record dirty
      else if (isLong(run)) await continueInNextRun(run);
      else await sleepUntilDue(run);
    }
    if (run.ended === 'stopped' && !run.gone) await cancelItself();
    await end(run, 'deleted');
    await waitForPoster(run);
    return { status: 'deleted', refreshes: life.refreshes };
  } catch (error) {
    if (!isCancellation(error)) throw error;
    // An operator cancelled the workflow, so the record says "stopped", and the execution ends as Canceled.
    await CancellationScope.nonCancellable(() => endCancelled(run));
    if (run.gone) return { status: 'deleted', refreshes: life.refreshes };
    throw error;
  }
}

/**
 * Ends a cancelled clip as stopped. If the message is known to be deleted, the clip ends as deleted instead. This also
 * applies if the deletion becomes known while the status `stopped` is being written.
 */
async function endCancelled(run: ClipRun): Promise<void> {
  if (!run.gone) await end(run, 'stopped');
  if (run.gone) await end(run, 'deleted');
  await waitForPoster(run);
}

/** Handlers only change state. The loop runs the activities. */
function handleMessages(run: ClipRun): void {
  setHandler(goneSignal, () => void (run.gone = true), {
    description: 'The message or its attachment was deleted',
  });
  setHandler(refreshNowSignal, () => void (run.refreshWanted = true), {
    description:
      'Fetch a fresh link now. If the clip is unreachable, check again whether the bot has access',
  });
  setHandler(editedSignal, (edit) => takeEdit(run.life, edit), {
    description:
      'The message was edited. The signal carries the new text and a freshly signed link',
  });
  setHandler(clipQuery, () => viewOf(run), {
    description: 'Everything known about the clip, and the time of its next refresh',
  });
  warnOfUnknownSignals([goneSignal, editedSignal, refreshNowSignal].map(({ name }) => name));
}

/** Sleeps until the refresh or any other work is due. */
async function sleepUntilDue(run: ClipRun): Promise<void> {
  const { life, alarm } = run;
  const atMs = life.nextRefreshMs ?? Date.now();
  life.waitingFor = waitingFor(life, atMs);
  alarm.set(atMs, life.waitingFor);
  showDetails(life);
  await waitUntil(run, () => run.gone || run.refreshWanted || life.dirty || alarm.rang);
}

/** Ends the execution as Canceled, because an operator stopped the clip in an earlier execution. Never returns. */
async function cancelItself(): Promise<never> {
  await patientActivities.cancelClip();
  return await CancellationScope.current().cancelRequested;
}

/** Writes the last record, unless the stored record already has this status. */
async function end(run: ClipRun, status: EndedStatus): Promise<void> {
  const { life, alarm } = run;
  alarm.clear();
  if (isEnded(run, status)) return;
  life.status = status;
  life.waitingFor = '';
  if (status === 'deleted') life.deletedAtMs = Date.now();
  // The first write of a restarted clip may find an older record and adopt it instead of writing. In that case, the
  // loop writes again.
  do await saveRecord(run);
  while (life.dirty && !isEnded(run, status));
}

/**
 * True if the stored record already has this status. A stored `deleted` counts too, because `stopped` must not replace
 * it.
 */
function isEnded({ ended }: ClipRun, status: EndedStatus): boolean {
  return ended === 'deleted' || ended === status;
}

function isLong({ life, refreshes, thumbnailRunning }: ClipRun): boolean {
  const { historyLength, continueAsNewSuggested } = workflowInfo();
  if (continueAsNewSuggested || historyLength > MAX_HISTORY_EVENTS) return true;
  return refreshes >= REFRESHES_PER_RUN && !thumbnailRunning && life.userSaved;
}

async function continueInNextRun(run: ClipRun): Promise<void> {
  await condition(allHandlersFinished);
  await waitForPoster(run);
  // A signal that arrived during these waits must be handled in this run. The next run gets `run.life`, but not flags
  // such as `run.gone`.
  if (run.gone || run.refreshWanted || run.life.dirty) return;
  const { clip, ...carried } = run.life;
  if (run.thumbnailRunning) {
    carried.thumbnailInterrupted = true;
    carried.thumbnailTries -= 1;
  }
  await continueAsNew<typeof archiveClip>(clip, carried, { restarts: run.restarts });
}
