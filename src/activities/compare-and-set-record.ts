import { recordKey } from '../clip/clip.ts';
import { adoptedFrom, recordOf, supersedes, type ClipRecord } from '../clip/record.ts';
import type { AdoptedState, RecordState } from '../clip/state.ts';
import { serviceFailed } from '../errors.ts';
import type { BucketPort, StoredObject } from './ports.ts';

/** Without `no-cache` public objects are cached for an hour, which is longer than a link may live. */
export const RECORD_OPTIONS = {
  contentType: 'application/json',
  cacheControl: 'no-cache',
} as const;

/** What the write found in the bucket; empty if the record was written. */
export interface WriteOutcome {
  /** The state of an earlier workflow's record, if the write was to adopt one. */
  adopted?: AdoptedState;
  /** The later revision in the bucket, which was not replaced. */
  superseded?: number;
}

export interface WriteOptions {
  /** Which attempt at this revision this is, counted from 1. */
  attempt: number;
  /** The workflow's first write: return an existing record instead of replacing it. */
  adopt: boolean;
  /** Called if the record was written, and not if the stored record stayed. */
  onWritten?: () => void;
}

/**
 * Writes a clip's record by compare-and-set. A stored record with a later revision, or with a later attempt at the
 * same revision, stays, so that an attempt that timed out cannot overwrite its successor.
 *
 * - A later revision is returned as `superseded`. The workflow never wrote it, so the bucket or Temporal was restored
 *   from a backup. The workflow then writes again with a revision after that one.
 * - A later attempt with the same content counts as written.
 * - A later attempt with other content fails the write. This happens when a worker takes over from a killed one and
 *   counts local attempts from 1 again. The retry has a higher number and succeeds.
 *
 * @throws ServiceFailed, and what the bucket throws
 */
export async function compareAndSetRecord(
  bucket: BucketPort,
  state: RecordState,
  { attempt, adopt, onWritten }: WriteOptions,
): Promise<WriteOutcome> {
  const key = recordKey(state.clip);
  const record = recordOf(state, attempt);
  const body = JSON.stringify(record, null, 2);
  // Nearly every first write finds an empty place, so it writes before it reads.
  if (adopt && (await bucket.write(key, body, { ...RECORD_OPTIONS, condition: 'absent' }))) {
    onWritten?.();
    return {};
  }
  for (;;) {
    const stored = await bucket.read(key);
    const earlier = stored && parseRecord(stored);
    if (earlier && adopt) return { adopted: adoptedFrom(earlier) };
    if (earlier && supersedes(earlier, record)) return keepStored(earlier, record);
    const condition = stored ? { generation: stored.generation } : ('absent' as const);
    if (await bucket.write(key, body, { ...RECORD_OPTIONS, condition })) {
      onWritten?.();
      return {};
    }
  }
}

function keepStored(stored: ClipRecord, record: ClipRecord): WriteOutcome {
  if (stored.Revision > record.Revision) return { superseded: stored.Revision };
  if (hasSameContent(stored, record)) return {};
  throw serviceFailed(
    `attempt ${stored.Attempt} wrote other content as revision ${record.Revision}; retrying as a later attempt`,
  );
}

function hasSameContent(stored: ClipRecord, record: ClipRecord): boolean {
  return JSON.stringify({ ...stored, Attempt: record.Attempt }) === JSON.stringify(record);
}

/** Returns null if the object is not a record of Everclip's. Such an object is replaced. */
function parseRecord({ body }: StoredObject): ClipRecord | null {
  try {
    const parsed = JSON.parse(body) as Partial<ClipRecord> | null;
    return typeof parsed?.Revision === 'number' ? (parsed as ClipRecord) : null;
  } catch {
    return null;
  }
}
