import * as v from 'valibot';
import { clipId, messageLink, userDataKey, type Player } from './clip.ts';
import { leaseOf } from './lease.ts';
import { check, objectOf } from './schemas/basics.ts';
import {
  ENDED_STATUSES,
  type ClipStatus,
  type EndedStatus,
  type RecordState,
  type ThumbnailError,
} from './state.ts';
import { defined } from './values.ts';

/**
 * The clip's JSON object in the bucket, as documented in docs/records.md. Names are capitalised for compatibility with
 * the old archive and the programs that read it. Times are in epoch seconds, and `Runtime` is in seconds. Width and
 * height are in pixels after rotation. Ids are strings.
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
  /** The file name without its extension. */
  Filename: string;
  /** Null if the link has no expiry. */
  Expire_Timestamp: number | null;
  channelId: string;
  guildId: string | null;
  Status: ClipStatus;
  Revision: number;
  /**
   * The number of the attempt that wrote this revision. A stale attempt never replaces the record of a newer attempt.
   */
  Attempt: number;
  Size?: number;
  Content_Type?: string;
  Runtime?: number;
  Width?: number;
  Height?: number;
  Codec?: string;
  Frame_Rate?: number;
  /** The bit rate of the whole file, bits per second. */
  Bit_Rate?: number;
  Has_Audio?: boolean;
  /** When the clip was recorded, according to the camera or recorder. */
  Created_At?: number;
  Placeholder?: string;
  Thumbnail?: string;
  /** Object key of the poster image. */
  Poster_Image?: string;
  /** The first 16 hexadecimal digits of the SHA-256 of the thumbnail's bytes. */
  Thumbnail_Hash?: string;
  /** The same for the poster image. */
  Poster_Image_Hash?: string;
  /** Object key of the storyboard. */
  Storyboard?: string;
  /** The same for the storyboard. */
  Storyboard_Hash?: string;
  /** When each frame of the storyboard is shown, in seconds from the start of the clip. */
  Storyboard_Times?: number[];
  /** The version of the pictures (`record/picture-version.ts`). */
  Picture_Version?: number;
  Thumbnail_Error?: ThumbnailError;
  Deleted_At?: number;
  /** The name that the uploader gave, if Discord had to change the file's name. */
  Title?: string;
  Alt_Text?: string;
  Spoiler?: boolean;
  /** The channel was age-restricted when the clip was found. */
  Nsfw?: boolean;
  /**
   * A clip that was made in Discord also has the users in the stream, the game, and the time at which the clip was
   * made.
   */
  Players?: RecordedPlayer[];
  Game?: string;
  Clipped_At?: number;
  /** The user whose command a bot answered with the message. */
  Posted_By_Id?: string;
  Webhook_Id?: string;
  /** Object key of the user data of a webhook's poster. */
  User_Data?: string;
}

export interface RecordedPlayer {
  Id: string;
  Name: string;
  Display_Name: string;
}

/** Only known extensions are removed, so "match 12.30" stays unchanged. */
const VIDEO_EXTENSION = /\.(mp4|m4v|mov|webm|mkv)$/i;

/** Returns the record of a clip's state. The record is always complete, so a write never loses a field. */
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
    Size: clip.sizeBytes ?? facts?.sizeBytes,
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
    Poster_Image: state.posterImage,
    Thumbnail_Hash: state.thumbnailHash,
    Poster_Image_Hash: state.posterImageHash,
    Storyboard: state.storyboard,
    Storyboard_Hash: state.storyboardHash,
    Storyboard_Times: state.storyboardTimes,
    Picture_Version: state.pictureVersion,
    Thumbnail_Error: state.thumbnailError,
    Deleted_At: secondsOf(state.deletedAtMs),
    Title: clip.title,
    Alt_Text: clip.altText,
    Spoiler: clip.spoiler,
    Nsfw: clip.nsfw,
    Players: clip.players?.map(recordPlayer),
    Game: clip.game,
    Clipped_At: secondsOf(clip.clippedAtMs),
    Posted_By_Id: clip.postedBy?.id,
    Webhook_Id: clip.webhookId,
    User_Data: clip.poster.userDataId && userDataKey(clip.poster.userDataId),
  });
}

function recordPlayer({ id, username, displayName }: Player): RecordedPlayer {
  return { Id: id, Name: username, Display_Name: displayName };
}

function secondsOf(ms: number | undefined): number | undefined {
  return ms === undefined ? undefined : ms / 1000;
}

/**
 * Everclip's revisions and attempt numbers never get this high. The limit is so low that JavaScript can still add 1 to
 * any number below it without rounding.
 */
const MAX_COUNT = 2 ** 52;

/** A number that can be a record's `Revision` or `Attempt`. */
const countSchema = v.pipe(v.number(), v.integer(), v.minValue(1), v.ltValue(MAX_COUNT));

const storedRecordSchema = objectOf({
  Revision: countSchema,
  // An invalid attempt number counts as earlier than all attempts.
  Attempt: v.fallback(countSchema, 0),
});

/**
 * Returns the record in a stored object, or null if the object is not a record of Everclip. Only `Revision` and
 * `Attempt` are checked. JSON can contain a number such as 1e999. No later write could have a higher number, so no
 * write could replace such a record.
 */
export function parseRecord(body: string): ClipRecord | null {
  try {
    const parsed: unknown = JSON.parse(body);
    const { value: counts } = check(storedRecordSchema, parsed);
    // Keep the order of the fields, because writes compare records as text.
    return counts === null ? null : { ...(parsed as ClipRecord), ...counts };
  } catch {
    return null;
  }
}

/** True if `stored` has a higher revision than `record`, or the same revision and a higher attempt number. */
export function supersedes(stored: ClipRecord, record: ClipRecord): boolean {
  return (
    stored.Revision > record.Revision ||
    (stored.Revision === record.Revision && stored.Attempt > record.Attempt)
  );
}

/** Returns `deleted` or `stopped` if the record says that the clip has ended, or null if not. */
export function endedStatusOf({ Status }: ClipRecord): EndedStatus | null {
  return ENDED_STATUSES.find((status) => status === Status) ?? null;
}
