import type { BucketPort } from '../../activities/ports.ts';
import type { Catalog } from '../catalog.ts';
import { unreadableVersion } from '../write/unreadable.ts';
import type { ChangeBatches } from './change-batches.ts';
import type { TaskPool } from './pool.ts';
import { isCatalogKey, readChange, type ReadObject } from './read-change.ts';
import type { ReconcileStore } from './store.ts';
import type { ReconcileSummary } from './summary.ts';

/** What the comparison of one prefix shares with the whole reconcile. */
export interface Comparison {
  catalog: Pick<Catalog, 'readVersions'>;
  store: Pick<ReconcileStore, 'readFolders'>;
  bucket: Pick<BucketPort, 'list' | 'read'>;
  pool: TaskPool;
  batches: ChangeBatches;
  summary: ReconcileSummary;
  signal: AbortSignal;
  onUnreadable: (key: string) => void;
  /** Gets the key of each object that is up to date. */
  onDone: (key: string) => void;
}

/**
 * Compares the objects under a prefix with the versions in the catalog, and reads and applies the objects that changed.
 * Adds the objects that the catalog has and the list did not return to `missing`, with the catalog's versions. They need
 * not be gone: a worker may have written them since, or the list came in an unusual order. There may be hundreds of
 * thousands, more than a function takes as arguments.
 *
 * Buckets list one folder after the other, so the versions of one folder are in memory at a time. If a folder comes in
 * two parts, its versions are read twice.
 */
export async function comparePrefix(
  comparison: Comparison,
  prefix: string,
  missing: [key: string, version: string][],
): Promise<void> {
  const { catalog, store, bucket, pool, batches, summary, signal } = comparison;
  const seen = new Set<string>();
  let folder = '';
  let versions = new Map<string, string>();
  for await (const object of bucket.list(prefix)) {
    signal.throwIfAborted();
    const { key } = object;
    if (!isCatalogKey(key)) continue;
    const itsFolder = key.slice(0, key.lastIndexOf('/') + 1);
    if (itsFolder !== folder) {
      for (const known of versions) missing.push(known);
      folder = itsFolder;
      seen.add(folder);
      versions = await catalog.readVersions(folder);
    }
    summary.listed += 1;
    const known = versions.get(key);
    versions.delete(key);
    if (known === object.version || known === unreadableVersion(object.version)) {
      comparison.onDone(key);
    } else {
      const changed = { ...object, replaces: known ?? null };
      await pool.start(() => update(comparison, changed, missing));
    }
  }
  for (const known of versions) missing.push(known);
  await pool.finish();
  await batches.flush();
  for (const unseen of await store.readFolders(prefix)) {
    if (seen.has(unseen)) continue;
    for (const known of await catalog.readVersions(unseen)) missing.push(known);
  }
}

/** Reads an object and applies it. An object that disappeared since the list is added to `missing`. */
async function update(
  { bucket, batches, summary, onUnreadable, onDone }: Comparison,
  object: ReadObject,
  missing: [key: string, version: string][],
): Promise<void> {
  const read = await readChange(bucket, object);
  if (read === null) {
    if (object.replaces !== null) missing.push([object.key, object.replaces]);
    return;
  }
  summary.read += 1;
  if (read.change.kind === 'unreadable') onUnreadable(object.key);
  await batches.add(read);
  onDone(object.key);
}
