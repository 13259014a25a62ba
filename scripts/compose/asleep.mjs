import { setTimeout as pause } from 'node:timers/promises';
import { say, secondsSince } from '../lib/report.mjs';
import { until } from './until.mjs';

const CLIPS = 1000;
const PATIENCE_MS = 1_800_000;
/** Until what the work has left in memory is tidied up: garbage collectors and the SDK's cache are lazy. */
const SETTLES_MS = 60_000;

/** Of the demo Discord: so many clips in its history, with links that nobody has to refresh meanwhile. */
export const asleepSettings = { DEMO_HISTORY_CLIPS: String(CLIPS), DEMO_LEASE: '1d' };

/** Memory of each service when idle, and with a thousand clips asleep. */
export async function measureAsleep(stack, look) {
  const sayMemory = async (when) => {
    for (const [service, used] of await stack.memory()) say(`${when}, ${service}: ${used}`);
  };
  await stack.up();
  await stack.untilHealthy();
  await pause(SETTLES_MS);
  await sayMemory('idle');
  const startMs = Date.now();
  await look.startBackfill(await look.historyChannel());
  const live =
    "WorkflowType = 'archiveClip' AND ExecutionStatus = 'Running' AND ClipState = 'live'";
  await until(
    `${CLIPS} clips are asleep, each with its picture`,
    async () => (await look.names('thumb/')).length >= CLIPS && (await look.count(live)) >= CLIPS,
    PATIENCE_MS,
  );
  say(`${CLIPS} clips of ${await look.count(live)} asleep after ${secondsSince(startMs)}`);
  await pause(SETTLES_MS);
  await sayMemory('asleep');
}
