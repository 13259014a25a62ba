import type { APIMessage } from 'discord-api-types/v10';
import type { Clip, ClipSource } from '../clip/clip.ts';
import type { MessageContext, ClipTypes } from '../clip/message.ts';
import type { MediaFacts } from '../clip/state.ts';
import type { Metrics } from '../metrics.ts';

/** Discord over REST. Every method throws the failures of `errors.ts` and nothing else. */
export interface DiscordPort {
  /** @throws MessageGone, AccessLost, TokenRejected, RateLimited, ServiceFailed */
  fetchMessage(channelId: string, messageId: string): Promise<APIMessage>;
  /**
   * At most `limit` (1 to 100) messages before or after an id, in no promised order.
   * @throws AccessLost, TokenRejected, RateLimited, ServiceFailed
   */
  fetchHistory(
    channelId: string,
    page: { before?: string; after?: string; limit: number },
  ): Promise<APIMessage[]>;
  /**
   * Where messages of this channel stand. Without the right to read the history Discord would answer
   * an empty page, so the permissions are looked at here; `fresh` where what was seen some minutes ago
   * won't do.
   * @throws InvalidInput where the channel is unknown, holds no messages or may not be read
   */
  readableChannel(channelId: string, options?: { fresh?: boolean }): Promise<MessageContext>;
}

/** What a write may assume: that nothing is there yet, or that it is still this generation. */
export type WriteCondition = 'absent' | { generation: string };

export interface StoredObject {
  body: string;
  generation: string;
}

/** A bucket: objects under keys, replaced whole and by compare-and-set. */
export interface BucketPort {
  /** The object as text, or null. */
  read(key: string): Promise<StoredObject | null>;
  /** Writes an object whole; returns false, and writes nothing, where `condition` doesn't hold. */
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

/** Media from the allowed hosts. */
export interface MediaPort {
  /**
   * Makes a clip's picture and reads its facts. `onProgress` is called from time to time while it works.
   * @throws LinkExpired, RateLimited, MediaUnreadable, MediaTooLarge, ServiceFailed; where facts were read
   * before, a failure has them as its first detail
   */
  thumbnail(
    url: string,
    options: { signal: AbortSignal; onProgress: () => void },
  ): Promise<{ picture: Picture; facts: MediaFacts }>;
  /** Fetches a poster's avatar; null where there is none or it is no picture. */
  avatar(url: string, options: { signal: AbortSignal }): Promise<Picture | null>;
}

/** Starts the workflow of a clip found in the history. */
export type StartClip = (
  clip: Clip,
  source: Exclude<ClipSource, 'live'>,
) => Promise<'started' | 'known'>;

/** Settings that activities compute with. */
export interface ActivitySettings {
  refreshMarginMs: number;
  clipTypes: ClipTypes;
  /** Origin that avatars are served from, such as `https://cdn.discordapp.com`. */
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
