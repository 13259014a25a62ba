import { activityInfo } from '@temporalio/activity';

/** A server never reports a time before this. The SDK's mock environment reports the time 1. */
const EARLIEST_MS = Date.UTC(2020, 0, 1);

/**
 * Starts a clock that follows Temporal's time instead of the worker's clock, which may be wrong by days. Returns a
 * function that returns epoch milliseconds.
 *
 * The clock starts with the time at which the server scheduled this attempt. A local activity is scheduled by the worker
 * itself, so its clock starts with the workflow's time.
 */
export function startServerClock(workflowTimeMs?: number): () => number {
  const { isLocal, currentAttemptScheduledTimestampMs: scheduledMs } = activityInfo();
  const serverMs = isLocal ? workflowTimeMs : scheduledMs;
  const startedAt = performance.now();
  if (serverMs === undefined || serverMs < EARLIEST_MS) return Date.now;
  return () => Math.floor(serverMs + performance.now() - startedAt);
}
