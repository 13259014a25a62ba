import { clipId, messageLink } from './clip.ts';
import { leaseOf } from './lease.ts';
import type { AdoptedState, ClipStatus, MediaFacts, RecordState, ThumbnailError } from './state.ts';

/**
 * The clip's JSON object in the bucket. The capitalised names are those of the old archive, which its
 * readers know; times are epoch seconds, `Runtime` seconds, pixels after rotation, ids strings.
 */
export interface ClipRecord {
  Id: string;
  Discord_id: string;
  Poster: string;
  Poster_Id: string;
  Date: number;
  Link_to_message: string;
  Description: string;
  Attachment_URL: string;
  /** Without its ending. */
  Filename: string;
  /** Null where the link says no expiry. */
  Expire_Timestamp: number | null;
  channelId: string;
  guildId: string | null;
  Status: ClipStatus;
  Revision: number;
  /** Which attempt of that revision's write this is: a late attempt never replaces a later one. */
  Attempt: number;
  Size?: number;
  Content_Type?: string;
  Runtime?: number;
  Width?: number;
  Height?: number;
  Codec?: string;
  Frame_Rate?: number;
  /** Of the whole file, bits per second. */
  Bit_Rate?: number;
  Has_Audio?: boolean;
  /** When the camera or recorder says that it was made. */
  Created_At?: number;
  Placeholder?: string;
  Thumbnail?: string;
  Thumbnail_Error?: ThumbnailError;
  Deleted_At?: number;
}

/** Only a known ending is dropped: "match 12.30" without one stays whole. */
const VIDEO_ENDING = /\.(mp4|m4v|mov|webm|mkv)$/i;

/** Makes the record of a clip's state: the whole of it, so that a write never drops a field. */
export function recordOf(state: RecordState, attempt: number): ClipRecord {
  const { clip, facts } = state;
  return defined<ClipRecord>({
    Id: clipId(clip),
    Discord_id: clip.messageId,
    Poster: clip.poster.username,
    Poster_Id: clip.poster.id,
    Date: clip.postedAtMs / 1000,
    Link_to_message: messageLink(clip),
    Description: clip.description,
    Attachment_URL: clip.url,
    Filename: clip.filename.replace(VIDEO_ENDING, ''),
    Expire_Timestamp: leaseOf(clip.url)?.expiresAt ?? null,
    channelId: clip.channelId,
    guildId: clip.guildId,
    Status: state.status,
    Revision: state.revision,
    Attempt: attempt,
    Size: clip.sizeBytes,
    Content_Type: clip.contentType,
    Runtime: facts?.durationSeconds ?? clip.durationSeconds,
    Width: facts?.width ?? clip.width,
    Height: facts?.height ?? clip.height,
    Codec: facts?.codec,
    Frame_Rate: facts?.frameRate,
    Bit_Rate: facts?.bitRate,
    Has_Audio: facts?.hasAudio,
    Created_At: facts?.createdAt,
    Placeholder: clip.placeholder,
    Thumbnail: state.thumbnail,
    Thumbnail_Error: state.thumbnailError,
    Deleted_At: state.deletedAtMs === undefined ? undefined : state.deletedAtMs / 1000,
  });
}

/** True where `stored` was written later than `record` in the clip's life, whatever the clock says. */
export const supersedes = (stored: ClipRecord, record: ClipRecord): boolean =>
  stored.Revision > record.Revision ||
  (stored.Revision === record.Revision && stored.Attempt > record.Attempt);

/** What a stored record knows that costs work to find out again. */
export function adoptedFrom(record: ClipRecord): AdoptedState {
  return defined<AdoptedState>({
    revision: record.Revision,
    facts: defined<MediaFacts>({
      durationSeconds: record.Runtime,
      width: record.Width,
      height: record.Height,
      codec: record.Codec,
      frameRate: record.Frame_Rate,
      bitRate: record.Bit_Rate,
      hasAudio: record.Has_Audio,
      createdAt: record.Created_At,
    }),
    thumbnail: record.Thumbnail,
    thumbnailError: record.Thumbnail_Error,
  });
}

/** Leaves out what is undefined, so that an object has a key only where it has a value. */
function defined<T extends object>(object: { [K in keyof T]: T[K] | undefined }): T {
  return Object.fromEntries(
    Object.entries(object).filter(([, value]) => value !== undefined),
  ) as unknown as T;
}
