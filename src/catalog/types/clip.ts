import type { RecordedPlayer } from '../../clip/record.ts';
import type { ClipStatus } from '../../clip/state.ts';

/** The statuses of clips in the catalog. A purged clip has nothing but its ids. */
export type CatalogStatus = ClipStatus | 'purged';

/** The video file behind a clip, as far as a redirect needs it. */
export interface CatalogLink {
  id: string;
  channelId: string;
  guildId: string | null;
  status: CatalogStatus;
  /** Discord's link; null for a purged clip. Never log it, because the link is a secret. */
  url: string | null;
  /** When the link expires, epoch milliseconds; null if the link has no expiry that Everclip can read. */
  expiresAtMs: number | null;
  /** When the link was signed, epoch milliseconds; null if unknown. */
  issuedAtMs: number | null;
  /** The file's real ending without a dot, such as `mp4` or `mov`. */
  extension: string;
  /** True if @everyone may view the channel and read its history. False while this is unknown. */
  isPublic: boolean;
}

/** A picture in the bucket. `version` is the hash of the picture's bytes; null for pictures of an older Everclip. */
export interface CatalogPicture {
  key: string;
  version: string | null;
}

/** Frames across a clip in one picture: two rows of five cells, filled from the left. */
export interface CatalogStoryboard extends CatalogPicture {
  /** When each frame is shown, seconds from the start of the clip. */
  times: number[];
}

/** A clip as pages show it. Times are in epoch milliseconds, sizes in bytes, durations in seconds. */
export interface CatalogClip extends CatalogLink {
  messageId: string;
  /** By `titleOf` (src/clip/title.ts). */
  title: string;
  description: string;
  /** The file name without its extension. */
  filename: string;
  postedAtMs: number;
  messageLink: string;
  contentType: string | null;
  sizeBytes: number | null;
  durationSeconds: number | null;
  /** In pixels after rotation. */
  width: number | null;
  height: number | null;
  codec: string | null;
  frameRate: number | null;
  hasAudio: boolean | null;
  /** Discord's thumbhash, base64. */
  placeholder: string | null;
  thumbnail: CatalogPicture | null;
  posterImage: CatalogPicture | null;
  /** Null if the clip has no storyboard. */
  storyboard: CatalogStoryboard | null;
  deletedAtMs: number | null;
  /** When the clip was recorded, according to Discord or to the recorder; null if unknown. */
  recordedAtMs: number | null;
  altText: string | null;
  isSpoiler: boolean;
  /** True if the clip or its channel is age-restricted. */
  isNsfw: boolean;
  game: string | null;
  players: RecordedPlayer[];
  poster: CatalogPoster;
  channel: CatalogChannel;
}

export interface CatalogPoster {
  id: string;
  username: string;
  displayName: string;
  avatar: CatalogPicture | null;
}

/** The names are null until a worker has stored them. */
export interface CatalogChannel {
  id: string;
  name: string | null;
  guildName: string | null;
  parentId: string | null;
  parentName: string | null;
}

/** Whose clips a reader may see: all clips, or the clips of public channels and of these channels. */
export type Audience = { everything: true } | { everything: false; channelIds: readonly string[] };
