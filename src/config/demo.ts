import { type Config, needsDiscord } from './settings.ts';

/** The only token that a demo Discord accepts. */
const DEMO_TOKEN = 'demo-token';

/** The only bucket that a storage emulator has. */
const DEMO_BUCKET = 'everclip';

/**
 * If no token is set, changes the settings to use the demo Discord at DEMO_DISCORD_URL. A worker that only makes
 * thumbnails needs no token, so without one it can't tell which Discord the other processes use. It accepts the media of
 * both. Docker Compose tells it with another text in TOKEN that there is a token. Then it accepts only MEDIA_HOSTS.
 */
export function withDemoDiscord(config: Config): Config {
  if (config.token !== null || config.demoDiscordUrl === null) return config;
  if (!needsDiscord(config))
    return { ...config, mediaHosts: [...config.mediaHosts, config.demoDiscordUrl] };
  return {
    ...config,
    token: DEMO_TOKEN,
    channelIds: [],
    excludeChannelIds: [],
    guildIds: [],
    discordApiUrl: `${config.demoDiscordUrl}/api`,
    mediaHosts: [config.demoDiscordUrl],
    refreshMarginMs: demoMarginMs(config),
  };
}

/** If no bucket name is set, changes the settings to use the storage emulator at DEMO_BUCKET_URL. */
export function withDemoBucket(config: Config): Config {
  if (config.bucketName !== null || config.demoBucketUrl === null) return config;
  return { ...config, bucketName: DEMO_BUCKET, gcsApiEndpoint: config.demoBucketUrl };
}

/**
 * Returns the refresh margin that a program with these settings uses, in milliseconds. Without a token, the program
 * runs a demo.
 */
export function usedMarginMs(config: Config): number {
  return config.token === null ? demoMarginMs(config) : config.refreshMarginMs;
}

/**
 * Returns the refresh margin for a demo, in milliseconds. The margin is at most a third of the lease of the demo's
 * links.
 */
export function demoMarginMs({
  refreshMarginMs,
  demo,
}: Pick<Config, 'refreshMarginMs' | 'demo'>): number {
  return Math.min(refreshMarginMs, demo.leaseMs / 3);
}
