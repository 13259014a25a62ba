import type { ClipRef } from '../../clip/clip.ts';
import { clipObjects } from '../../clip/forget/objects.ts';
import {
  hashesOfPeople,
  hashOfId,
  userDataIdsOf,
  type PostersOfClip,
} from '../../clip/forget/people.ts';
import { isStripped } from '../../clip/forget/strip.ts';
import {
  peopleOfUnfinished,
  tombstoneOf,
  unfinishedTombstoneOf,
  type Tombstone,
} from '../../clip/forget/tombstone.ts';
import type { ClipRecord } from '../../clip/record.ts';
import { RECORD_OPTIONS, type WriteOutcome } from '../compare-and-set-record.ts';
import type { BucketPort, Ports, WriteCondition } from '../ports.ts';
import { fieldsOf, type ScannedRecord } from './scan-records.ts';

type TombstonePorts = Pick<Ports, 'bucket' | 'catalog'>;

/**
 * Replaces a clip's record by an unfinished tombstone. Returns hashes of the people whose user data may be unused then:
 * `people`, and the people in the stored record. A finished tombstone stays if there is nobody to add. No later write
 * of the clip replaces a tombstone, because every write reads the stored object and compares its generation. Safe to
 * repeat.
 */
export async function beginTombstone(
  { bucket, catalog }: TombstonePorts,
  clip: ClipRef,
  people: readonly string[] = [],
): Promise<string[]> {
  const { record: key } = clipObjects(clip);
  for (;;) {
    const stored = await bucket.read(key);
    const record = (stored && fieldsOf(stored.body)) ?? {};
    const isPurged = record.Status === 'purged';
    const known = isPurged
      ? (peopleOfUnfinished(record) ?? [])
      : userDataIdsOf(record).map(hashOfId);
    const all = [...new Set([...known, ...people])];
    if (isPurged && all.length === known.length) {
      tell(catalog, { key, version: stored?.version ?? '', record: tombstoneOf(clip) });
      return all;
    }
    const condition = stored ? { generation: stored.generation } : ('absent' as const);
    if (await write({ bucket, catalog }, key, unfinishedTombstoneOf(clip, all), condition)) {
      return all;
    }
  }
}

/**
 * Replaces a clip's record by a finished tombstone. Call this when nothing else of the clip is left, because no search
 * finds a finished tombstone. An unfinished tombstone is replaced too, unless `keepUnfinished`. Safe to repeat.
 */
export async function finishTombstone(
  { bucket, catalog }: TombstonePorts,
  clip: ClipRef,
  { keepUnfinished = false } = {},
): Promise<void> {
  const { record: key } = clipObjects(clip);
  for (;;) {
    const stored = await bucket.read(key);
    const record = (stored && fieldsOf(stored.body)) ?? {};
    const isFinished = keepUnfinished || peopleOfUnfinished(record) === null;
    if (stored && record.Status === 'purged' && isFinished) {
      tell(catalog, { key, version: stored.version, record: tombstoneOf(clip) });
      return;
    }
    const condition = stored ? { generation: stored.generation } : ('absent' as const);
    if (await write({ bucket, catalog }, key, tombstoneOf(clip), condition)) return;
  }
}

/**
 * Purges a clip on behalf of its own workflow, which deletes its execution afterwards. The user data are reported and
 * the pictures deleted before the tombstone is written: if the work is interrupted, the record is still there, and a
 * search finds it. The pictures are deleted again afterwards, because another worker may have stored some meanwhile.
 */
export async function purgeOwnClip(
  { bucket, catalog, tidyUserData }: TombstonePorts & Pick<Ports, 'tidyUserData'>,
  clip: ClipRef & PostersOfClip,
): Promise<void> {
  await tidyUserData(hashesOfPeople(clip));
  await deletePictures(bucket, clip);
  // Another workflow may be purging the clip, and only that workflow knows when it is finished.
  await finishTombstone({ bucket, catalog }, clip, { keepUnfinished: true });
  await deletePictures(bucket, clip);
}

/**
 * Purges a clip instead of writing its record, if somebody who posted the clip is forgotten. Returns null otherwise. A
 * clip that the gateway found has started already, because ingest has no access to the bucket.
 */
export async function purgeIfForgotten(
  ports: TombstonePorts & Pick<Ports, 'tidyUserData' | 'forgotten'>,
  clip: ClipRef & PostersOfClip,
): Promise<Required<Pick<WriteOutcome, 'ended' | 'erased'>> | null> {
  if (!(await ports.forgotten.isForgotten(clip))) return null;
  await purgeOwnClip(ports, clip);
  return { ended: 'purged', erased: true };
}

/** Writes a tombstone and tells the catalog. Returns false if `condition` does not hold. */
async function write(
  { bucket, catalog }: TombstonePorts,
  key: string,
  record: Tombstone,
  condition: WriteCondition,
): Promise<boolean> {
  const body = JSON.stringify(record, null, 2);
  const version = await bucket.write(key, body, { ...RECORD_OPTIONS, condition });
  if (version !== null) tell(catalog, { key, version, record });
  return version !== null;
}

function tell(
  catalog: Ports['catalog'],
  { key, version, record }: { key: string; version: string; record: Tombstone },
): void {
  // The catalog needs nothing but the status and the ids of a purged record.
  catalog.tell({ kind: 'record', key, version, record: record as unknown as ClipRecord });
}

/** Deletes a clip's pictures. Call this after the record says that the clip is forgotten. Safe to repeat. */
export async function deletePictures(bucket: BucketPort, clip: ClipRef): Promise<void> {
  await Promise.all(clipObjects(clip).pictures.map((key) => bucket.delete(key)));
}

/** True if the clip was purged or stripped, so that it must have no pictures. */
export async function isForgotten(bucket: BucketPort, clip: ClipRef): Promise<boolean> {
  const stored = await bucket.read(clipObjects(clip).record);
  return stored !== null && isForgottenRecord(fieldsOf(stored.body) ?? {});
}

/** The same for the fields of a record. */
export function isForgottenRecord(record: ScannedRecord['record']): boolean {
  return record.Status === 'purged' || isStripped(record);
}
