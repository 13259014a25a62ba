import { CancellationScope, isCancellation, patched } from '@temporalio/workflow';
import type { RefetchInput, RefetchResult } from '../../activities/refetch.ts';
import type { Clip } from '../../clip/clip.ts';
import { askForAccessAtMs } from '../../clip/lease.ts';
import { hasSameDetails } from '../../clip/message/details.ts';
import type { ClipStatus } from '../../clip/state.ts';
import { errorFacts, isFailure } from '../../errors.ts';
import { discordActivities } from '../proxies.ts';
import { publish } from './display.ts';
import { isBetter, leaseIn } from './lease.ts';
import { forgetSuspicion, recordStateOf, takeDetails, type ClipRun, type Life } from './life.ts';
import { offerNewPictures } from './new-pictures.ts';
import { credibleRefreshMs } from './refresh-time.ts';
import { mergeOutcome, offerThumbnail } from './save.ts';
import { mayRetryThumbnail } from './thumbnail.ts';
import { waitUntil, wakeLinkRequests } from './wait.ts';

/** If a message is not found, it is fetched once more after this time, because one wrong 404 must not end a clip. */
const CONFIRM_GONE_AFTER_MS = 60 * 1000;
/** The pause after a failure that no other rule handles. */
const UNKNOWN_FAILURE_PAUSE_MS = 5 * 60 * 1000;

/**
 * Fetches a fresh link and writes it to the record, in one activity. The function stops waiting if a deletion arrives
 * during the activity, or an edit with a link that expires later. The activity may be retried for hours, and a better
 * link must not wait for it.
 */
export async function refreshLink(run: ClipRun): Promise<void> {
  const { life } = run;
  run.alarm.clear();
  run.refreshWanted = false;
  run.refreshing = true;
  life.waitingFor = 'a fresh link';
  life.revision += 1;
  life.dirty = false;
  publish(life);
  const clipBefore = { ...life.clip };
  const hasBetterLink = () => life.clip.url !== clipBefore.url;
  let isGivenUp = false;
  const scope = new CancellationScope();
  const refetched = scope
    .run(() => discordActivities('fetch a fresh link').refetch(refetchInput(life)))
    .then(
      (result) => takeFreshLink(run, result, clipBefore),
      (error: unknown) => {
        if (!isCancellation(error)) takeFailure(run, error);
        else if (!run.gone && !isGivenUp) throw error;
      },
    )
    .finally(() => {
      run.refreshing = false;
    });
  // Mark the rejection as handled, because a rejection that nobody awaits would fail the workflow task again and again.
  refetched.catch(() => undefined);
  // When an operator cancels the clip, the refetch ends at once. Wait until the refetch has ended, so that its result
  // is merged or dropped before the record says "stopped".
  const isOver = (): boolean => run.gone || !run.refreshing;
  const wait = (until: () => boolean) =>
    CancellationScope.nonCancellable(() => waitUntil(run, until));
  await wait(() => isOver() || hasBetterLink());
  if (!isOver()) {
    // Histories recorded before this patch wait for the refetch.
    isGivenUp = patched('take-better-link-at-once');
    if (!isGivenUp) await wait(isOver);
  }
  if (run.gone || isGivenUp) scope.cancel();
  await refetched;
  run.refreshDueSinceMs = null;
  wakeLinkRequests(run);
  // The better link may allow a thumbnail that the old link did not allow.
  if (isGivenUp && mayRetryThumbnail(run)) offerThumbnail(run);
}

function refetchInput(life: Life): RefetchInput {
  const { clip, ...state } = recordStateOf(life);
  // Leave out the old link, because the link would be a third of the input, and the history stores the input of every
  // refresh.
  const { url, ...clipWithoutUrl } = clip;
  const expiresAt = leaseIn(url)?.expiresAt;
  return {
    state: { ...state, clip: clipWithoutUrl, status: statusWhenReachable(life) },
    adopt: !life.recorded,
    ...(expiresAt !== undefined && { expiresAt }),
  };
}

/** Returns the status of the clip after a successful refetch. */
function statusWhenReachable({ status, thumbnail, thumbnailError }: Life): ClipStatus {
  if (status !== 'unreachable') return status;
  return thumbnail || thumbnailError ? 'live' : 'archiving';
}

/** Merges the result of a refetch. `clipBefore` is a copy of the clip from before the refetch. */
function takeFreshLink(run: ClipRun, result: RefetchResult, clipBefore: Clip): void {
  const { life } = run;
  // Keep the clip's link if it expires later than the fetched link. This happens if an edit arrived during the refetch,
  // or if Discord returned a cached link. In histories recorded before this patch, the fetched link always replaces the
  // clip's link.
  if (isBetter(life.clip.url, result.url) && patched('keep-better-link')) life.dirty = true;
  else life.clip.url = result.url;
  // An edit that arrived during the refetch is newer than the refetched text and details. The next write stores the edit.
  if (life.clip.description === clipBefore.description)
    life.clip.description = result.description ?? clipBefore.description;
  if (result.details && hasSameDetails(life.clip, clipBefore)) takeDetails(life, result.details);
  if (result.poster || result.postedBy) {
    life.clip.poster = result.poster ?? life.clip.poster;
    if (result.postedBy) life.clip.postedBy = result.postedBy;
    life.dirty = true;
  }
  life.nextRefreshMs = credibleRefreshMs(life, result.refreshAtMs);
  life.refreshes += 1;
  life.goneSuspectedAtMs = null;
  life.lastFetch = { endedAtMs: Date.now(), failure: null };
  run.fetchJustEnded = true;
  run.refreshes += 1;
  life.status = statusWhenReachable(life);
  mergeOutcome(run, result);
  offerNewPictures(run, result.pictureVersion);
  if (mayRetryThumbnail(run)) offerThumbnail(run);
}

/**
 * Takes over the failure of a refetch.
 *
 * The time decides here whether a deletion is confirmed. A replay sees the same time as the live workflow, although local
 * activities may delay or end the workflow task:
 * - The record is dirty now, so a local write follows. Even if the write is so slow that the task ends without a command,
 *   a replay does not skip the task, because it brought the event of the failure. The recorded history
 *   archive-clip-found-gone-after-a-slow-write shows that.
 * - The only local activity that can run here is `saveUser`, which takes 8 s at most. Meanwhile, a task ends every 4 s. The
 *   first of these ends sends the refetch to the server, and the second lets the failure in. `saveUser` is over by then,
 *   because it starts with the run or in an earlier task than the refetch (savePosterNext in save.ts).
 */
function takeFailure(run: ClipRun, error: unknown): void {
  const { life } = run;
  const nowMs = Date.now();
  // The activity failed before it wrote this revision.
  life.dirty = true;
  life.lastFetch = { endedAtMs: nowMs, failure: errorFacts(error).type };
  run.fetchJustEnded = true;
  if (isFailure(error, 'MessageGone')) {
    life.goneSuspectedAtMs ??= nowMs;
    life.nextRefreshMs = life.goneSuspectedAtMs + CONFIRM_GONE_AFTER_MS;
    const isConfirmed = nowMs >= life.nextRefreshMs;
    // The gateway may have reported the deletion in the same workflow task. In histories recorded before this patch,
    // the gateway's report was lost, and the run goes on.
    run.gone = isConfirmed || (run.gone && patched('keep-reported-deletion'));
  } else if (isFailure(error, 'AccessLost')) {
    // A 403 means that the message still exists; for a deleted message, the answer would be a 404.
    forgetSuspicion(life);
    life.status = 'unreachable';
    life.nextRefreshMs = askForAccessAtMs(leaseIn(life.clip.url), nowMs);
  } else {
    life.nextRefreshMs = nowMs + UNKNOWN_FAILURE_PAUSE_MS;
  }
}
