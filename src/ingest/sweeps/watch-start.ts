import type { Client } from '@temporalio/client';
import { onTaskQueue, SWEEPS_QUERY } from '../../temporal/clip-queries.ts';

/**
 * Creates a function that returns since when Everclip has been watching at least, in epoch milliseconds of the Temporal
 * server: since the oldest of its running sweeps began. Returns null while no sweep is running. A sweep continues as new,
 * so its later runs have the time in their memo (src/workflows/sweep.ts).
 */
export function createWatchStart(
  temporal: Pick<Client, 'workflow'>,
  taskQueue: string,
): () => Promise<number | null> {
  let startMs: number | null = null;
  return async () => {
    if (startMs !== null) return startMs;
    let firstMs: number | null = null;
    const query = onTaskQueue(SWEEPS_QUERY, taskQueue);
    for await (const { startTime, memo } of temporal.workflow.list({ query })) {
      const sinceMs = memo?.sweptSinceMs;
      const beganMs = typeof sinceMs === 'number' ? sinceMs : startTime.getTime();
      firstMs = Math.min(firstMs ?? Infinity, beganMs);
    }
    startMs = firstMs;
    return startMs;
  };
}
