import type { Client } from '@temporalio/client';
import type { Metrics } from '../metrics.ts';
import { countClips, countOf, deadLinksQuery } from '../temporal/clip-queries.ts';

const EVERY_MS = 20_000;

/**
 * Has Temporal count the clips and the dead links from time to time, for the metrics: ingest does it
 * because there is one of it. Returns a function that ends it.
 */
export function watchClips(temporal: Client, metrics: Pick<Metrics, 'clips'>): () => void {
  const look = async () => {
    const [counts, dead] = await Promise.all([
      countClips(temporal),
      countOf(temporal, deadLinksQuery(Date.now())),
    ]);
    metrics.clips(counts, dead);
  };
  // Temporal being away is told by those whose work it stops.
  const timer = setInterval(() => void look().catch(() => undefined), EVERY_MS);
  return () => {
    clearInterval(timer);
  };
}
