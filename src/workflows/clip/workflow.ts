import {
  allHandlersFinished,
  CancellationScope,
  continueAsNew,
  isCancellation,
  patched,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow';
import type { Clip } from '../../clip/clip.ts';
import { leaseInSeconds } from '../../clip/lease.ts';
import type { EndedStatus, StartOptions } from '../../clip/state.ts';
import { erasingActivities, patientActivities } from '../proxies.ts';
import {
  clipQuery,
  editedSignal,
  freshLinkUpdate,
  goneSignal,
  refreshNowSignal,
  repairSignal,
  type ClipEdit,
} from '../messages.ts';
import { warnOfUnknownSignals } from '../unknown-signal.ts';
import { publish, showDetails, waitingFor } from './display.ts';
import { takeEdit } from './edit.ts';
import { checkLinkRequest, getFreshLink, waitForAnswers } from './fresh-link.ts';
import { checkInput } from './input.ts';
import { newLife, newRun, viewOf, type ClipRun, type Life } from './life.ts';
import { startNewPictures, wantsNewPictures } from './new-pictures.ts';
import { refreshLink } from './refresh.ts';
import { requestPoster, saveRecord, waitForPoster } from './save.ts';
import { takeRepair } from './signals/repair.ts';
import { startThumbnail, wantsThumbnail } from './thumbnail.ts';
import { waitUntil, wakeLinkRequests } from './wait.ts';

export interface ArchiveClipResult {
  status: 'deleted';
  refreshes: number;
}

/** A run ends after this many refreshes, so that waking a clip replays a short history (docs/performance.md). */
const REFRESHES_PER_RUN = 15;
/**
 * If links are valid for less than an hour, a run ends sooner. A worker that starts again must then replay all clips
 * before their links expire, and a busy worker took up to 3 s for a history of eight refreshes. Shorter runs take more
 * space in the database, which matters more for links that are valid for a day.
 */
const REFRESHES_PER_RUN_OF_SHORT_LEASES = 5;
const SHORT_LEASE_SECONDS = 60 * 60;
/** A run ends when its history is longer than this, for example after many edits. */
const MAX_HISTORY_EVENTS = 1000;
/**
 * A run ends after this many updates. The server refuses further updates after 2,000:
 * https://docs.temporal.io/cloud/limits#updates
 */
const UPDATES_PER_RUN = 200;

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
  const { clip, restarts, fromRecord } = checkInput({ clip: input, carried, options });
  const life = carried ? { ...carried, clip } : newLife(clip, fromRecord);
  const run = newRun(life, restarts);
  handleMessages(run);
  publish(life);
  try {
    if (!life.userSaved) requestPoster(run); // nothing waits for it
    while (!run.gone && run.ended === null) {
      if (run.refreshWanted || run.alarm.rang) await refreshLink(run);
      else if (life.dirty) {
        await saveRecord(run);
        wakeLinkRequests(run); // another write may follow at once
      }
      // Nothing waits for the pictures: their end marks the record dirty.
      else if (wantsThumbnail(run)) startThumbnail(run);
      else if (wantsNewPictures(run)) startNewPictures(run);
      else if (isLong(run)) await continueInNextRun(run);
      else await sleepUntilDue(run);
    }
    wakeLinkRequests(run);
    if (run.ended === 'stopped' && !run.gone) await cancelItself();
    await end(run, 'deleted');
    await finish(run);
    if (run.erased) await erasingActivities.deleteOwnExecution();
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
  run.stopping = true;
  wakeLinkRequests(run);
  if (!run.gone) await end(run, 'stopped');
  if (run.gone) await end(run, 'deleted');
  await finish(run);
  if (run.erased) await erasingActivities.deleteOwnExecution();
}

/** Waits until nothing is left that must end before the run. */
async function finish(run: ClipRun): Promise<void> {
  await waitForPoster(run);
  if (run.updates > 0) await waitForAnswers(run);
}

/** Handlers only change state. The loop runs the activities. */
function handleMessages(run: ClipRun): void {
  setHandler(goneSignal, handleGone, {
    description: 'The message or its attachment was deleted',
  });
  setHandler(refreshNowSignal, () => void (run.refreshWanted = true), {
    description:
      'Fetch a fresh link now. If the clip is unreachable, check again whether the bot has access',
  });
  setHandler(editedSignal, handleEdit, {
    description:
      'The message was edited. The signal carries the new text and a freshly signed link',
  });
  setHandler(repairSignal, (repair) => takeRepair(run, repair), {
    description: 'Write the record again, and with {"pictures":true} also make the thumbnail again',
  });
  setHandler(freshLinkUpdate, (input) => getFreshLink(run, input), {
    validator: (input) => {
      checkLinkRequest(run, input);
    },
    description:
      'Returns a link that is valid for at least minMinutes, by default 10. Fetches a fresh link only if necessary',
  });
  setHandler(clipQuery, () => viewOf(run), {
    description: 'Everything known about the clip, and the time of its next refresh',
  });
  warnOfUnknownSignals(
    [goneSignal, editedSignal, refreshNowSignal, repairSignal].map(({ name }) => name),
  );

  function handleGone(channelId?: unknown): void {
    if (typeof channelId === 'string' && channelId !== run.life.clip.channelId) return;
    run.gone = true;
    wakeLinkRequests(run);
  }

  function handleEdit(edit: ClipEdit): void {
    takeEdit(run.life, edit);
    wakeLinkRequests(run);
  }
}

/** Sleeps until the refresh or any other work is due. */
async function sleepUntilDue(run: ClipRun): Promise<void> {
  const { life, alarm } = run;
  const atMs = life.nextRefreshMs ?? Date.now();
  life.waitingFor = waitingFor(life, atMs);
  alarm.set(atMs, life.waitingFor);
  showDetails(life);
  await waitUntil(
    run,
    () => run.gone || run.refreshWanted || life.dirty || alarm.rang || isLongAfterUpdates(run),
  );
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
 * it. Nothing replaces the tombstone of a purged clip.
 */
function isEnded({ ended }: ClipRun, status: EndedStatus): boolean {
  return ended === 'deleted' || ended === 'purged' || ended === status;
}

function isLong({ life, refreshes, updates, thumbnailRunning, picturesRunning }: ClipRun): boolean {
  const { historyLength, continueAsNewSuggested } = workflowInfo();
  if (continueAsNewSuggested || historyLength > MAX_HISTORY_EVENTS) return true;
  const hasDoneEnough = hasEnoughRefreshes(life, refreshes) || updates >= UPDATES_PER_RUN;
  return hasDoneEnough && !thumbnailRunning && !picturesRunning && life.userSaved;
}

function hasEnoughRefreshes({ clip }: Life, refreshes: number): boolean {
  if (refreshes >= REFRESHES_PER_RUN) return true;
  if (refreshes < REFRESHES_PER_RUN_OF_SHORT_LEASES) return false;
  const lease = leaseInSeconds(clip.url);
  if (typeof lease?.issuedAt !== 'number') return false;
  return lease.expiresAt - lease.issuedAt < SHORT_LEASE_SECONDS && patched('shorter-runs');
}

/** True if a run that is asleep became long, because an update adds events without giving the loop any work. */
function isLongAfterUpdates(run: ClipRun): boolean {
  return run.updates > 0 && isLong(run);
}

async function continueInNextRun(run: ClipRun): Promise<void> {
  // An update that waits for a refresh would never finish while the loop waits here.
  const isNeeded = () => run.linkRequests.size > 0 && run.refreshWanted;
  await waitUntil(run, () => allHandlersFinished() || isNeeded());
  if (isNeeded()) return;
  await waitForPoster(run);
  // A signal or update that arrived during these waits must be handled in this run. The next run gets `run.life`, but not flags
  // such as `run.gone`.
  if (run.gone || run.refreshWanted || run.life.dirty || !allHandlersFinished()) return;
  const { clip, ...carried } = run.life;
  if (run.thumbnailRunning) {
    carried.thumbnailInterrupted = true;
    carried.thumbnailTries -= 1;
  }
  await continueAsNew<typeof archiveClip>(clip, carried, { restarts: run.restarts });
}
