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
 * Returns the objects that the catalog has and the list did not return, with the catalog's versions. They need not be
 * gone: a worker may have written them since, or the list came in an unusual order.
 *
 * Buckets list one folder after the other, so the versions of one folder are in memory at a time. If a folder comes in
 * two parts, its versions are read twice.
 */
export async function comparePrefix(
  comparison: Comparison,
  prefix: string,
): Promise<[key: string, version: string][]> {
  const { catalog, store, bucket, pool, batches, summary, signal } = comparison;
  const seen = new Set<string>();
  const missing: [key: string, version: string][] = [];
  let folder = '';
  let versions = new Map<string, string>();
  for await (const object of bucket.list(prefix)) {
    signal.throwIfAborted();
    const { key } = object;
    if (!isCatalogKey(key)) continue;
    const itsFolder = key.slice(0, key.lastIndexOf('/') + 1);
    if (itsFolder !== folder) {
      missing.push(...versions);
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
  missing.push(...versions);
  await pool.finish();
  await batches.flush();
  for (const known of await store.readFolders(prefix)) {
    if (!seen.has(known)) missing.push(...(await catalog.readVersions(known)));
  }
  return missing;
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
