import { CancellationScope, condition, isCancellation } from '@temporalio/workflow';
import type { RefetchResult } from '../../activities/refetch.ts';
import { askForAccessAtMs, leaseOf } from '../../clip/lease.ts';
import type { ClipStatus } from '../../clip/state.ts';
import { isFailure } from '../../errors.ts';
import { discordActivities } from '../proxies.ts';
import type { ClipRun } from './clip-run.ts';
import { forgetSuspicion, recordStateOf, type Life } from './life.ts';
import { publish } from './publish.ts';
import { retryThumbnail } from './thumbnail.ts';
import { recorded } from './save.ts';

/** A proxy's 404 must not erase an archive: a message that isn't found is asked for once more after this. */
const ASK_AGAIN_MS = 60 * 1000;
/** For failures that nobody thought of. */
const UNKNOWN_FAILURE_MS = 5 * 60 * 1000;

/** Fetches a fresh link and writes it, one activity; a deletion that comes in meanwhile ends the wait. */
export async function refresh(run: ClipRun): Promise<void> {
  const { life } = run;
  run.alarm.clear();
  run.refreshWanted = false;
  run.refreshing = true;
  life.waitingFor = 'a fresh link';
  life.revision += 1;
  life.dirty = false;
  publish(life);
  const state = recordStateOf(life);
  // The link that is to be replaced would be a third of the input, in every refresh's history.
  const { url, ...clip } = state.clip;
  const expiresAt = leaseOf(url)?.expiresAt;
  const scope = new CancellationScope();
  const fetched = scope
    .run(() =>
      discordActivities('fetch a fresh link').refetch({
        state: { ...state, clip, status: reachable(life) },
        adopt: !life.recorded,
        ...(expiresAt !== undefined && { expiresAt }),
      }),
    )
    .then(
      (result) => refreshed(run, result, state.clip.description),
      (error: unknown) => {
        if (run.gone && isCancellation(error)) return;
        if (isCancellation(error)) throw error;
        failed(run, error);
      },
    )
    .finally(() => {
      run.refreshing = false;
    });
  // Heard in any case: a rejection that nobody awaits fails the workflow task, again and again.
  fetched.catch(() => undefined);
  // A cancelled clip waits here for its fetch to end, which happens at once: what it brought is taken
  // over or dropped before the record says "stopped".
  await CancellationScope.nonCancellable(() => condition(() => run.gone || !run.refreshing));
  if (run.gone) scope.cancel();
  await fetched;
}

/** The status that a fetch which succeeds gives the clip. */
function reachable({ status, thumbnail, thumbnailError }: Life): ClipStatus {
  if (status !== 'unreachable') return status;
  return thumbnail || thumbnailError ? 'live' : 'archiving';
}

/** `asked` is the text that the clip had when it asked. */
function refreshed(run: ClipRun, result: RefetchResult, asked: string): void {
  const { life } = run;
  life.clip.url = result.url;
  // An edit that came in while the fetch was under way knows better: it is written next.
  if (life.clip.description === asked) life.clip.description = result.description ?? asked;
  life.nextRefreshMs = result.refreshAtMs;
  life.refreshes += 1;
  life.goneSuspectedAtMs = null;
  run.refreshes += 1;
  life.status = reachable(life);
  recorded(run, result);
  retryThumbnail(run);
}

function failed(run: ClipRun, error: unknown): void {
  const { life } = run;
  const nowMs = Date.now();
  // What this revision was to write is still unwritten.
  life.dirty = true;
  if (isFailure(error, 'MessageGone')) {
    life.goneSuspectedAtMs ??= nowMs;
    life.nextRefreshMs = life.goneSuspectedAtMs + ASK_AGAIN_MS;
    run.gone = nowMs >= life.nextRefreshMs;
  } else if (isFailure(error, 'AccessLost')) {
    // Discord refuses what is there; of what isn't it would say so.
    forgetSuspicion(life);
    life.status = 'unreachable';
    life.nextRefreshMs = askForAccessAtMs(life.clip.url, nowMs);
  } else {
    life.nextRefreshMs = nowMs + UNKNOWN_FAILURE_MS;
  }
}
