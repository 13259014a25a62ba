import type { ClipRef } from '../../clip/clip.ts';
import { compareSnowflakes, isSnowflake } from '../../clip/snowflake.ts';
import type { BucketPort } from '../ports.ts';

/** A range of message ids. The lowest id belongs to the range, and `before` does not. */
export interface IdRange {
  /** Null if the range has no lowest id. */
  from: string | null;
  before: string;
}

/**
 * Lists the clips of a channel that have a record, and whose message ids are in the range. The list asks only for keys
 * that begin with the digits that all ids of the range share, so that the audit of a long history doesn't list all
 * records of the channel for each page. The newest clip comes first.
 * @throws the errors of the bucket
 */
export async function listRecordedClips(
  bucket: Pick<BucketPort, 'list'>,
  channelId: string,
  { from, before }: IdRange,
): Promise<ClipRef[]> {
  const folder = `messages/${channelId}/`;
  const found: ClipRef[] = [];
  for await (const { key } of bucket.list(folder + sharedDigits(from, before))) {
    const [, messageId, attachmentId] = /^(\d+)-(\d+)\.json$/.exec(key.slice(folder.length)) ?? [];
    if (!isSnowflake(messageId) || attachmentId === undefined) continue;
    const isInRange =
      compareSnowflakes(messageId, before) < 0 &&
      (from === null || compareSnowflakes(messageId, from) >= 0);
    if (isInRange) found.push({ channelId, messageId, attachmentId });
  }
  return found.sort((a, b) => compareClips(b, a));
}

/** Compares clips by the time of their message. */
export function compareClips(
  a: Pick<ClipRef, 'messageId' | 'attachmentId'>,
  b: Pick<ClipRef, 'messageId' | 'attachmentId'>,
): number {
  return (
    compareSnowflakes(a.messageId, b.messageId) || compareSnowflakes(a.attachmentId, b.attachmentId)
  );
}

/** Returns the first digits that both ids have. Ids between ids of the same length have these digits too. */
function sharedDigits(from: string | null, before: string): string {
  if (from?.length !== before.length) return '';
  let length = 0;
  while (length < from.length && from[length] === before[length]) length += 1;
  return from.slice(0, length);
}
