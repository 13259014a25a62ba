import type { LiveClip } from '../../catalog/catalog.ts';
import { isCovered } from '../texts/covered.ts';
import { lineOf } from '../pages/format.ts';
import { videoPath } from '../paths.ts';
import { messageText } from '../texts/message-text.ts';

/**
 * A far time in milliseconds, 2100-01-01. The old gallery reads the expiry as milliseconds, and null as expired. Read as
 * seconds, the number is a valid date too.
 */
const NEVER_MS = Date.UTC(2100, 0, 1);

/** The old gallery multiplies a time by 1,000 only if the number has a decimal point. */
const FRACTION_SECONDS = 0.001;

/** A record as the old gallery reads it. The names are those of the old scraper. */
export interface OldRecord {
  Id: string;
  Discord_id: string;
  Poster: string;
  /** Epoch seconds, never a whole number. */
  Date: number;
  Link_to_message: string;
  Description: string;
  /** The permalink of the video. */
  Attachment_URL: string;
  Filename: string;
  Expire_Timestamp: number;
  /** For a thread, the id of the channel that the thread belongs to, because the gallery knows only channels. */
  channelId: string;
  /** Seconds. */
  Runtime?: number;
}

/** Returns the key of a poster in the old gallery's user data. Records and user data must agree on it. */
export function oldPosterName(recordedName: string): string {
  return lineOf(recordedName);
}

/** `origin` is the library's address without a slash at the end. */
export function oldRecordOf({ clip, recordedName }: LiveClip, origin: string): OldRecord {
  const { durationSeconds } = clip;
  return {
    Id: clip.id,
    Discord_id: clip.messageId,
    Poster: oldPosterName(recordedName),
    Date: oldTimeOf(clip.postedAtMs),
    Link_to_message: clip.messageLink,
    Description: isCovered(clip) ? '' : messageText(clip.description, { showsSpoilers: false }),
    Attachment_URL: `${origin}${videoPath(clip)}`,
    Filename: lineOf(clip.filename, clip.title),
    Expire_Timestamp: NEVER_MS,
    channelId: clip.channel.parentId ?? clip.channelId,
    ...(durationSeconds === null ? {} : { Runtime: durationSeconds }),
  };
}

/** Returns epoch seconds with a decimal point. */
function oldTimeOf(timeMs: number): number {
  return timeMs % 1000 === 0 ? timeMs / 1000 + FRACTION_SECONDS : timeMs / 1000;
}
