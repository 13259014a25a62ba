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

import { CancellationScope, condition } from '@temporalio/workflow';
import type { ClipRun } from './life.ts';

/** Waits until `isOver()` is true. Meanwhile, handles the completions of local activities. */
export async function waitUntil(run: ClipRun, isOver: () => boolean): Promise<void> {
  while (!isOver()) {
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
  };
  const onEnd = isLocal ? () => void run.localEnds.push(handleEnd) : handleEnd;
  activity.then(onEnd, onEnd);
  // If an operator cancels the clip, the activity is cancelled too. Wait until the activity has ended, because only one
  // write may run at a time.
  await CancellationScope.nonCancellable(() => waitUntil(run, () => hasEnded));
  return await activity;
}
