import { plainText } from './plain-text.ts';

/** The user who posted a clip. */
export interface Poster {
  id: string;
  username: string;
  displayName: string;
  /** Discord's hash of the avatar; null for a default avatar. */
  avatar: string | null;
}

/**
 * One video attachment of one message. It contains only data from Discord. The data that Everclip adds is in the clip's
 * state (`state.ts`).
 */
export interface Clip {
  messageId: string;
  attachmentId: string;
  channelId: string;
  channelName: string;
  /** Null outside a guild (direct messages). */
  guildId: string | null;
  guildName: string | null;
  poster: Poster;
  /** Epoch milliseconds. */
  postedAtMs: number;
  /** The message's text, in which names replace the ids of mentions. */
  description: string;
  /** The file name with its extension. */
  filename: string;
  /** The signed CDN link. A valid link is a secret: never log it. */
  url: string;
  sizeBytes?: number;
  contentType?: string;
  width?: number;
  height?: number;
  durationSeconds?: number;
  /** Discord's thumbhash, base64. */
  placeholder?: string;
}

/** What found a clip: the gateway (`live`), a sweep for messages that the gateway missed, or a backfill. */
export type ClipSource = 'live' | 'sweep' | 'backfill';

/** The ids that identify a clip. Every object key and workflow id is computed from them. */
export type ClipRef = Pick<Clip, 'messageId' | 'attachmentId' | 'channelId'>;

/**
 * Returns `<messageId>-<attachmentId>`. The attachment's id is not unique: if the message is forwarded, the forwarding
 * message contains the same attachment id.
 */
export function clipId(clip: Pick<Clip, 'messageId' | 'attachmentId'>): string {
  return `${clip.messageId}-${clip.attachmentId}`;
}

/** Object key of the record. */
export function recordKey(clip: ClipRef): string {
  return `messages/${clip.channelId}/${clipId(clip)}.json`;
}

/** Object key of the thumbnail; `extension` has no dot. */
export function thumbnailKey(
  clip: Pick<Clip, 'messageId' | 'attachmentId'>,
  extension: string,
): string {
  return `thumb/${clipId(clip)}.${extension}`;
}

/** Object key of a poster's user data. */
export function userDataKey(userId: string): string {
  return `userData/${userId}.json`;
}

/** Object key of a poster's avatar; `extension` has no dot. */
export function avatarKey(userId: string, extension: string): string {
  return `userData/${userId}.${extension}`;
}

/** Returns the message's URL in Discord. */
export function messageLink(clip: Pick<Clip, 'guildId' | 'channelId' | 'messageId'>): string {
  return `https://discord.com/channels/${clip.guildId ?? '@me'}/${clip.channelId}/${clip.messageId}`;
}

/** Temporal allows 400 bytes for the summary of a workflow. The sum of these limits is smaller. */
const MAX_TITLE_BYTES = 200;
const MAX_NAME_BYTES = 80;

/** The clip's line in the Web UI's list: "COMET.mp4 by _juno in #overtime". */
export function clipSummary(clip: Clip): string {
  return `${shownTitle(clip)} by ${shownName(clip.poster.username)} in #${shownName(clip.channelName)}`;
}

/** Returns the clip's file name for the Web UI and for the log. */
export function shownTitle(clip: Pick<Clip, 'filename'>): string {
  return plainText(clip.filename, MAX_TITLE_BYTES);
}

/** Returns the name of a poster or channel for the Web UI and for the log. */
export function shownName(name: string): string {
  return plainText(name, MAX_NAME_BYTES);
}
