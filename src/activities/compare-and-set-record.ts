import { recordKey, type ClipRef } from '../clip/clip.ts';
import { isStripped, stripRecord } from '../clip/forget/strip.ts';
import { isTombstone } from '../clip/forget/tombstone.ts';
import { isWebLink } from '../clip/link.ts';
import {
  endedStatusOf,
  parseRecord,
  recordOf,
  supersedes,
  type ClipRecord,
} from '../clip/record.ts';
import { adoptedFrom } from '../clip/record/adopt.ts';
import type { AdoptedState, EndedStatus, RecordState } from '../clip/state.ts';
import { laterAttemptStored } from '../errors.ts';
import type { BucketPort } from './ports.ts';

/** Without `no-cache`, public objects are cached for an hour, and a link may expire sooner. */
export const RECORD_OPTIONS = {
  contentType: 'application/json',
  cacheControl: 'no-cache',
} as const;

/**
 * What the write found in the bucket. The result is an empty object if the record was written, or was already stored
 * with the same content.
 */
export interface WriteOutcome {
  /** The state from an earlier workflow's record, which was adopted instead of replaced. */
  adopted?: AdoptedState;
  /**
   * The revision of the stored record, if that revision is higher than the revision to write. The stored record was not
   * replaced.
   */
  superseded?: number;
  /** The status of the stored record, if the record was not replaced and says that the clip has ended. */
  ended?: EndedStatus | 'purged';
  /**
   * True if the bucket has nothing personal of the clip any more, because its record was stripped or purged. The
   * workflow then deletes its own execution, whose history has the rest.
   */
  erased?: true;
}

export interface WriteOptions {
  /** The number of this attempt to write the revision, counted from 1. */
  attempt: number;
  /** True for the workflow's first write: return an existing record instead of replacing it. */
  adopt: boolean;
  /** True if the record is written without everything that people wrote or are (`stripRecord`). */
  strips?: boolean;
  /** Called only if the record was written. Gets the record that was stored before; null if no record was stored. */
  onWritten?: (replaced: ClipRecord | null) => void;
  /**
   * Called with the record that the bucket now has, even if another attempt or another workflow wrote it. That attempt's
   * worker may have been killed before it told anybody of its write.
   */
  onStored?: (stored: StoredRecord) => void;
}

export interface StoredRecord {
  key: string;
  /** The version of the object in the bucket, as `list` returns it. */
  version: string;
  record: ClipRecord;
}

/**
 * Writes a clip's record by compare-and-set. A stored record with a higher revision, or with a higher attempt number at
 * the same revision, is not replaced. So an attempt that timed out cannot overwrite the record of a newer attempt.
 *
 * - If the stored revision is higher, it is returned as `superseded`. This workflow did not write that revision, so the
 *   bucket or Temporal was restored from a backup. The workflow then writes again with an even higher revision.
 * - If the clip was purged, the write returns `ended` and never replaces the tombstone.
 * - If only the stored attempt number is higher, and the content is the same, the write counts as done.
 * - If only the stored attempt number is higher, and the content differs, the write fails. The write fails in this way
 *   after a worker was killed, because the next worker counts local attempts from 1 again. The failure contains the
 *   stored attempt number, so the retry uses a higher number and succeeds.
 *
 * @throws ServiceFailed, and any error of the bucket
 */
export async function compareAndSetRecord(
  bucket: BucketPort,
  state: RecordState,
  { attempt, adopt, strips = false, onWritten, onStored }: WriteOptions,
): Promise<WriteOutcome> {
  const key = recordKey(state.clip);
  const complete = recordOf(state, attempt);
  const record = strips ? stripRecord(complete) : complete;
  const body = JSON.stringify(record, null, 2);
  // The first write does not read the bucket beforehand, because an earlier record rarely exists.
  if (adopt) {
    const version = await bucket.write(key, body, { ...RECORD_OPTIONS, condition: 'absent' });
    if (version !== null) {
      onWritten?.(null);
      onStored?.({ key, version, record });
      return {};
    }
  }
  for (;;) {
    const stored = await bucket.read(key);
    if (stored && isTombstone(stored.body)) return { ended: 'purged', erased: true };
    const earlier = stored && parseRecord(stored.body);
    if (stored && earlier && (adopt || supersedes(earlier, record))) {
      const outcome = adopt
        ? { adopted: adoptedFrom(earlier), ...endOf(earlier) }
        : keepStored(earlier, record);
      onStored?.({ key, version: stored.version, record: earlier });
      return outcome;
    }
    const condition = stored ? { generation: stored.generation } : ('absent' as const);
    const version = await bucket.write(key, body, { ...RECORD_OPTIONS, condition });
    if (version !== null) {
      onWritten?.(earlier);
      onStored?.({ key, version, record });
      return {};
    }
  }
}

/** Returns the link in the stored record, or null if there is no record. */
export async function findStoredLink(bucket: BucketPort, clip: ClipRef): Promise<string | null> {
  const stored = await bucket.read(recordKey(clip));
  const url = stored && parseRecord(stored.body)?.Attachment_URL;
  return isWebLink(url) ? url : null;
}

function keepStored(stored: ClipRecord, record: ClipRecord): WriteOutcome {
  if (stored.Revision > record.Revision) {
    return { superseded: stored.Revision, ...endOf(stored) };
  }
  if (hasSameContent(stored, record)) return {};
  throw laterAttemptStored({ storedAttempt: stored.Attempt, revision: record.Revision });
}

function endOf(stored: ClipRecord): Pick<WriteOutcome, 'ended' | 'erased'> {
  const ended = endedStatusOf(stored);
  if (ended === null) return {};
  return isStripped(stored) ? { ended, erased: true } : { ended };
}

function hasSameContent(stored: ClipRecord, record: ClipRecord): boolean {
  return JSON.stringify({ ...stored, Attempt: record.Attempt }) === JSON.stringify(record);
}
