import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { DISCORD_WEB_URL } from './clip/clip.ts';
import { ON_DELETE_MODES } from './clip/forget/on-delete.ts';
import type { ClipRules } from './clip/message.ts';
import { DEFAULT_TASK_QUEUE } from './clip/names.ts';
import { withDemoBucket, withDemoDiscord } from './config/demo.ts';
import { hideEnvironment } from './config/hide-environment.ts';
import { listSecretFiles, readSecretFile } from './config/secret-files.ts';
import {
  CLIP_TYPES,
  LIBRARY_ACCESSES,
  LOG_LEVELS,
  THUMBNAIL_FORMATS,
  WORKER_QUEUES,
  type Config,
} from './config/settings.ts';
import {
  channelId,
  databaseUrl,
  duration,
  guildId,
  hostAndPort,
  list,
  nonEmptyList,
  oneOf,
  origin,
  port,
  positiveNumber,
  size,
  timeZone,
  url,
  yesOrNo,
} from './config/values.ts';
import { messageOf } from './errors.ts';

export { needsDiscord } from './config/settings.ts';
export type { Config, ThumbnailFormat, WorkerQueue } from './config/settings.ts';

/**
 * Reports invalid settings. The message has one line for each invalid setting. Each line says what to write instead.
 */
export class ConfigError extends Error {
  override name = 'ConfigError';
}

type Env = Readonly<Record<string, string | undefined>>;

/**
 * Reads every setting, and reports all invalid settings at once.
 * @throws ConfigError
 */
export function parseConfig(env: Env): Config {
  const faults: string[] = [];
  const read = <T>(name: string, fallback: string, parse: (text: string) => T): T => {
    const text = env[name]?.trim() || fallback;
    try {
      return parse(text);
    } catch (error) {
      faults.push(`${name}=${text}: ${messageOf(error)}`);
      return undefined as T;
    }
  };
  const readSecret = (name: string): string | null => {
    const text = env[name]?.trim() || null;
    const path = env[`${name}_FILE`]?.trim() || null;
    if (path === null) return text;
    try {
      if (text !== null) throw new Error(`${name} is set too: remove one of the two settings`);
      return readSecretFile(path);
    } catch (error) {
      // Don't repeat the path, because it may be a secret that was pasted into the wrong setting.
      faults.push(`${name}_FILE: ${messageOf(error)}`);
      return null;
    }
  };
  const joinDatabaseUrl = (text: string | null, password: string | null): string | null => {
    try {
      return text === null ? null : databaseUrl(text, password);
    } catch (error) {
      // Don't repeat the URL, because it may contain the password.
      faults.push(`DATABASE_URL: ${messageOf(error)}`);
      return null;
    }
  };
  const queues = list(env.WORKER_QUEUES ?? '');
  const needsToken = queues.length === 0 || queues.some((queue) => queue !== 'media');
  const config: Config = {
    // A worker that only makes thumbnails may not be able to read TOKEN_FILE.
    token: needsToken ? readSecret('TOKEN') : env.TOKEN?.trim() || null,
    channelIds: read('CHANNEL_IDS', '', (text) => list(text).map(channelId)),
    excludeChannelIds: read('EXCLUDE_CHANNEL_IDS', '', (text) => list(text).map(channelId)),
    guildIds: read('GUILD_IDS', '', (text) => list(text).map(guildId)),
    bucketName: env.BUCKET_NAME?.trim() || null,
    gcsApiEndpoint: read('GCS_API_ENDPOINT', '', (text) => (text ? url(text) : null)),
    temporalEnv: selectTemporalEnv(env, readSecret('TEMPORAL_API_KEY')),
    taskQueue: env.TASK_QUEUE?.trim() || DEFAULT_TASK_QUEUE,
    workerQueues: read('WORKER_QUEUES', WORKER_QUEUES.join(','), (text) => [
      ...new Set(nonEmptyList(text).map((name) => oneOf(WORKER_QUEUES, name))),
    ]),
    discordApiUrl: read('DISCORD_API_URL', 'https://discord.com/api', (text) =>
      // Remove the version, because discord.js adds it.
      url(text).replace(/\/v\d+$/, ''),
    ),
    discordWebUrl: read('DISCORD_WEB_URL', DISCORD_WEB_URL, url),
    demoDiscordUrl: read('DEMO_DISCORD_URL', '', (text) => (text ? url(text) : null)),
    demoBucketUrl: read('DEMO_BUCKET_URL', '', (text) => (text ? url(text) : null)),
    demo: {
      historyClips: read('DEMO_HISTORY_CLIPS', '36', positiveNumber),
      leaseMs: read('DEMO_LEASE', '60s', duration),
    },
    mediaHosts: read(
      'MEDIA_HOSTS',
      'https://cdn.discordapp.com,https://media.discordapp.net',
      (text) => nonEmptyList(text).map(origin),
    ),
    refreshMarginMs: read('REFRESH_MARGIN', '6h', duration),
    auditEveryMs: read('AUDIT_EVERY', '7d', (text) => (text === 'never' ? null : duration(text))),
    clipTypes: read('CLIP_TYPES', 'mp4', (text) =>
      nonEmptyList(text).map((name) => oneOf(CLIP_TYPES, name.toLowerCase().replace(/^\./, ''))),
    ),
    thumbnailFormat: read('THUMBNAIL_FORMAT', 'webp', (text) => oneOf(THUMBNAIL_FORMATS, text)),
    storyboards: read('STORYBOARDS', 'yes', yesOrNo),
    onDelete: read('ON_DELETE', 'keep', (text) => oneOf(ON_DELETE_MODES, text.toLowerCase())),
    maxMediaBytes: read('MAX_MEDIA_BYTES', '512MB', size),
    discordRequestsPerSecond: read('DISCORD_REQUESTS_PER_SECOND', '40', positiveNumber),
    healthAddress: read('HEALTH_ADDRESS', '', (text) => (text ? hostAndPort(text) : null)),
    logLevel: read('LOG_LEVEL', 'info', (text) => oneOf(LOG_LEVELS, text.toLowerCase())),
    metricsAddress: read('METRICS_ADDRESS', '', (text) => (text ? hostAndPort(text) : null)),
    databaseUrl: joinDatabaseUrl(readSecret('DATABASE_URL'), readSecret('DATABASE_PASSWORD')),
    library: {
      address: read('LIBRARY_ADDRESS', '127.0.0.1:8240', hostAndPort),
      url: read('LIBRARY_URL', '', (text) => (text ? url(text) : null)),
      publishedAddress: read('LIBRARY_PUBLISHED_ADDRESS', '', (text) =>
        text ? hostAndPort(text) : null,
      ),
      name: env.LIBRARY_NAME?.trim() || 'Clips',
      timeZone: read('LIBRARY_TIME_ZONE', 'UTC', timeZone),
      access: read('LIBRARY_ACCESS', 'public', (text) => oneOf(LIBRARY_ACCESSES, text)),
      channelIds: read('LIBRARY_CHANNEL_IDS', '', (text) => list(text).map(channelId)),
      showDeleted: read('SHOW_DELETED', 'no', yesOrNo),
    },
    webUiPort: read('WEB_UI_PORT', '8233', port),
    temporalPort: read('TEMPORAL_PORT', '7233', port),
    temporalCli: env.TEMPORAL_CLI?.trim() || 'temporal',
    ffmpegPath: env.FFMPEG_PATH?.trim() || 'ffmpeg',
    ffprobePath: env.FFPROBE_PATH?.trim() || 'ffprobe',
    workflowBundle: env.WORKFLOW_BUNDLE?.trim() || null,
    dataDir: resolve(env.DATA_DIR?.trim() || './data'),
    secretFiles: listSecretFiles(env),
  };
  if (faults.length > 0) throw new ConfigError(faults.join('\n'));
  return withDemoBucket(withDemoDiscord(config));
}

/**
 * Reads the environment, and `.env` in the working directory for variables that the environment lacks. Then removes the
 * secrets from the environment.
 * @throws ConfigError
 */
export function loadConfig(): Config {
  if (existsSync('.env')) process.loadEnvFile('.env');
  const config = parseConfig(process.env);
  hideEnvironment();
  return config;
}

/**
 * Reads only METRICS_ADDRESS, from the environment or `.env`. Reads no secret.
 * @throws Error that says what to write instead
 */
export function loadMetricsAddress(): string | null {
  if (existsSync('.env')) process.loadEnvFile('.env');
  const text = process.env.METRICS_ADDRESS?.trim();
  hideEnvironment();
  return text ? hostAndPort(text) : null;
}

/**
 * Returns the bot token.
 * @throws ConfigError if TOKEN is not set
 */
export function requireToken({ token }: Pick<Config, 'token'>): string {
  if (token !== null) return token;
  throw new ConfigError('TOKEN is missing: set it to the bot token of your Discord application');
}

/** The settings that decide which files of a message are clips. */
export function clipRulesOf(config: Config): ClipRules {
  const { clipTypes, mediaHosts, discordWebUrl } = config;
  return { types: clipTypes, mediaHosts, webUrl: discordWebUrl };
}

/** True if the settings name a Temporal server. If not, `npm start` runs a dev server. */
export function namesTemporal({ temporalEnv }: Pick<Config, 'temporalEnv'>): boolean {
  const { TEMPORAL_ADDRESS, TEMPORAL_PROFILE, TEMPORAL_CONFIG_FILE } = temporalEnv;
  return Boolean(TEMPORAL_ADDRESS ?? TEMPORAL_PROFILE ?? TEMPORAL_CONFIG_FILE);
}

/** If the settings name no Temporal server, changes them to use the dev server of `npm start`. */
export function withDefaultTemporal(config: Config): Config {
  if (namesTemporal(config)) return config;
  const TEMPORAL_ADDRESS = `127.0.0.1:${config.temporalPort}`;
  return { ...config, temporalEnv: { ...config.temporalEnv, TEMPORAL_ADDRESS } };
}

/**
 * Selects the variables that @temporalio/envconfig reads, and the variables that locate Temporal's configuration file.
 */
function selectTemporalEnv(env: Env, apiKey: string | null): Record<string, string> {
  const selected: Record<string, string> = {};
  for (const [name, value] of Object.entries(env)) {
    if (!/^(TEMPORAL_|HOME$|XDG_CONFIG_HOME$)/.test(name)) continue;
    if (value?.trim()) selected[name] = value;
  }
  if (apiKey !== null) selected.TEMPORAL_API_KEY = apiKey;
  return selected;
}
