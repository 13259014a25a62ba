import type { Clip, ClipSource } from '../clip/clip.ts';
import type { ClipRules } from '../clip/message.ts';
import type { ChannelRecord } from '../clip/channel-record.ts';
import type { ClipRecord } from '../clip/record.ts';
import type { MediaFacts } from '../clip/state.ts';
import type { UserData } from '../clip/user-data.ts';
import type { PostersOfClip } from '../clip/forget/people.ts';
import type { OnDelete } from '../clip/forget/on-delete.ts';
import type { Metrics } from '../metrics.ts';
import type { ClipExecutions } from './audit/clip-executions.ts';
import type { DiscordPort } from './ports/discord-port.ts';

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
  | { kind: 'user'; key: string; version: string; user: UserData }
  | { kind: 'removed'; key: string };

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
  options?: { revive?: boolean; fromRecord?: boolean },
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

/**
 * Starts the search for unused user data, or adds these people to the search that waits. `hashes` stand for the ids of
 * the user data (`hashOfId`).
 */
export type TidyUserData = (hashes: string[]) => Promise<void>;

/** Requests the cancellation of a workflow. Does nothing if the workflow has ended. */
export type CancelWorkflow = (execution: { workflowId: string; runId: string }) => Promise<void>;

/** Deletes executions of workflows, with their histories. */
export interface ExecutionsPort {
  /**
   * Deletes all executions of a workflow, running or closed, except for the run `exceptRunId`. A running execution is
   * terminated. Returns when Temporal no longer knows them, with their number. Stops if `signal` is aborted.
   * @throws the reason of `signal`, and the client's errors
   */
  deleteAll(
    workflowId: string,
    options?: { exceptRunId?: string; signal?: AbortSignal },
  ): Promise<number>;
  /** Requests the deletion of one execution, which is terminated if it runs. Returns before it is deleted. */
  deleteRun(execution: { workflowId: string; runId: string }): Promise<void>;
  /**
   * Yields the inputs of the clips' workflows that may not have written a record yet, running or closed. Anybody with
   * access to Temporal may have written an input.
   */
  listUnrecorded(): AsyncIterable<unknown>;
  /**
   * Yields the inputs of the clips' workflows, running or closed, except for the clips whose `Id` is in `recorded`. Anybody
   * with access to Temporal may have written an input.
   */
  listOthers(recorded: ReadonlySet<string>): AsyncIterable<unknown>;
  /** Returns the input of the newest run of a workflow, or null if Temporal does not know the workflow. */
  findInput(workflowId: string): Promise<unknown>;
}

/** The people whose clips must not be archived, because an operator ran `forgetUser`. */
export interface ForgottenPeople {
  /**
   * True if the clip must not be archived, because somebody who posted it is forgotten. Mostly answers from memory.
   * @throws the bucket's errors
   */
  isForgotten(clip: PostersOfClip): Promise<boolean>;
}

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
  /** What happens to a clip's record and pictures when its message is deleted. */
  onDelete: OnDelete;
  /** How long after a person is forgotten no worker records a clip of the person any more, in milliseconds. */
  forgottenAfterMs: number;
  /** How long after a clip was forgotten its activities may still write user data or pictures, in milliseconds. */
  settleMs: number;
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
  executions: ExecutionsPort;
  forgotten: ForgottenPeople;
  tidyUserData: TidyUserData;
  log: BackgroundLog;
  settings: ActivitySettings;
  metrics: Metrics;
}
