/** The one who posted a clip, as Discord names them. */
export interface Poster {
  id: string;
  username: string;
  displayName: string;
  /** Discord's hash of the avatar; null for one of the default avatars. */
  avatar: string | null;
}

/**
 * One video attachment of one message, as Discord told it. Only what Discord said stands here;
 * what Everclip found out by itself is in the clip's state.
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
  /** The message's text with mentions resolved to names. */
  description: string;
  /** With its ending. */
  filename: string;
  /** The signed CDN link: a secret while it lives, never to be logged. */
  url: string;
  sizeBytes?: number;
  contentType?: string;
  width?: number;
  height?: number;
  durationSeconds?: number;
  /** Discord's thumbhash, base64. */
  placeholder?: string;
}

/** Where a clip was seen: by the gateway, by the sweep that makes good for it, or by a backfill. */
export type ClipSource = 'live' | 'sweep' | 'backfill';

/** What names a clip: enough to compute every key and id of it. */
export type ClipRef = Pick<Clip, 'messageId' | 'attachmentId' | 'channelId'>;

/** `<messageId>-<attachmentId>`: unique, because a forward repeats the attachment's id but not the message's. */
export const clipId = (clip: Pick<Clip, 'messageId' | 'attachmentId'>): string =>
  `${clip.messageId}-${clip.attachmentId}`;

/** Object key of the record. */
export const recordKey = (clip: ClipRef): string =>
  `messages/${clip.channelId}/${clipId(clip)}.json`;

/** Object key of the picture; `extension` without a dot. */
export const thumbnailKey = (
  clip: Pick<Clip, 'messageId' | 'attachmentId'>,
  extension: string,
): string => `thumb/${clipId(clip)}.${extension}`;

/** Object key of a poster's data. */
export const userDataKey = (userId: string): string => `userData/${userId}.json`;

/** Object key of a poster's avatar; `extension` without a dot. */
export const avatarKey = (userId: string, extension: string): string =>
  `userData/${userId}.${extension}`;

/** Where the message can be read in Discord. */
export const messageLink = (clip: Pick<Clip, 'guildId' | 'channelId' | 'messageId'>): string =>
  `https://discord.com/channels/${clip.guildId ?? '@me'}/${clip.channelId}/${clip.messageId}`;

/** The line a person reads in the Web UI's list: "COMET.mp4 by _juno in #overtime". */
export const clipSummary = (clip: Clip): string =>
  `${clip.filename} by ${clip.poster.username} in #${clip.channelName}`;
