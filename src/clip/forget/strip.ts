import type { ClipRecord } from '../record.ts';
import { defined } from '../values.ts';

/**
 * Returns the record without everything that people wrote or are: text, poster, link, file name, pictures and facts of
 * the file. Ids of the message and times stay. Programs that read records expect the fields of the old archive, so
 * these fields stay too, and their texts are empty.
 */
export function stripRecord(record: ClipRecord): ClipRecord {
  return defined<ClipRecord>({
    Id: record.Id,
    Discord_id: record.Discord_id,
    Poster: '',
    Poster_Id: '',
    Date: record.Date,
    Link_to_message: record.Link_to_message,
    Description: '',
    Attachment_URL: '',
    Filename: '',
    Expire_Timestamp: null,
    channelId: record.channelId,
    guildId: record.guildId,
    Status: record.Status,
    Revision: record.Revision,
    Attempt: record.Attempt,
    Created_At: record.Created_At,
    Deleted_At: record.Deleted_At,
    Clipped_At: record.Clipped_At,
  });
}

/** True if the record was stripped. A clip always has a link, so a record without one has nothing left. */
export function isStripped({
  Status,
  Attachment_URL,
  Poster,
}: Partial<Pick<ClipRecord, 'Attachment_URL' | 'Poster'>> & { Status?: string }): boolean {
  return Status === 'deleted' && Attachment_URL === '' && Poster === '';
}
