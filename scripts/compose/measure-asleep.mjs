import { setTimeout as pause } from 'node:timers/promises';
import { say, secondsSince } from '../support/report.mjs';
import { until } from './until.mjs';

const CLIPS = 1000;
const TIMEOUT_MS = 1_800_000;
/** Garbage collectors and the SDK's cache need some time to free memory after the clips have fallen asleep. */
const SETTLE_MS = 60_000;

/** Settings for the demo Discord. A lease of a day means that no link is refreshed during the measurement. */
export const asleepSettings = { DEMO_HISTORY_CLIPS: String(CLIPS), DEMO_LEASE: '1d' };

/**
 * Prints the memory of each service when the stack is idle, and when a thousand clips are asleep.
 *
 * @param {import('./stack.mjs').Stack} stack
 * @param {import('./archive.mjs').Archive} archive
 */
export async function measureAsleep(stack, archive) {
  /** @param {string} when */
  const sayMemory = async (when) => {
    for (const { service, memory } of await stack.measureMemory()) {
      say(`${when}, ${service}: ${memory}`);
    }
  };
  await stack.start();
  await stack.untilHealthy();
  await pause(SETTLE_MS);
  await sayMemory('idle');

  const startMs = Date.now();
  await archive.startBackfill(await archive.findHistoryChannel());
  const live =
    "WorkflowType = 'archiveClip' AND ExecutionStatus = 'Running' AND ClipState = 'live'";
  await until(
    `${CLIPS} clips are asleep and have their thumbnails`,
    async () =>
      (await archive.listObjects('thumb/')).length >= CLIPS &&
      (await archive.countWorkflows(live)) >= CLIPS,
    TIMEOUT_MS,
  );
  say(`${await archive.countWorkflows(live)} clips are asleep after ${secondsSince(startMs)}`);
  await pause(SETTLE_MS);
  await sayMemory('asleep');
}
