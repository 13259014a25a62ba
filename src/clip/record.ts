import { clipId, messageLink } from './clip.ts';
import { leaseOf } from './lease.ts';
import type { AdoptedState, ClipStatus, MediaFacts, RecordState, ThumbnailError } from './state.ts';

/**
 * The clip's JSON object in the bucket; docs/records.md is its contract. Capitalised names come from the old archive
 * and its readers. Times are epoch seconds, `Runtime` is seconds, pixels are counted after rotation, ids are strings.
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
  /** Without its extension. */
  Filename: string;
  /** Null if the link names no expiry. */
  Expire_Timestamp: number | null;
  channelId: string;
  guildId: string | null;
  Status: ClipStatus;
  Revision: number;
  /** Which attempt at writing this revision succeeded. A stale attempt never replaces a later one. */
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
  /** When the clip was recorded, according to the camera or recorder. */
  Created_At?: number;
  Placeholder?: string;
  Thumbnail?: string;
  Thumbnail_Error?: ThumbnailError;
  Deleted_At?: number;
}

/** Only known extensions are dropped, so "match 12.30" stays whole. */
const VIDEO_EXTENSION = /\.(mp4|m4v|mov|webm|mkv)$/i;

/** The record of a clip's state. It is always complete, so a write never drops a field. */
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
    Filename: clip.filename.replace(VIDEO_EXTENSION, ''),
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

/** True if `stored` is later in the clip's life than `record`. Clocks do not matter. */
export function supersedes(stored: ClipRecord, record: ClipRecord): boolean {
  return (
    stored.Revision > record.Revision ||
    (stored.Revision === record.Revision && stored.Attempt > record.Attempt)
  );
}

/** The part of a stored record that would cost work to find out again. */
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

/** Drops keys whose value is undefined. */
function defined<T extends object>(object: { [K in keyof T]: T[K] | undefined }): T {
  return Object.fromEntries(
    Object.entries(object).filter(([, value]) => value !== undefined),
  ) as unknown as T;
}
