import type { APIMessage } from 'discord-api-types/v10';
import type { Clip, ClipSource } from '../clip/clip.ts';
import type { ClipRules, MessageContext } from '../clip/message.ts';
import type { ChannelRecord } from '../clip/channel-record.ts';
import type { ChannelKind, PlaceCursor, PlacePage, PlaceScope } from '../clip/places/place.ts';
import type { ClipRecord } from '../clip/record.ts';
import type { MediaFacts } from '../clip/state.ts';
import type { UserData } from '../clip/user-data.ts';
import type { Metrics } from '../metrics.ts';
import type { ClipExecutions } from './audit/clip-executions.ts';

/** Discord's REST API. Every method throws only failures that `errors.ts` defines. */
export interface DiscordPort {
  /**
   * Fetches a message. The returned message always shows something, such as a text or an attachment.
   * @throws MessageGone, AccessLost, TokenRejected, RateLimited or ServiceFailed. ServiceFailed is also thrown if
   * Discord left out the message's content.
   */
  fetchMessage(channelId: string, messageId: string): Promise<APIMessage>;
  /**
   * Fetches at most `limit` (1 to 100) messages before or after an id, in any order. `onDropped` is told how many entries
   * of the page have no id that can be read, and were left out.
   * @throws MessageGone, AccessLost, TokenRejected, RateLimited or ServiceFailed. ServiceFailed is also thrown if
   * Discord left out the content of all messages on the page.
   */
  fetchHistory(
    channelId: string,
    page: {
      before?: string;
      after?: string;
      limit: number;
      onDropped?: (entries: number) => void;
    },
  ): Promise<APIMessage[]>;
  /**
   * Looks up a channel and checks that its history can be read. If the bot lacks Read Message History, Discord returns
   * empty pages instead of an error. The result may be some minutes old unless `fresh` is set. With `inAnyGuild`,
   * GUILD_IDS and EXCLUDE_CHANNEL_IDS do not apply, because the names in the texts of archived clips are still needed.
   * With `inKnownGuild`, what is known of the guild and of a thread's parent may be a minute old. Many look-ups in one
   * guild then cost one request each.
   * @throws InvalidInput if the channel is unknown, has no messages of its own, cannot be read, or is a channel that
   * GUILD_IDS or EXCLUDE_CHANNEL_IDS does not allow
   */
  readableChannel(
    channelId: string,
    options?: { fresh?: boolean; inAnyGuild?: boolean; inKnownGuild?: boolean },
  ): Promise<MessageContext>;
  /**
   * Returns what the library needs to know of a channel: names, age restriction, and whether @everyone may read it.
   * GUILD_IDS does not apply, because the names of archived clips' channels are still needed.
   * @throws InvalidInput if the channel is unknown or hidden from the bot, or the bot is not in its guild
   */
  describeChannel(channelId: string): Promise<ChannelRecord>;
  /**
   * Returns what a channel holds. GUILD_IDS does not apply.
   * @throws InvalidInput if the channel is unknown or hidden from the bot
   */
  findChannelKind(channelId: string): Promise<{ channelName: string; kind: ChannelKind }>;
  /**
   * Lists the channels and threads of `scope` that can hold messages, page by page. Without `threads`, only channels
   * are listed. Archived threads of any age are listed. Private archived threads are listed if the bot has Manage
   * Threads or has joined them. A page may be empty although more pages follow, and two pages may name the same thread.
   * Channels that GUILD_IDS or EXCLUDE_CHANNEL_IDS takes out are left out. What is known of a guild may be a minute old
   * unless `fresh` is set. If a request fails after other requests succeeded, the page ends early instead. With
   * `skipsRejected`, a list of threads at the cursor is left out, as an unreadable place, if the server rejects the list
   * without a clear reason. The same is true of a guild in the scope of all guilds.
   * @throws InvalidInput if the scope itself is unknown, hidden from the bot or not allowed; or TokenRejected,
   * RateLimited or ServiceFailed
   */
  listPlaces(
    scope: PlaceScope,
    options: {
      threads: boolean;
      fresh?: boolean;
      cursor?: PlaceCursor | null;
      skipsRejected?: boolean;
    },
  ): Promise<PlacePage>;
  /**
   * Returns whether a channel exists and the bot can see it.
   * @throws TokenRejected, RateLimited or ServiceFailed if Discord's answer proves neither
   */
  findChannelState(channelId: string): Promise<ChannelExistence>;
}

/** `hidden`: the channel exists, but the bot has no access, for example because the bot was removed from the guild. */
export type ChannelExistence = 'visible' | 'hidden' | 'deleted';

/** The condition of a write: the object does not exist, or it still has this generation. */
export type WriteCondition = 'absent' | { generation: string };

export interface StoredObject {
  body: string;
  generation: string;
  /** The version of the object, as `list` returns it. */
  version: string;
}

/** A bucket of objects, each stored under a key. Objects are written whole, and can be written by compare-and-set. */
export interface BucketPort {
  /**
   * Returns the object as text, or null if it does not exist. No object that Everclip reads is larger than 1 MB, so a
   * larger object is not from Everclip. Such an object is not read, and the returned body is empty.
   */
  read(key: string): Promise<StoredObject | null>;
  /** Returns the object as bytes, with the same limit as `read`, or null if it does not exist. */
  readBytes(key: string): Promise<{ bytes: Uint8Array; generation: string } | null>;
  /**
   * Writes a whole object. Returns the object's version, as `list` returns it. Returns null and writes nothing if
   * `condition` does not hold.
   */
  write(
    key: string,
    body: string | Uint8Array,
    options: { contentType: string; cacheControl: string; condition?: WriteCondition },
  ): Promise<string | null>;
  /** Lists the objects whose keys begin with `prefix`, in no particular order. */
  list(prefix: string): AsyncIterable<ListedObject>;
  /** True if the object exists. The object is not read. */
  exists(key: string): Promise<boolean>;
  /** Deletes the object. Does nothing if the object does not exist, so a retry is safe. */
  delete(key: string): Promise<void>;
}

export interface ListedObject {
  key: string;
  /** Changes whenever the object is written. Not comparable with `generation`. */
  version: string;
}

/** An object that a worker has written, for the catalog. */
export type CatalogNews =
  | { kind: 'record'; key: string; version: string; record: ClipRecord }
  | { kind: 'channel'; key: string; version: string; channel: ChannelRecord }
  | { kind: 'user'; key: string; version: string; user: UserData };

/**
 * The searchable projection of the bucket. A failure is counted and never reaches the caller, because the next write or
 * the next reconcile repairs the catalog.
 */
export interface CatalogPort {
  /** Returns at once. */
  tell(news: CatalogNews): void;
}

export interface Picture {
  bytes: Uint8Array;
  contentType: string;
  /** The file extension, without a dot. */
  extension: string;
}

/** The pictures of one frame of a clip. */
export interface Pictures {
  /** The thumbnail. */
  picture: Picture;
  /** A larger JPEG of the same frame. Absent if ffmpeg wrote no poster image. */
  posterImage?: Picture;
}

/** Frames across a clip in one picture, five in a row. */
export interface Storyboard {
  picture: Picture;
  /** When each frame is shown, in seconds from the start of the clip, row by row. */
  times: number[];
}

/**
 * What Discord says about a file. If a server sends something that does not match, the server is at fault, not the
 * file.
 */
export interface AnnouncedFile {
  sizeBytes?: number;
  contentType?: string;
}

/** Fetches media from the hosts in MEDIA_HOSTS. */
export interface MediaPort {
  /**
   * Makes a clip's thumbnail and poster image, and reads its facts. Calls `onProgress` repeatedly while it works.
   * @throws LinkExpired, RateLimited, MediaUnreadable, MediaTooLarge, ServiceFailed. ServiceFailed replaces
   * MediaUnreadable and MediaTooLarge if the server sent something other than the announced file. If the file's facts
   * were read before the failure, the error contains the facts in `details[0]`.
   */
  thumbnail(
    url: string,
    options: { signal: AbortSignal; onProgress: () => void; announced?: AnnouncedFile },
  ): Promise<Pictures & { facts: MediaFacts }>;
  /**
   * Makes a clip's storyboard. Returns null if the clip has none, for example because it is too short or damaged. Calls
   * `onProgress` repeatedly while it works.
   * @throws LinkExpired, RateLimited, ServiceFailed
   */
  storyboard(
    url: string,
    options: { signal: AbortSignal; onProgress: () => void },
  ): Promise<Storyboard | null>;
  /** Fetches a poster's avatar. Returns null if the avatar does not exist or is not a picture. */
  avatar(url: string, options: { signal: AbortSignal }): Promise<Picture | null>;
}

/**
 * Starts the workflow of a clip that a backfill, a sweep or an audit found.
 * @throws InvalidInput if Temporal refuses the clip for good
 */
export type StartClip = (
  clip: Clip,
  source: Exclude<ClipSource, 'live'>,
  options?: { revive: boolean },
) => Promise<'started' | 'known'>;

/** `gone`: the message of the clip was deleted. `refreshNow`: the clip must fetch its message. */
export type ClipNotice = 'gone' | 'refreshNow';

/**
 * Tells the clip's workflow, and waits a moment for the clip to act. Returns false if no such workflow is running. A clip
 * of another channel than `channelId` ignores `gone`.
 */
export type TellClip = (
  workflowId: string,
  notice: ClipNotice,
  channelId: string,
) => Promise<boolean>;

/** Requests the cancellation of a workflow. Does nothing if the workflow has ended. */
export type CancelWorkflow = (execution: { workflowId: string; runId: string }) => Promise<void>;

/** The log of work that goes on after its activity has ended. An activity's own log needs the activity's context. */
export interface BackgroundLog {
  warn(line: string): void;
}

/** The settings that activities use. */
export interface ActivitySettings {
  refreshMarginMs: number;
  clipRules: ClipRules;
  /** True if clips get storyboards. */
  storyboards: boolean;
  /** The setting CHANNEL_IDS. If the list is empty, every channel that the bot can read is watched. */
  channelIds: readonly string[];
  /** Origin that serves avatars, such as `https://cdn.discordapp.com`. */
  cdnOrigin: string;
}

export interface Ports {
  discord: DiscordPort;
  bucket: BucketPort;
  media: MediaPort;
  catalog: CatalogPort;
  startClip: StartClip;
  cancelWorkflow: CancelWorkflow;
  tellClip: TellClip;
  clipExecutions: ClipExecutions;
  log: BackgroundLog;
  settings: ActivitySettings;
  metrics: Metrics;
}
