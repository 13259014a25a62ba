/** The user who posted a clip, as Discord names them. */
export interface Poster {
  id: string;
  username: string;
  displayName: string;
  /** Discord's hash of the avatar; null for a default avatar. */
  avatar: string | null;
}

/**
 * One video attachment of one message. It holds only what Discord says. What Everclip finds out is in the clip's
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
  /** The message's text with mentions resolved to names. */
  description: string;
  /** With its extension. */
  filename: string;
  /** The signed CDN link. It is a secret while it is valid: never log it. */
  url: string;
  sizeBytes?: number;
  contentType?: string;
  width?: number;
  height?: number;
  durationSeconds?: number;
  /** Discord's thumbhash, base64. */
  placeholder?: string;
}

/** What found a clip: the gateway, a sweep for what the gateway missed, or a backfill. */
export type ClipSource = 'live' | 'sweep' | 'backfill';

/** The ids that name a clip. Every object key and workflow id is computed from them. */
export type ClipRef = Pick<Clip, 'messageId' | 'attachmentId' | 'channelId'>;

/** `<messageId>-<attachmentId>`. The attachment's id alone repeats when the message is forwarded. */
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

/** The address of the message in Discord. */
export function messageLink(clip: Pick<Clip, 'guildId' | 'channelId' | 'messageId'>): string {
  return `https://discord.com/channels/${clip.guildId ?? '@me'}/${clip.channelId}/${clip.messageId}`;
}

/** The clip's line in the Web UI's list: "COMET.mp4 by _juno in #overtime". */
export function clipSummary(clip: Clip): string {
  return `${clip.filename} by ${clip.poster.username} in #${clip.channelName}`;
}
