import { recordKey } from '../clip/clip.ts';
import { adoptedFrom, recordOf, supersedes, type ClipRecord } from '../clip/record.ts';
import type { AdoptedState, RecordState } from '../clip/state.ts';
import { serviceFailed } from '../errors.ts';
import type { BucketPort, StoredObject } from './ports.ts';

/** Public objects are cached for an hour unless they say otherwise: longer than a link may still live. */
export const RECORD_OPTIONS = {
  contentType: 'application/json',
  cacheControl: 'no-cache',
} as const;

/** What stands in the bucket instead of what was to be written; empty: it was written. */
export interface WriteOutcome {
  /** Of an earlier workflow, where that was to be adopted. */
  adopted?: AdoptedState;
  /** The later revision that stands there. */
  superseded?: number;
}

/**
 * Writes a clip's record by compare-and-set. A stored record of a later revision, or of a later
 * attempt at this one, stays: an attempt that was given up can't overwrite its successor. Of a later
 * revision the answer tells (`superseded`): a workflow that hears it never wrote that one, so the
 * bucket or Temporal was restored from a backup, and it must write again with a later revision.
 * A worker that replaces a killed one counts local attempts from one again, and what it writes may
 * have changed: where a later attempt says something else this one fails, so that the next, with a
 * higher number, gets through; whoever was given up fails unheard.
 * With `adopt` (a workflow's first write) a record that is there already is not replaced but
 * returned, to be merged and written again. `attempt` counts from 1.
 * `onWritten` is called where the record was written, and not where one that stood there stayed.
 * @throws ServiceFailed, and what the bucket throws
 */
export async function compareAndSetRecord(
  bucket: BucketPort,
  state: RecordState,
  {
    attempt,
    adopt,
    onWritten = () => undefined,
  }: { attempt: number; adopt: boolean; onWritten?: () => void },
): Promise<WriteOutcome> {
  const key = recordKey(state.clip);
  const record = recordOf(state, attempt);
  const body = JSON.stringify(record, null, 2);
  const written = () => {
    onWritten();
    return {};
  };
  // Nearly every first write finds nothing there, so it need not look.
  if (adopt && (await bucket.write(key, body, { ...RECORD_OPTIONS, condition: 'absent' })))
    return written();
  for (;;) {
    const stored = await bucket.read(key);
    const earlier = stored && parseRecord(stored);
    if (earlier && adopt) return { adopted: adoptedFrom(earlier) };
    if (earlier && supersedes(earlier, record)) {
      if (earlier.Revision > record.Revision) return { superseded: earlier.Revision };
      if (saysTheSame(earlier, record)) return {};
      throw serviceFailed(`attempt ${earlier.Attempt} wrote something else as this revision`);
    }
    const condition = stored ? { generation: stored.generation } : ('absent' as const);
    if (await bucket.write(key, body, { ...RECORD_OPTIONS, condition })) return written();
  }
}

const saysTheSame = (stored: ClipRecord, record: ClipRecord): boolean =>
  JSON.stringify({ ...stored, Attempt: record.Attempt }) === JSON.stringify(record);

/** Null for what is no record of ours: such an object is replaced. */
function parseRecord({ body }: StoredObject): ClipRecord | null {
  try {
    const parsed = JSON.parse(body) as Partial<ClipRecord> | null;
    return typeof parsed?.Revision === 'number' ? (parsed as ClipRecord) : null;
  } catch {
    return null;
  }
}
