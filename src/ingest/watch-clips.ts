import type { Client } from '@temporalio/client';
import { messageOf } from '../errors.ts';
import type { Logger } from '../log.ts';
import type { Metrics } from '../metrics.ts';
import { countClips, countOf, deadLinksQuery } from '../temporal/clip-queries.ts';

const EVERY_MS = 20_000;

/**
 * Has Temporal count the clips and the dead links at once and then from time to time, for the metrics:
 * ingest does it because there is one of it. Returns a function that ends it.
 */
export function watchClips(
  temporal: Client,
  metrics: Pick<Metrics, 'clips' | 'clipsCounted'>,
  log: Logger,
  everyMs = EVERY_MS,
): () => void {
  let isAway = false;
  let ended = false;
  // Until the first count its age is this process's: one that never succeeds must be seen too.
  metrics.clipsCounted(Date.now());

  const look = async () => {
    const nowMs = Date.now();
    try {
      const [counts, dead] = await Promise.all([
        countClips(temporal),
        countOf(temporal, deadLinksQuery(nowMs)),
      ]);
      metrics.clips(counts, dead);
      metrics.clipsCounted(nowMs);
      if (isAway) log.info('Temporal counts the clips again');
      isAway = false;
    } catch (error) {
      // The end closes the connection under a count; and an outage is one line, not one every time.
      if (ended || isAway) return;
      isAway = true;
      const reason = messageOf(error);
      log.warn({ reason }, "Temporal doesn't count the clips: what the metrics say of them is old");
    }
  };
  void look();
  const timer = setInterval(() => void look(), everyMs);
  return () => {
    ended = true;
    clearInterval(timer);
  };
}
