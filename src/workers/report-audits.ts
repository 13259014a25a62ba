import type { BackgroundLog, BucketPort } from '../activities/ports.ts';
import { messageOf } from '../errors.ts';
import type { Metrics } from '../metrics.ts';
import { readAudits } from '../store/read-audits.ts';

/**
 * The time between two readings of the reports, in milliseconds. Another worker may have written a report, and that
 * worker reports it at once. Each reading lists all reports and reads one for each channel and thread.
 */
const PAUSE_MS = 6 * 60 * 60 * 1000;

/**
 * Reports from now on when each channel was last proven complete, as the reports in the bucket say. Channels that are
 * no longer audited are left out. A metric can't be withdrawn, so they disappear when the worker starts again.
 * Without this, the metric would be missing after a restart until the next audit. Returns a function that stops the
 * reporting.
 */
export function reportAudits({
  bucket,
  metrics,
  log,
}: {
  bucket: Pick<BucketPort, 'list' | 'read'>;
  metrics: Pick<Metrics, 'auditComplete'>;
  log: BackgroundLog;
}): () => void {
  let isStopped = false;
  let timer: NodeJS.Timeout | undefined;

  async function report(): Promise<void> {
    try {
      for (const { channelId, completeAtMs, retired } of await readAudits(bucket)) {
        if (completeAtMs !== null && retired === null) {
          metrics.auditComplete(channelId, completeAtMs);
        }
      }
    } catch (error) {
      if (!isStopped) log.warn(`could not read the reports of audits: ${messageOf(error)}`);
    }
    if (!isStopped) timer = setTimeout(() => void report(), PAUSE_MS);
  }

  void report();
  return () => {
    isStopped = true;
    clearTimeout(timer);
  };
}
