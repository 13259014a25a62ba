import type { Client } from '@temporalio/client';
import type { Logger } from '../log.ts';
import { describeLateRefreshes, findLateRefreshes } from '../temporal/late-refreshes.ts';

const INTERVAL_MS = 60_000;

/**
 * Logs once a minute how far refreshes have fallen behind, and once when they have caught up. Ingest writes these log
 * lines, because only one ingest process runs. Returns a function that stops the reports.
 */
export function watchRefreshes(
  temporal: Pick<Client, 'workflow'>,
  log: Pick<Logger, 'info' | 'warn'>,
  { marginMs, intervalMs = INTERVAL_MS }: { marginMs: number; intervalMs?: number },
): () => void {
  let isBehind = false;
  let isCounting = false;
  let isStopped = false;

  async function report(): Promise<void> {
    if (isCounting) return;
    isCounting = true;
    // Ignore the error if Temporal cannot count the links, because `watchClips` logs a warning about the outage.
    const late = await findLateRefreshes(temporal, { nowMs: Date.now(), marginMs }).catch(
      () => undefined,
    );
    isCounting = false;
    if (isStopped || late === undefined) return;
    if (late !== null) log.warn(describeLateRefreshes(late));
    else if (isBehind) log.info('refreshes have caught up: no link is overdue');
    isBehind = late !== null;
  }

  const timer = setInterval(() => void report(), intervalMs);
  return () => {
    isStopped = true;
    clearInterval(timer);
  };
}
