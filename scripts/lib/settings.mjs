/** The settings of Everclip that point at something real; the paths of the tools aren't among them. */
const SETTINGS = new Set([
  'TOKEN',
  'CHANNEL_IDS',
  'BUCKET_NAME',
  'GOOGLE_APPLICATION_CREDENTIALS',
  'GCS_API_ENDPOINT',
  'STORAGE_EMULATOR_HOST',
  'TASK_QUEUE',
  'WORKER_QUEUES',
  'DISCORD_API_URL',
  'MEDIA_HOSTS',
  'REFRESH_MARGIN',
  'CLIP_TYPES',
  'THUMBNAIL_FORMAT',
  'MAX_MEDIA_BYTES',
  'DISCORD_REQUESTS_PER_SECOND',
  'WEB_UI_PORT',
  'METRICS_ADDRESS',
  'DATA_DIR',
]);

/**
 * The environment without Everclip's settings, so that tests and benchmarks do the same on every machine
 * and never touch the Temporal, the bucket or the Discord that somebody's shell points at.
 *
 * @param {NodeJS.ProcessEnv} env
 * @returns {NodeJS.ProcessEnv}
 */
export function withoutSettings(env) {
  const isSetting = (name) =>
    SETTINGS.has(name) ||
    name.startsWith('DEMO_') ||
    (name.startsWith('TEMPORAL_') && name !== 'TEMPORAL_CLI');
  return Object.fromEntries(Object.entries(env).filter(([name]) => !isSetting(name)));
}
