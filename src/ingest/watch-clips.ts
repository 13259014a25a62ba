import type { Client } from '@temporalio/client';
import { messageOf } from '../errors.ts';
import type { Logger } from '../log.ts';
import type { Metrics } from '../metrics.ts';
import {
  countClips,
  countWorkflows,
  deadLinksQuery,
  NO_EXPIRY_QUERY,
} from '../temporal/clip-queries.ts';

const INTERVAL_MS = 20_000;

/**
 * Asks Temporal how many clips and expired links there are, and reports the counts to the metrics. Ingest reports the
 * counts because only one ingest process runs. Returns a function that stops the reports.
 */
export function watchClips(
  temporal: Client,
  metrics: Pick<Metrics, 'clips' | 'clipsCounted'>,
  log: Logger,
  intervalMs = INTERVAL_MS,
): () => void {
  let isAway = false;
  let isStopped = false;
  // Until a count succeeds, the age of the counts is the time since this process started. So the counts become stale
  // even if no count ever succeeds.
  metrics.clipsCounted(Date.now());

  async function report(): Promise<void> {
    const nowMs = Date.now();
    try {
      const [counts, dead, withoutExpiry] = await Promise.all([
        countClips(temporal),
        countWorkflows(temporal, deadLinksQuery(nowMs)),
        countWorkflows(temporal, NO_EXPIRY_QUERY),
      ]);
      metrics.clips(counts, dead, withoutExpiry);
      metrics.clipsCounted(nowMs);
      if (isAway) log.info('Temporal can count the clips again');
      isAway = false;
    } catch (error) {
      // Log nothing if the process is stopping, because stopping can interrupt a count. Log an outage once, not once
      // per count.
      if (isStopped || isAway) return;
      isAway = true;
      const reason = messageOf(error);
      log.warn(
        { reason },
        'Temporal could not count the clips; the clip metrics are stale until a retry succeeds',
      );
    }
  }

  void report();
  const timer = setInterval(() => void report(), intervalMs);
  return () => {
    isStopped = true;
    clearInterval(timer);
  };
}
