import { judgeRecord } from '../../clip/audit/judge-record.ts';
import { recordKey, type ClipRef } from '../../clip/clip.ts';
import { endedStatusOf, type ClipRecord } from '../../clip/record.ts';
import type { EndedStatus } from '../../clip/state.ts';
import type { BucketPort } from '../ports.ts';

/** What the bucket has of a clip. */
export type BucketFinding =
  | { kind: 'missing' }
  /** Nobody knows what the record said: the clip may have been stopped, deleted or purged. */
  | { kind: 'damaged' }
  | { kind: 'ended'; status: EndedStatus | 'purged' }
  | { kind: 'missingPicture'; record: ClipRecord }
  /**
   * The record and all pictures that it names are there. `thumbnail` says whether there is a thumbnail, the record says
   * why there is none, or the thumbnail is not made yet.
   */
  | { kind: 'sound'; thumbnail: 'made' | 'failed' | 'notYet'; record: ClipRecord };

/**
 * Reads a clip's record, and looks for the pictures that the record names. `url` is the clip's link if a message shows
 * the clip. The pictures of a clip that has ended don't matter, because nobody could make them again.
 * @throws the errors of the bucket
 */
export async function inspectObjects(
  bucket: Pick<BucketPort, 'read' | 'exists'>,
  clip: ClipRef & { url?: string },
): Promise<BucketFinding> {
  const stored = await bucket.read(recordKey(clip));
  const verdict = judgeRecord(stored?.body ?? null, clip);
  if (verdict.kind === 'purged') return { kind: 'ended', status: 'purged' };
  if (verdict.kind !== 'sound') return { kind: verdict.kind };
  const status = endedStatusOf(verdict.record);
  if (status !== null) return { kind: 'ended', status };
  const { record } = verdict;
  for (const key of pictureKeys(record)) {
    if (!(await bucket.exists(key))) return { kind: 'missingPicture', record };
  }
  return { kind: 'sound', thumbnail: thumbnailOf(record), record };
}

function thumbnailOf({ Thumbnail, Thumbnail_Error }: ClipRecord): 'made' | 'failed' | 'notYet' {
  if (Thumbnail !== undefined) return 'made';
  return Thumbnail_Error === undefined ? 'notYet' : 'failed';
}

/** Returns the keys of the pictures that one thumbnail activity makes. */
function pictureKeys({ Thumbnail, Poster_Image }: ClipRecord): string[] {
  return [
    isKeyIn('thumb', Thumbnail) ? Thumbnail : null,
    isKeyIn('poster', Poster_Image) ? Poster_Image : null,
  ].filter((key) => key !== null);
}

/** True for a key that Everclip can have written. Anybody with access to the bucket can write a record. */
function isKeyIn(folder: string, key: unknown): key is string {
  return typeof key === 'string' && new RegExp(`^${folder}/\\d+-\\d+\\.[a-z]+$`).test(key);
}
