import { existsSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { ROOT } from './paths.mjs';

/** Settings whose names share no prefix. test/docs/settings.test.ts compares this list with src/config.ts. */
const SETTINGS = new Set([
  'AUDIT_EVERY',
  'BUCKET_NAME',
  'CHANNEL_IDS',
  'CLIP_TYPES',
  'DATA_DIR',
  'DISCORD_API_URL',
  'DISCORD_WEB_URL',
  'DISCORD_REQUESTS_PER_SECOND',
  'EXCLUDE_CHANNEL_IDS',
  'GCS_API_ENDPOINT',
  'GOOGLE_APPLICATION_CREDENTIALS',
  'GUILD_IDS',
  'LOG_LEVEL',
  'MAX_MEDIA_BYTES',
  'MEDIA_HOSTS',
  'HEALTH_ADDRESS',
  'METRICS_ADDRESS',
  'REFRESH_MARGIN',
  'SHOW_DELETED',
  'STORAGE_EMULATOR_HOST',
  'STORYBOARDS',
  'ON_DELETE',
  'TASK_QUEUE',
  'THUMBNAIL_FORMAT',
  'TOKEN',
  'TOKEN_FILE',
  'WEB_UI_PORT',
  'WORKER_QUEUES',
]);

/**
 * Matches the settings of the database, the demo and the library, and the settings that every Temporal client reads, but
 * not the tool path TEMPORAL_CLI.
 */
const SETTING_PREFIX = /^(DATABASE_|DEMO_|LIBRARY_|TEMPORAL_(?!CLI$))/;

/**
 * Returns the environment without Everclip's settings. Tests and benchmarks run in this environment, so that they never
 * touch the Temporal server, bucket or Discord server from your shell's settings. The variables with the paths of tools
 * are kept.
 *
 * @param {NodeJS.ProcessEnv} env
 * @returns {NodeJS.ProcessEnv}
 */
export function withoutSettings(env) {
  const others = Object.entries(env).filter(
    ([name]) => !SETTINGS.has(name) && !SETTING_PREFIX.test(name),
  );
  return Object.fromEntries(others);
}

/** Reads the checkout's `.env` file into `process.env`. A variable that is already set keeps its value. */
export function loadEnvFile() {
  const file = join(ROOT, '.env');
  if (existsSync(file)) process.loadEnvFile(file);
}
