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
import { isExpired } from '../../clip/lease.ts';
import { invalidInput } from '../../errors.ts';
import { createAlarm } from './alarm.ts';
import type { ClipRun } from './clip-run.ts';
import { waitingFor } from '../details.ts';
import { faultOf, newLife, takeEdit, viewOf, type Life } from './life.ts';
import { clipQuery, editedSignal, goneSignal, refreshNowSignal } from '../messages.ts';
import { publish } from './publish.ts';
import { refresh } from './refresh.ts';
import { savePoster, saveRecord } from './save.ts';

export interface ArchiveClipResult {
  status: 'deleted';
  refreshes: number;
}

/** A run ends after so many refreshes: waking a sleeping clip replays no more (docs/performance.md). */
const REFRESHES_PER_RUN = 15;
const LONGEST_HISTORY_EVENTS = 1000;

/**
 * A clip's whole life: archive it, then keep its link alive for as long as its message exists.
 * `carried` comes from the run before, by continue-as-new alone.
 */
export async function archiveClip(
  clip: Clip,
  carried?: Omit<Life, 'clip'>,
): Promise<ArchiveClipResult> {
  const fault = faultOf(clip);
  if (fault !== null) throw invalidInput(fault);
  const life = carried ? { ...carried, clip } : newLife(clip);
  const run: ClipRun = {
    life,
    alarm: createAlarm(),
    gone: false,
    refreshWanted: isExpired(life.clip.url, Date.now()),
    refreshing: false,
    thumbnailRunning: false,
    refreshes: 0,
  };
  setHandler(goneSignal, () => void (run.gone = true), {
    description: 'The message or its attachment was deleted',
  });
  setHandler(refreshNowSignal, () => void (run.refreshWanted = true), {
    description: 'Fetch a fresh link now, or ask again for access',
  });
  setHandler(editedSignal, (edit) => takeEdit(life, edit), {
    description: 'The message was edited: its text and a link signed now',
  });
  setHandler(clipQuery, () => viewOf(life, run.refreshing), {
    description: 'All that is known about the clip, and when its link is refreshed next',
  });

  publish(life);
  try {
    if (!life.userSaved) void savePoster(life);
    while (!run.gone) {
      if (run.refreshWanted || run.alarm.rang) await refresh(run);
      else if (life.dirty) await saveRecord(run);
      else if (isLong(run)) await nextRun(run);
      else await rest(run);
    }
    await end(run, 'deleted');
    return { status: 'deleted', refreshes: life.refreshes };
  } catch (error) {
    // Cancelled by an operator: the record says so, and the execution ends as Canceled.
    if (isCancellation(error)) await CancellationScope.nonCancellable(() => end(run, 'stopped'));
    throw error;
  }
}

/** Sleeps until there is something to do. */
async function rest(run: ClipRun): Promise<void> {
  const { life, alarm } = run;
  const atMs = life.nextRefreshMs ?? Date.now();
  life.waitingFor = waitingFor(life, atMs);
  alarm.set(atMs, life.waitingFor);
  publish(life);
  await condition(() => run.gone || run.refreshWanted || life.dirty || alarm.rang);
}

async function end(run: ClipRun, status: 'deleted' | 'stopped'): Promise<void> {
  const { life, alarm } = run;
  alarm.clear();
  life.status = status;
  life.waitingFor = '';
  if (status === 'deleted') life.deletedAtMs = Date.now();
  // The first write of a clip started anew may find an older record, and only adopt it.
  do await saveRecord(run);
  while (life.dirty);
}

function isLong({ life, refreshes, thumbnailRunning }: ClipRun): boolean {
  const { historyLength, continueAsNewSuggested } = workflowInfo();
  if (continueAsNewSuggested || historyLength > LONGEST_HISTORY_EVENTS) return true;
  return refreshes >= REFRESHES_PER_RUN && !thumbnailRunning && life.userSaved;
}

/** Goes on in a new run, unless something came in while handlers finished. */
async function nextRun(run: ClipRun): Promise<void> {
  await condition(allHandlersFinished);
  // Read only now: what came in while handlers finished must not be lost with this run.
  if (run.gone || run.refreshWanted || run.life.dirty) return;
  const { clip, ...carried } = run.life;
  await continueAsNew<typeof archiveClip>(clip, carried);
}
