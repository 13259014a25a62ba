import * as v from 'valibot';
import { clipId, type ClipRef } from '../clip.ts';
import { isOfAnotherAttachment, isWebLink } from '../link.ts';
import { parseRecord, type ClipRecord } from '../record.ts';
import { check, objectOf, quantitySchema, textSchema } from '../schemas/basics.ts';

/** What an audit thinks of a clip's stored record. */
export type RecordVerdict =
  | { kind: 'missing' }
  /** `fault` says what is wrong, as the second half of a sentence. */
  | { kind: 'damaged'; fault: string }
  /** The clip was purged. The object may have nothing but its status and its ids, and keeps the clip from coming back. */
  | { kind: 'purged' }
  | { kind: 'sound'; record: ClipRecord };

/** The fields that every record has (docs/records.md). `parseRecord` checks `Revision` and `Attempt`. */
const soundSchema = objectOf({
  Id: textSchema,
  Discord_id: textSchema,
  Poster: textSchema,
  Poster_Id: textSchema,
  Date: quantitySchema,
  Link_to_message: textSchema,
  Description: textSchema,
  Attachment_URL: textSchema,
  Expire_Timestamp: v.nullable(quantitySchema),
  Filename: textSchema,
  channelId: textSchema,
  guildId: v.nullable(textSchema),
  Status: textSchema,
});

/**
 * Judges the stored record of a clip. A record is damaged if it is not JSON, lacks a field that every record has, has a
 * field of the wrong type, or describes another clip. `body` is null if the bucket has no record. `url` is the clip's
 * link if a message shows the clip.
 */
export function judgeRecord(body: string | null, clip: ClipRef & { url?: string }): RecordVerdict {
  if (body === null) return { kind: 'missing' };
  if (isPurged(body)) return { kind: 'purged' };
  const record = parseRecord(body);
  if (record === null) return { kind: 'damaged', fault: 'it is not a record' };
  const { fault } = check(soundSchema, record);
  if (fault !== null) return { kind: 'damaged', fault };
  // The link of a deleted clip may be removed, because nobody needs it any more.
  if (!isWebLink(record.Attachment_URL) && record.Status !== 'deleted') {
    return { kind: 'damaged', fault: 'Attachment_URL is not an http(s) link' };
  }
  const isOfClip =
    record.Id === clipId(clip) &&
    record.Discord_id === clip.messageId &&
    record.channelId === clip.channelId &&
    !(clip.url !== undefined && isOfAnotherAttachment(record.Attachment_URL, clip.url));
  return isOfClip ? { kind: 'sound', record } : { kind: 'damaged', fault: 'it is of another clip' };
}

function isPurged(body: string): boolean {
  try {
    return (JSON.parse(body) as { Status?: unknown } | null)?.Status === 'purged';
  } catch {
    return false;
  }
}
