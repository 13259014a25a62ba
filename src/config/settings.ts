import type { OnDelete } from '../clip/forget/on-delete.ts';

/** The task queues that a worker process can serve. */
export const WORKER_QUEUES = ['main', 'media', 'discord'] as const;
export type WorkerQueue = (typeof WORKER_QUEUES)[number];

export const THUMBNAIL_FORMATS = ['webp', 'png', 'jpeg'] as const;
export type ThumbnailFormat = (typeof THUMBNAIL_FORMATS)[number];

export const CLIP_TYPES = ['mp4', 'm4v', 'mov', 'webm', 'mkv'] as const;

export const LIBRARY_ACCESSES = ['public', 'open'] as const;

export const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;

/** The settings of a new demo Discord. */
export interface DemoSettings {
  /** How many clips the demo creates in the channel that can be backfilled. */
  historyClips: number;
  /** How long a link is valid, in milliseconds. */
  leaseMs: number;
}

/** The settings of the library, which is the web server with the pages for people. */
export interface LibrarySettings {
  /** Host and port at which the library listens. */
  address: string;
  /** The library's public base URL, without a slash at the end. Null if people reach the library at `address`. */
  url: string | null;
  /** Host and port at which docker compose publishes the library; null outside a container. */
  publishedAddress: string | null;
  name: string;
  /** An IANA time zone, such as `Europe/Berlin`. */
  timeZone: string;
  /** `open` shows all clips to everybody who reaches the library. */
  access: (typeof LIBRARY_ACCESSES)[number];
  /** Channels whose clips are shown to everybody, although @everyone may not read them. */
  channelIds: string[];
  showDeleted: boolean;
}

/** All settings, parsed, except for the variables in `temporalEnv`, which @temporalio/envconfig parses. */
export interface Config {
  /** Null if the demo Discord is used. */
  token: string | null;
  /** Channels, threads, forums and categories. If the list is empty, every channel that the bot can read is watched. */
  channelIds: string[];
  /** Channels, threads, forums and categories whose messages are not archived. */
  excludeChannelIds: string[];
  /** The guilds that may be archived. If the list is empty, every guild that the bot is in may be archived. */
  guildIds: string[];
  /** If the name is null, the bucket is a folder in `dataDir`. */
  bucketName: string | null;
  /** Null if Google's endpoint is used. */
  gcsApiEndpoint: string | null;
  /** The variables for @temporalio/envconfig. Without an address, `npm start` runs a dev server. */
  temporalEnv: Record<string, string>;
  taskQueue: string;
  workerQueues: WorkerQueue[];
  discordApiUrl: string;
  /** The origin of links to messages. */
  discordWebUrl: string;
  /**
   * The origin of a demo Discord in another process, used if no token is set. Null if there is no demo in another
   * process.
   */
  demoDiscordUrl: string | null;
  /** URL of a storage emulator, used if there is no bucket name. Null if the bucket is a folder. */
  demoBucketUrl: string | null;
  demo: DemoSettings;
  /** Origins from which media may be fetched. The first origin serves avatars. */
  mediaHosts: string[];
  refreshMarginMs: number;
  /** How often all watched channels are audited. Null if no audit starts by itself. */
  auditEveryMs: number | null;
  clipTypes: string[];
  thumbnailFormat: ThumbnailFormat;
  /** True if clips get storyboards. */
  storyboards: boolean;
  /** What happens to a clip's record and pictures when its message is deleted. */
  onDelete: OnDelete;
  maxMediaBytes: number;
  discordRequestsPerSecond: number;
  logLevel: (typeof LOG_LEVELS)[number];
  /** Host and port at which the metrics are served. Null if no metrics are served. */
  metricsAddress: string | null;
  /** Host and port at which worker and ingest serve `/healthz`. Null if they don't. */
  healthAddress: string | null;
  /** The URL of the catalog's PostgreSQL database, with its password; never log it. If it is null, the database is in `dataDir`. */
  databaseUrl: string | null;
  library: LibrarySettings;
  webUiPort: number;
  temporalPort: number;
  temporalCli: string;
  ffmpegPath: string;
  ffprobePath: string;
  /** Path of a workflow bundle. If the path is null, the worker bundles the workflows when the worker starts. */
  workflowBundle: string | null;
  /** The data folder, as an absolute path. */
  dataDir: string;
  /** Absolute paths of files that may contain secrets. ffmpeg must not read these files. */
  secretFiles: string[];
}

/**
 * True if a worker with these settings sends requests to Discord. A worker that only makes thumbnails sends none, so it
 * needs no token.
 */
export function needsDiscord({ workerQueues }: Pick<Config, 'workerQueues'>): boolean {
  return workerQueues.some((queue) => queue !== 'media');
}
