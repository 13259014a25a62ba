import { pino } from 'pino';
import type { OpenCatalog } from '../../src/catalog/open.ts';
import { reconcile } from '../../src/catalog/reconcile/reconcile.ts';
import { noMetrics } from '../../src/metrics.ts';
import { createFolderBucket } from '../../src/store/folder/bucket.ts';

/**
 * Fills an empty catalog from a folder bucket, as `npm run reindex` does.
 *
 * @returns how many seconds it took
 * @throws Error if the catalog is incomplete afterwards
 */
export async function rebuild(catalog: OpenCatalog, bucketFolder: string): Promise<number> {
  const startMs = performance.now();
  const summary = await reconcile({
    ...catalog,
    bucket: createFolderBucket(bucketFolder),
    log: pino({ level: 'warn' }, process.stderr),
    metrics: noMetrics,
  });
  if (summary === null || summary.unreadable > 0) throw new Error('the rebuild is incomplete');
  return (performance.now() - startMs) / 1000;
}
