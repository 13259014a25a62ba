import type { BucketPort } from '../../activities/ports.ts';
import { serviceFailed } from '../../errors.ts';
import type { Logger } from '../../log.ts';
import type { Metrics } from '../../metrics.ts';
import type { Catalog } from '../catalog.ts';
import { ChangeBatches } from './change-batches.ts';
import { claimReconcile, type Claim } from './claim.ts';
import { comparePrefix, type Comparison } from './compare-prefix.ts';
import { TaskPool } from './pool.ts';
import { isRecordKey, PREFIXES } from './read-change.ts';
import type { ReconcileProgress, ReconcileStore } from './store.ts';
import type { ReconcileSummary } from './summary.ts';

/** How many objects are read at once. A read of Google Cloud Storage takes about 30 ms, nearly all of it waiting. */
export const CONCURRENT_READS = 16;

/** How many objects that are not what their key says are named in the log. */
const MAX_NAMED_OBJECTS = 10;

/** An empty bucket is rather a wrong or missing one than one whose objects were all deleted. */
const EMPTY_BUCKET =
  'the bucket has no object of Everclip, but the catalog has some: check BUCKET_NAME and DATA_DIR, or delete the catalog';

export interface ReconcileParts {
  catalog: Pick<Catalog, 'apply' | 'readVersions' | 'readState'>;
  store: ReconcileStore;
  bucket: Pick<BucketPort, 'list' | 'read'>;
  log: Pick<Logger, 'info' | 'warn'>;
  metrics: Pick<Metrics, 'reconcileEnded'>;
}

export interface ReconcileOptions {
  /** Called every two seconds, and at the end. */
  onProgress?: (progress: ReconcileProgress) => void;
  signal?: AbortSignal;
}

/**
 * Brings the catalog up to date with the bucket. Only objects whose version changed are read. Returns null if another
 * reconcile runs.
 *
 * An object is removed from the catalog only after the whole bucket was listed, and only if a read finds no object. From
 * an empty bucket, nothing follows: the reconcile fails if the catalog has objects. If the bucket fails, what was read so far is kept, and the next reconcile goes on from there. The memory holds the
 * versions of one channel at a time (measured: 1 MB for 5,000 clips in a channel, 18 MB for 100,000), one batch of
 * changes, and the keys of objects that seem to be gone.
 *
 * @throws CatalogUnavailable, ServiceFailed if only the bucket is empty, any error of the bucket, or the reason of `signal`
 */
export async function reconcile(
  parts: ReconcileParts,
  { onProgress = () => undefined, signal }: ReconcileOptions = {},
): Promise<ReconcileSummary | null> {
  const claim = await claimReconcile(parts.store, onProgress);
  if (claim === null) return null;
  let isComplete = false;
  try {
    const signals = signal === undefined ? [claim.lost] : [claim.lost, signal];
    const summary = await run(parts, claim, AbortSignal.any(signals));
    isComplete = true;
    return summary;
  } finally {
    await end(parts, claim, isComplete);
  }
}

/** Ends the claim. The failure of a reconcile is not hidden by a failure to end its claim, which ends by itself. */
async function end({ metrics }: ReconcileParts, claim: Claim, isComplete: boolean): Promise<void> {
  try {
    await claim.finish({ isComplete });
    metrics.reconcileEnded(isComplete ? 'complete' : 'failed');
  } catch (error) {
    metrics.reconcileEnded('failed');
    if (isComplete) throw error;
  }
}

async function run(
  parts: ReconcileParts,
  { progress }: Claim,
  signal: AbortSignal,
): Promise<ReconcileSummary> {
  const { catalog, bucket, log } = parts;
  const summary: ReconcileSummary = { listed: 0, read: 0, unreadable: 0, removed: 0 };
  const onUnreadable = (key: string): void => {
    summary.unreadable += 1;
    if (summary.unreadable > MAX_NAMED_OBJECTS) return;
    log.warn(`left out ${key}, which is not what its name says`);
  };
  const { clips, isIncomplete } = await catalog.readState();
  // The number of clips in the catalog is a good estimate, unless the catalog is new.
  progress.total = isIncomplete || clips === 0 ? await countRecords(bucket, signal) : clips;
  const pool = new TaskPool(CONCURRENT_READS);
  const batches = new ChangeBatches(catalog, onUnreadable);
  const gone: [key: string, version: string][] = [];
  const comparison: Comparison = {
    ...parts,
    pool,
    batches,
    summary,
    signal,
    onUnreadable,
    onDone: (key) => {
      if (!isRecordKey(key)) return;
      progress.done += 1;
      progress.total = Math.max(progress.total ?? 0, progress.done);
    },
  };
  try {
    for (const prefix of PREFIXES) await comparePrefix(comparison, prefix, gone);
    for (const [key, replaces] of gone) {
      signal.throwIfAborted();
      await pool.start(async () => {
        if ((await bucket.read(key)) !== null) return;
        if (summary.listed === 0) throw serviceFailed(EMPTY_BUCKET);
        await batches.add({ change: { kind: 'removed', key, replaces }, size: key.length });
        summary.removed += 1;
      });
    }
    await pool.finish();
    await batches.flush();
  } catch (error) {
    await pool.settle();
    // Keep what was read. If the database does not answer, the next reconcile reads it again.
    await batches.flush().catch(() => undefined);
    throw error;
  }
  return summary;
}

async function countRecords(
  bucket: Pick<BucketPort, 'list'>,
  signal: AbortSignal,
): Promise<number> {
  let count = 0;
  for await (const { key } of bucket.list('messages/')) {
    signal.throwIfAborted();
    if (isRecordKey(key)) count += 1;
  }
  return count;
}
