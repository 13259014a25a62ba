import type { Config } from './settings.ts';

/** The only token that a demo Discord accepts. */
const DEMO_TOKEN = 'demo-token';

/** The only bucket that a storage emulator has. */
const DEMO_BUCKET = 'everclip';

/** Points the settings at the demo Discord of DEMO_DISCORD_URL if there is no token. */
export function withDemoDiscord(config: Config): Config {
  if (config.token !== null || config.demoDiscordUrl === null) return config;
  return {
    ...config,
    token: DEMO_TOKEN,
    channelIds: [],
    discordApiUrl: `${config.demoDiscordUrl}/api`,
    mediaHosts: [config.demoDiscordUrl],
    refreshMarginMs: demoMarginMs(config),
  };
}

/** Points the settings at the storage emulator of DEMO_BUCKET_URL if there is no bucket name. */
export function withDemoBucket(config: Config): Config {
  if (config.bucketName !== null || config.demoBucketUrl === null) return config;
  return { ...config, bucketName: DEMO_BUCKET, gcsApiEndpoint: config.demoBucketUrl };
}

/** The refresh margin for the short links of a demo, in milliseconds: at most a third of their lease. */
export function demoMarginMs({
  refreshMarginMs,
  demo,
}: Pick<Config, 'refreshMarginMs' | 'demo'>): number {
  return Math.min(refreshMarginMs, demo.leaseMs / 3);
}
