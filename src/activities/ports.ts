import type { APIMessage } from 'discord-api-types/v10';
import type { Clip, ClipSource } from '../clip/clip.ts';
import type { ClipTypes, MessageContext } from '../clip/message.ts';
import type { MediaFacts } from '../clip/state.ts';
import type { Metrics } from '../metrics.ts';

/** Discord over REST. Every method throws only the failures of `errors.ts`. */
export interface DiscordPort {
  /** @throws MessageGone, AccessLost, TokenRejected, RateLimited, ServiceFailed */
  fetchMessage(channelId: string, messageId: string): Promise<APIMessage>;
  /**
   * Fetches at most `limit` (1 to 100) messages before or after an id, in any order.
   * @throws AccessLost, TokenRejected, RateLimited, ServiceFailed
   */
  fetchHistory(
    channelId: string,
    page: { before?: string; after?: string; limit: number },
  ): Promise<APIMessage[]>;
  /**
   * Looks up a channel and checks that its history can be read. Without Read Message History Discord would answer
   * with an empty page. The answer may be some minutes old unless `fresh` is set.
   * @throws InvalidInput if the channel is unknown, holds no messages or cannot be read
   */
  readableChannel(channelId: string, options?: { fresh?: boolean }): Promise<MessageContext>;
}

/** The condition of a write: the object does not exist, or it still has this generation. */
export type WriteCondition = 'absent' | { generation: string };

export interface StoredObject {
  body: string;
  generation: string;
}

/** A bucket: objects by key, written whole and by compare-and-set. */
export interface BucketPort {
  /** The object as text, or null if it does not exist. */
  read(key: string): Promise<StoredObject | null>;
  /** Writes a whole object. Returns false and writes nothing if `condition` does not hold. */
  write(
    key: string,
    body: string | Uint8Array,
    options: { contentType: string; cacheControl: string; condition?: WriteCondition },
  ): Promise<boolean>;
}

export interface Picture {
  bytes: Uint8Array;
  contentType: string;
  /** Without a dot. */
  extension: string;
}

/** Media from the hosts in MEDIA_HOSTS. */
export interface MediaPort {
  /**
   * Makes a clip's thumbnail and reads its facts. Calls `onProgress` repeatedly while it works.
   * @throws LinkExpired, RateLimited, MediaUnreadable, MediaTooLarge, ServiceFailed. If facts were read before the
   * failure, they are its first detail.
   */
  thumbnail(
    url: string,
    options: { signal: AbortSignal; onProgress: () => void },
  ): Promise<{ picture: Picture; facts: MediaFacts }>;
  /** Fetches a poster's avatar. Returns null if there is none or it is not a picture. */
  avatar(url: string, options: { signal: AbortSignal }): Promise<Picture | null>;
}

/** Starts the workflow of a clip that a backfill or a sweep found. */
export type StartClip = (
  clip: Clip,
  source: Exclude<ClipSource, 'live'>,
) => Promise<'started' | 'known'>;

/** The settings that activities compute with. */
export interface ActivitySettings {
  refreshMarginMs: number;
  clipTypes: ClipTypes;
  /** Origin that serves avatars, such as `https://cdn.discordapp.com`. */
  cdnOrigin: string;
}

export interface Ports {
  discord: DiscordPort;
  bucket: BucketPort;
  media: MediaPort;
  startClip: StartClip;
  settings: ActivitySettings;
  metrics: Metrics;
}
