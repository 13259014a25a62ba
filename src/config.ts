import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import {
  bytes,
  duration,
  hostAndPort,
  list,
  oneOf,
  origin,
  port,
  positive,
  snowflake,
  someOf,
  url,
} from './config/values.ts';

/** Which task queues a worker process serves. */
export const WORKER_QUEUES = ['main', 'media', 'discord'] as const;
export type WorkerQueue = (typeof WORKER_QUEUES)[number];

export const THUMBNAIL_FORMATS = ['webp', 'png', 'jpeg'] as const;
export type ThumbnailFormat = (typeof THUMBNAIL_FORMATS)[number];

const CLIP_TYPES = ['mp4', 'mov', 'webm', 'mkv'] as const;
const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;

/** Of the demo Discord's world, when it is made. */
export interface DemoSettings {
  /** Messages with a clip in the channel that is there to be backfilled. */
  historyClips: number;
  /** How long a link lives. */
  leaseMs: number;
}

/** All settings, as values; the Temporal connection's own variables are read by @temporalio/envconfig. */
export interface Config {
  /** Null: the demo Discord. */
  token: string | null;
  /** Empty: every channel that the bot can read. */
  channelIds: string[];
  /** Null: a folder under `dataDir`. */
  bucketName: string | null;
  /** Null: Google's own. */
  gcsApiEndpoint: string | null;
  /** The variables of @temporalio/envconfig; empty of an address: the embedded dev server. */
  temporalEnv: Record<string, string>;
  taskQueue: string;
  workerQueues: WorkerQueue[];
  discordApiUrl: string;
  /** Origin of a demo Discord that runs elsewhere, for whoever has no token; null: none. */
  demoDiscordUrl: string | null;
  /** A storage emulator, for whoever has no bucket; null: a folder is used. */
  demoBucketUrl: string | null;
  demo: DemoSettings;
  /** Origins that media may be fetched from; the first one serves avatars. */
  mediaHosts: string[];
  refreshMarginMs: number;
  clipTypes: string[];
  thumbnailFormat: ThumbnailFormat;
  maxMediaBytes: number;
  discordRequestsPerSecond: number;
  logLevel: (typeof LOG_LEVELS)[number];
  /** Host and port that metrics are served at; null: nowhere. */
  metricsAddress: string | null;
  webUiPort: number;
  temporalPort: number;
  temporalCli: string;
  ffmpegPath: string;
  ffprobePath: string;
  /** The workflows bundled ahead; null: bundled when the worker starts. */
  workflowBundle: string | null;
  /** Absolute. */
  dataDir: string;
}

/** The settings are wrong; the message has one line for each fault, saying what to write instead. */
export class ConfigError extends Error {
  override name = 'ConfigError';
}

type Env = Readonly<Record<string, string | undefined>>;

/**
 * Reads every setting and reports every fault at once.
 * @throws ConfigError
 */
export function parseConfig(env: Env): Config {
  const faults: string[] = [];
  const read = <T>(name: string, fallback: string, parse: (text: string) => T): T => {
    const text = env[name]?.trim() || fallback;
    try {
      return parse(text);
    } catch (error) {
      faults.push(`${name}=${text}: ${error instanceof Error ? error.message : String(error)}`);
      return undefined as T;
    }
  };
  const config: Config = {
    token: env.TOKEN?.trim() || null,
    channelIds: read('CHANNEL_IDS', '', (text) => list(text).map(snowflake)),
    bucketName: env.BUCKET_NAME?.trim() || null,
    gcsApiEndpoint: read('GCS_API_ENDPOINT', '', (text) => (text ? url(text) : null)),
    temporalEnv: temporalEnv(env),
    taskQueue: env.TASK_QUEUE?.trim() || 'clips',
    workerQueues: read('WORKER_QUEUES', WORKER_QUEUES.join(','), (text) => [
      ...new Set(someOf(text).map((name) => oneOf(WORKER_QUEUES, name))),
    ]),
    discordApiUrl: read('DISCORD_API_URL', 'https://discord.com/api', (text) =>
      // The version is discord.js's to add.
      url(text).replace(/\/v\d+$/, ''),
    ),
    demoDiscordUrl: read('DEMO_DISCORD_URL', '', (text) => (text ? url(text) : null)),
    demoBucketUrl: read('DEMO_BUCKET_URL', '', (text) => (text ? url(text) : null)),
    demo: {
      historyClips: read('DEMO_HISTORY_CLIPS', '12', positive),
      leaseMs: read('DEMO_LEASE', '60s', duration),
    },
    mediaHosts: read(
      'MEDIA_HOSTS',
      'https://cdn.discordapp.com,https://media.discordapp.net',
      (text) => someOf(text).map(origin),
    ),
    refreshMarginMs: read('REFRESH_MARGIN', '6h', duration),
    clipTypes: read('CLIP_TYPES', 'mp4', (text) =>
      someOf(text).map((name) => oneOf(CLIP_TYPES, name.toLowerCase().replace(/^\./, ''))),
    ),
    thumbnailFormat: read('THUMBNAIL_FORMAT', 'webp', (text) => oneOf(THUMBNAIL_FORMATS, text)),
    maxMediaBytes: read('MAX_MEDIA_BYTES', '512MB', bytes),
    discordRequestsPerSecond: read('DISCORD_REQUESTS_PER_SECOND', '40', positive),
    logLevel: read('LOG_LEVEL', 'info', (text) => oneOf(LOG_LEVELS, text.toLowerCase())),
    metricsAddress: read('METRICS_ADDRESS', '', (text) => (text ? hostAndPort(text) : null)),
    webUiPort: read('WEB_UI_PORT', '8233', port),
    temporalPort: read('TEMPORAL_PORT', '7233', port),
    temporalCli: env.TEMPORAL_CLI?.trim() || 'temporal',
    ffmpegPath: env.FFMPEG_PATH?.trim() || 'ffmpeg',
    ffprobePath: env.FFPROBE_PATH?.trim() || 'ffprobe',
    workflowBundle: env.WORKFLOW_BUNDLE?.trim() || null,
    dataDir: resolve(env.DATA_DIR?.trim() || './data'),
  };
  if (faults.length > 0) throw new ConfigError(faults.join('\n'));
  return onDemoBucket(onDemoDiscord(config));
}

/**
 * The bot token.
 * @throws ConfigError if there is none
 */
export function requireToken({ token }: Pick<Config, 'token'>): string {
  if (token !== null) return token;
  throw new ConfigError('TOKEN is missing: set it to the bot token of your Discord application');
}

/** The only token that a demo Discord accepts. */
export const DEMO_TOKEN = 'demo-token';

/** The one bucket that a storage emulator has. */
const DEMO_BUCKET = 'everclip';

const onDemoDiscord = (config: Config): Config =>
  config.token !== null || config.demoDiscordUrl === null
    ? config
    : {
        ...config,
        token: DEMO_TOKEN,
        channelIds: [],
        discordApiUrl: `${config.demoDiscordUrl}/api`,
        mediaHosts: [config.demoDiscordUrl],
        refreshMarginMs: demoMarginMs(config),
      };

/** The margin for a demo's short links: of longer ones it would be more than the third that is kept at most. */
export const demoMarginMs = ({ refreshMarginMs, demo }: Config): number =>
  Math.min(refreshMarginMs, demo.leaseMs / 3);

const onDemoBucket = (config: Config): Config =>
  config.bucketName !== null || config.demoBucketUrl === null
    ? config
    : { ...config, bucketName: DEMO_BUCKET, gcsApiEndpoint: config.demoBucketUrl };

/** Reads the environment, and `.env` in the working directory beneath it. */
export function loadConfig(): Config {
  if (existsSync('.env')) process.loadEnvFile('.env');
  return parseConfig(process.env);
}

/** Of the environment what programs that we start need: no token and no key. */
const PROGRAMS_NEED =
  /^(PATH|HOME|TMPDIR|TZ|LANG|LC_\w+|LD_LIBRARY_PATH|FONTCONFIG_\w+|SSL_CERT_\w+|NODE_EXTRA_CA_CERTS)$/;

/** The environment of a program that looks at strangers' bytes. */
export const environmentOfPrograms = (env: Env = process.env): Record<string, string> =>
  Object.fromEntries(
    Object.entries(env).flatMap(([name, value]) =>
      value !== undefined && PROGRAMS_NEED.test(name) ? [[name, value] as const] : [],
    ),
  );

/** True where the environment names a Temporal server, so that none is started. */
export const namesTemporal = ({ temporalEnv: env }: Config): boolean =>
  Boolean(env.TEMPORAL_ADDRESS ?? env.TEMPORAL_PROFILE ?? env.TEMPORAL_CONFIG_FILE);

/** For programs that stand beside `npm start`: without a server of their own they look for its dev server. */
export const withDefaultTemporal = (config: Config): Config =>
  namesTemporal(config)
    ? config
    : {
        ...config,
        temporalEnv: {
          ...config.temporalEnv,
          TEMPORAL_ADDRESS: `127.0.0.1:${config.temporalPort}`,
        },
      };

/** What @temporalio/envconfig reads: its variables, and where it looks for a configuration file. */
const temporalEnv = (env: Env): Record<string, string> =>
  Object.fromEntries(
    Object.entries(env).filter(
      (entry): entry is [string, string] =>
        /^(TEMPORAL_|HOME$|XDG_CONFIG_HOME$)/.test(entry[0]) && Boolean(entry[1]?.trim()),
    ),
  );
