import { existsSync } from 'node:fs';
import { resolve } from 'node:path';

/** Which task queues a worker process serves. */
export const WORKER_QUEUES = ['main', 'media', 'discord'] as const;
export type WorkerQueue = (typeof WORKER_QUEUES)[number];

export const THUMBNAIL_FORMATS = ['webp', 'png', 'jpeg'] as const;
export type ThumbnailFormat = (typeof THUMBNAIL_FORMATS)[number];

const CLIP_TYPES = ['mp4', 'mov', 'webm', 'mkv'] as const;
const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;

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
  return config.token === null && config.demoDiscordUrl !== null
    ? onDemoDiscord(config, config.demoDiscordUrl)
    : config;
}

/** The only token that a demo Discord takes. */
export const DEMO_TOKEN = 'demo-token';

const onDemoDiscord = (config: Config, origin: string): Config => ({
  ...config,
  token: DEMO_TOKEN,
  channelIds: [],
  discordApiUrl: `${origin}/api`,
  mediaHosts: [origin],
});

/** Reads the environment, and `.env` in the working directory beneath it. */
export function loadConfig(): Config {
  if (existsSync('.env')) process.loadEnvFile('.env');
  return parseConfig(process.env);
}

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

const list = (text: string): string[] =>
  text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');

function someOf(text: string): string[] {
  const parts = list(text);
  if (parts.length === 0) throw new Error('name at least one, or leave it out');
  return parts;
}

function snowflake(text: string): string {
  if (!/^\d{17,20}$/.test(text))
    throw new Error(`"${text}" is no channel id: 17 to 20 digits, comma-separated`);
  return text;
}

function oneOf<T extends string>(names: readonly T[], text: string): T {
  const found = names.find((name) => name === text);
  if (found === undefined) throw new Error(`"${text}" is none of ${names.join(', ')}`);
  return found;
}

function url(text: string): string {
  const parsed = URL.canParse(text) ? new URL(text) : null;
  if (parsed === null || !/^https?:$/.test(parsed.protocol)) {
    throw new Error('write an address such as https://discord.com/api');
  }
  return text.replace(/\/+$/, '');
}

const origin = (text: string): string => new URL(url(text)).origin;

function duration(text: string): number {
  const match = /^(\d+(?:\.\d+)?)\s*(ms|s|m|h|d)$/.exec(text);
  const unitMs = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 }[match?.[2] as 's'];
  const durationMs = Number(match?.[1]) * unitMs;
  if (!(durationMs > 0)) throw new Error('write a time such as 6h, 90m or 30s');
  return durationMs;
}

function bytes(text: string): number {
  const match = /^(\d+(?:\.\d+)?)\s*(KB|MB|GB|B)?$/i.exec(text);
  const unit = { B: 1, KB: 1024, MB: 1024 ** 2, GB: 1024 ** 3 }[
    (match?.[2]?.toUpperCase() ?? 'B') as 'B'
  ];
  const number = Math.floor(Number(match?.[1]) * unit);
  if (!(number > 0)) throw new Error('write a size such as 512MB');
  return number;
}

function positive(text: string): number {
  const number = Number(text);
  if (!(number > 0 && Number.isFinite(number))) throw new Error('write a number above 0');
  return number;
}

function hostAndPort(text: string): string {
  const match = /^([\w.-]+|\[[0-9a-f:]+\]):(\d+)$/i.exec(text);
  if (!match) throw new Error('write a host and a port such as 127.0.0.1:9464');
  port(match[2] ?? '');
  return text;
}

function port(text: string): number {
  const number = Number(text);
  if (!Number.isInteger(number) || number < 1 || number > 65535) {
    throw new Error('write a port from 1 to 65535');
  }
  return number;
}
