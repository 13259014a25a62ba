import type { ClipRef } from '../../clip/clip.ts';
import { clipOfRecordKey } from '../../clip/forget/objects.ts';
import type { ClipRecord } from '../../clip/record.ts';
import type { BucketPort, ListedObject } from '../ports.ts';

/** How many records are read at the same time. One read takes about 20 ms, and a bucket may have 100,000 records. */
const CONCURRENT_READS = 16;

export interface ScannedRecord {
  clip: ClipRef;
  /** The fields of the record. Anybody with access to the bucket can have written them. */
  record: Partial<Omit<ClipRecord, 'Status'>> & { Status?: string };
  /** The record as it is stored. */
  body: string;
}

export interface ScanOptions {
  /** Which records are read; all if absent. */
  isWanted?: (clip: ClipRef, listed: ListedObject) => boolean;
  /** Reads only the records whose key comes after this key, in the order of their keys. All keys are held in memory. */
  after?: string;
}

/**
 * Reads the records under `prefix`, and yields them in no particular order unless `after` is given. A damaged record has
 * no fields, but its key still says which clip it belongs to.
 */
export async function* scanRecords(
  bucket: BucketPort,
  prefix: string,
  { isWanted = () => true, after }: ScanOptions = {},
): AsyncGenerator<ScannedRecord> {
  let batch: { key: string; clip: ClipRef }[] = [];
  const listed = bucket.list(prefix);
  for await (const object of after === undefined ? listed : await sortAfter(listed, after)) {
    const { key } = object;
    const clip = clipOfRecordKey(key);
    if (clip === null || !isWanted(clip, object)) continue;
    batch.push({ key, clip });
    if (batch.length < CONCURRENT_READS) continue;
    yield* await readAll(bucket, batch);
    batch = [];
  }
  yield* await readAll(bucket, batch);
}

async function sortAfter(
  listed: AsyncIterable<ListedObject>,
  after: string,
): Promise<ListedObject[]> {
  const later: ListedObject[] = [];
  for await (const object of listed) if (object.key > after) later.push(object);
  return later.sort((a, b) => (a.key < b.key ? -1 : 1));
}

async function readAll(
  bucket: BucketPort,
  batch: readonly { key: string; clip: ClipRef }[],
): Promise<ScannedRecord[]> {
  const read = await Promise.all(
    batch.map(async ({ key, clip }) => {
      const stored = await bucket.read(key);
      return stored && { clip, record: fieldsOf(stored.body) ?? {}, body: stored.body };
    }),
  );
  return read.filter((scanned) => scanned !== null);
}

/** Returns the fields of a stored record, or null if the object is not a JSON object. */
export function fieldsOf(body: string): ScannedRecord['record'] | null {
  try {
    const parsed: unknown = JSON.parse(body);
    return typeof parsed === 'object' && parsed !== null ? parsed : null;
  } catch {
    return null;
  }
}
