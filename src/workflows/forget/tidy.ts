import {
  allHandlersFinished,
  condition,
  continueAsNew,
  setHandler,
  sleep,
  workflowInfo,
} from '@temporalio/workflow';
import { maybeUnusedSignal } from '../messages.ts';
import { warnOfUnknownSignals } from '../unknown-signal.ts';
import { forgetActivities } from './forget.ts';

export interface TidyInput {
  /** How long the workflow collects people before it searches, in milliseconds. */
  waitMs: number;
  /** How long after a clip ended its user data and pictures may still be written, in milliseconds; 0 if absent. */
  settleMs?: number;
  /** The people that the previous run collected and did not search for (`hashOfId`). */
  waiting?: string[];
  /** The result of the previous runs. */
  removed?: number;
}

/** Temporal refuses signals after 10,000 in one run: https://docs.temporal.io/cloud/limits#per-workflow-execution */
const SIGNALS_PER_RUN = 500;

/** If this many people wait, the search starts at once. Their hashes take 350 KB, and an input may take 2 MB. */
const MAX_WAITING = 10_000;

/**
 * Deletes the user data of people whose last clip was stripped or purged, and late pictures of forgotten clips. A search
 * reads every record, so the workflow collects people and searches once. Workers start it with the signal
 * `maybeUnused`. Returns how many people had no clip left, counted once for each search.
 */
export async function tidyUserData(input: TidyInput): Promise<number> {
  const { waitMs, settleMs = 0 } = input;
  const searchAtMs = Date.now() + waitMs;
  let waiting = new Set(input.waiting);
  let removed = input.removed ?? 0;
  let signals = 0;
  setHandler(
    maybeUnusedSignal,
    (hashes) => {
      signals += 1;
      for (const hash of hashes) waiting.add(hash);
    },
    { description: 'These people may have no clip left' },
  );
  warnOfUnknownSignals([maybeUnusedSignal.name]);
  const isLong = () => signals >= SIGNALS_PER_RUN || workflowInfo().continueAsNewSuggested;
  const isFull = () => waiting.size >= MAX_WAITING;
  if (waitMs > 0) {
    const summary = 'until other deletions have arrived';
    await condition(() => isLong() || isFull(), waitMs, { summary });
  }
  for (;;) {
    if (isLong()) {
      await condition(allHandlersFinished);
      return await continueAsNew<typeof tidyUserData>({
        waitMs: isFull() ? 0 : Math.max(0, searchAtMs - Date.now()),
        settleMs,
        waiting: [...waiting],
        removed,
      });
    }
    if (waiting.size === 0) break;
    const people = [...waiting];
    waiting = new Set();
    if (settleMs > 0)
      await sleep(settleMs, { summary: 'until nothing of the clips is being written' });
    removed += await forgetActivities.removeUserData({ people });
  }
  await condition(allHandlersFinished);
  return removed;
}
