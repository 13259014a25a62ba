// This file contains the functions with which the clip's loop waits. A live workflow and its replay must schedule
// commands in the same order.
//
// In a live workflow, each local activity completes in a separate activation, while the loop waits. In a replay, one
// activation brings several completions together with earlier signals and results, before the loop waits. See
// apply_local_activity_peeked_resolutions in
// https://github.com/temporalio/sdk-rust/blob/main/crates/sdk-core/src/worker/workflow/machines/workflow_machines.rs
//
// Therefore each completion of a local activity is queued. While the loop waits, it handles one completion at a time.
// No other code may act on the completion of a local activity.
//
// While a local activity runs, a replay may also see a later time than the live workflow did. One reason is that the
// activation has the time of the completion. The other reason is that the replay skips workflow tasks without commands;
// see find_end_index_of_next_wft_seq in
// https://github.com/temporalio/sdk-rust/blob/main/crates/sdk-core/src/worker/workflow/history_update.rs
//
// Therefore an update may decide by the time only if `isTimeSettled`, and noteTimes notes the times that such a decision
// compares with.

import { CancellationScope, condition } from '@temporalio/workflow';
import type { ClipRun } from './life.ts';

/**
 * True if a replay sees the same time at this place as the live workflow, which is the case if every local activity has
 * ended and the loop has handled its end.
 */
export function isTimeSettled({ localRunning }: ClipRun): boolean {
  return localRunning === 0;
}

/** Wakes the updates that wait for a link. Call this after each change that may answer an update. */
export function wakeLinkRequests({ linkRequests }: ClipRun): void {
  for (const wake of [...linkRequests]) wake();
}

/** Notes when a refresh began or ended. If local activities run, the noted time is when the last of them has ended. */
export function noteTimes(run: ClipRun): void {
  if (run.refreshing) run.refreshDueSinceMs ??= Date.now();
  if (run.fetchJustEnded && run.life.lastFetch) run.life.lastFetch.endedAtMs = Date.now();
  run.fetchJustEnded = false;
}

/** Waits until `isOver()` is true. Meanwhile, handles the completions of local activities. */
export async function waitUntil(run: ClipRun, isOver: () => boolean): Promise<void> {
  while (!isOver()) {
    if (isTimeSettled(run)) {
      noteTimes(run);
      wakeLinkRequests(run);
    }
    let isRegistered = false;
    const rested = condition(() => isRegistered && (isOver() || run.localEnds.length > 0));
    // `condition` evaluates its callback at once, which is too early. Later, `condition` evaluates the callback
    // whenever the whole workflow waits.
    isRegistered = true;
    await rested;
    if (!isOver()) run.localEnds.shift()?.();
  }
}

/**
 * Waits for an activity that the loop started.
 * @throws the activity's failure
 */
export async function waitFor<T>(
  run: ClipRun,
  activity: Promise<T>,
  { isLocal }: { isLocal: boolean },
): Promise<T> {
  let hasEnded = false;
  const handleEnd = (): void => {
    hasEnded = true;
    if (isLocal) run.localRunning -= 1;
  };
  if (isLocal) run.localRunning += 1;
  const onEnd = isLocal ? () => void run.localEnds.push(handleEnd) : handleEnd;
  activity.then(onEnd, onEnd);
  // If an operator cancels the clip, the activity is cancelled too. Wait until the activity has ended, because only one
  // write may run at a time.
  await CancellationScope.nonCancellable(() => waitUntil(run, () => hasEnded));
  return await activity;
}
