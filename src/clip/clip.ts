import { firstVisible, plain } from './plain.ts';

/** The user who posted a clip. */
export interface Poster {
  id: string;
  username: string;
  displayName: string;
  /** Discord's hash of the avatar; null for a default avatar. */
  avatar: string | null;
  /**
   * The id of the user data of a webhook's poster. The webhook's id is not enough, because each message of a webhook
   * may show another name and avatar. Absent for a user, because the id of the user is also the id of the user data.
   */
  userDataId?: string;
}

/** A user who was in the stream that a clip shows. Only clips that were made in Discord name these users. */
export type Player = Pick<Poster, 'id' | 'username' | 'displayName'>;

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
  /** The signed CDN link. Never log a valid link, because the link is a secret. */
  url: string;
  sizeBytes?: number;
  contentType?: string;
  width?: number;
  height?: number;
  durationSeconds?: number;
  /** Discord's thumbhash, base64. */
  placeholder?: string;
  /** The name that the uploader gave, if Discord had to change it for `filename`. */
  title?: string;
  altText?: string;
  /** True if Discord blurs the clip until it is clicked; absent otherwise. */
  spoiler?: true;
  /** True if the channel was age-restricted when the clip was found; absent otherwise. */
  nsfw?: true;
  /**
   * A clip that was made in Discord also has the users in the stream, the game, and the time at which the clip was
   * made.
   */
  players?: Player[];
  game?: string;
  /** Epoch milliseconds. */
  clippedAtMs?: number;
  /** The user whose command a bot answered with this message. */
  postedBy?: Poster;
  /** The webhook that posted the message. */
  webhookId?: string;
  /** The origin of links to messages, from the setting DISCORD_WEB_URL; absent if this is Discord's origin. */
  webUrl?: string;
}

/**
 * A clip is found by the gateway (`live`), by a sweep for messages that the gateway missed, by a backfill, or by an
 * audit, which looks for all that the others missed.
 */
export type ClipSource = 'live' | 'sweep' | 'backfill' | 'audit';

/** The ids that identify a clip. Every object key and workflow id is computed from these ids. */
export type ClipRef = Pick<Clip, 'messageId' | 'attachmentId' | 'channelId'>;

/**
 * Returns `<messageId>-<attachmentId>`. The attachment's id is not unique, because a message that forwards the
 * attachment's message contains the same attachment id.
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

/** Object key of the poster image, a larger picture than the thumbnail. A poster image is always a JPEG. */
export function posterImageKey(clip: Pick<Clip, 'messageId' | 'attachmentId'>): string {
  return `poster/${clipId(clip)}.jpg`;
}

/** Object key of the storyboard, which is always WebP. */
export function storyboardKey(clip: Pick<Clip, 'messageId' | 'attachmentId'>): string {
  return `storyboard/${clipId(clip)}.webp`;
}

/** Object key of a poster's user data; `userDataId` is the id of the user, or the poster's `userDataId`. */
export function userDataKey(userDataId: string): string {
  return `userData/${userDataId}.json`;
}

/** Object key of a poster's avatar; `extension` has no dot. */
export function avatarKey(userDataId: string, extension: string): string {
  return `userData/${userDataId}.${extension}`;
}

/** The default of the setting DISCORD_WEB_URL. */
export const DISCORD_WEB_URL = 'https://discord.com';

/** Returns the URL of the message in Discord, or on the compatible server of `webUrl`. */
export function messageLink(
  clip: Pick<Clip, 'guildId' | 'channelId' | 'messageId' | 'webUrl'>,
): string {
  const { webUrl = DISCORD_WEB_URL, guildId, channelId, messageId } = clip;
  return `${webUrl}/channels/${guildId ?? '@me'}/${channelId}/${messageId}`;
}

/** Returns the name that the uploader gave to the clip, or the file name if Discord did not change it. */
export function clipTitleOf(clip: Pick<Clip, 'title' | 'filename'>): string {
  return clip.title ?? clip.filename;
}

/** Temporal refuses a summary of more than 400 bytes. With these limits, a clip's summary has at most 369 bytes. */
const MAX_TITLE_BYTES = 200;
const MAX_NAME_BYTES = 80;

/** The clip's line in the Web UI's list, such as "COMET.mp4 by _juno in #overtime". */
export function clipSummary(clip: Clip): string {
  return `${shownTitle(clip)} by ${shownPoster(clip)} in #${shownName(clip.channelName, clip.channelId)}`;
}

/** Returns the name of the clip's poster for the Web UI and for the log. The names of webhooks may be invisible. */
export function shownPoster({ poster }: Pick<Clip, 'poster'>): string {
  return shownName(poster.username, poster.id);
}

/** Returns the clip's title for the Web UI and for the log; the file name if the title is invisible. */
export function shownTitle(clip: Pick<Clip, 'title' | 'filename'>): string {
  return plain(firstVisible([clipTitleOf(clip), clip.filename]), { maxBytes: MAX_TITLE_BYTES });
}

/**
 * Returns the name of a poster, channel or server for the Web UI and for the log. If the name consists of invisible
 * characters, returns `id`, or `(no name)` without an id.
 */
export function shownName(name: string, id = ''): string {
  return plain(firstVisible([name, id]), { maxBytes: MAX_NAME_BYTES });
}
