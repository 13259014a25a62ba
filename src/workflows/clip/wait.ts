// How the clip's loop waits. A live workflow and its replay must schedule commands in the same order.
//
// A live workflow learns of the end of each local activity separately, while its loop waits. A replay learns of several
// ends at once, together with the signals and results that came before them, and before the loop has come to rest:
// see apply_local_activity_peeked_resolutions in
// https://github.com/temporalio/sdk-rust/blob/main/crates/sdk-core/src/worker/workflow/machines/workflow_machines.rs
//
// So the end of a local activity only joins a queue. The loop handles one end at a time, and only while it waits.
// No other code may act on the end of a local activity.

import { CancellationScope, condition } from '@temporalio/workflow';
import type { ClipRun } from './life.ts';

/** Waits until `isOver()` is true. Handles the ends of local activities in the meantime. */
export async function waitUntil(run: ClipRun, isOver: () => boolean): Promise<void> {
  while (!isOver()) {
    let isRegistered = false;
    const rested = condition(() => isRegistered && (isOver() || run.localEnds.length > 0));
    // `condition` checks immediately, which is too early, and then whenever the rest of the workflow waits too.
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
  // When an operator cancels the clip, the activity is cancelled as well. Wait for its end: one write at a time.
  await CancellationScope.nonCancellable(() => waitUntil(run, () => hasEnded));
  return await activity;
}
