import { requireToken, type Config } from './config.ts';
import { checkDiscord, type DiscordCheck } from './discord/check-discord.ts';
import type { Logger } from './log.ts';
import { checkFfmpeg } from './media/ffmpeg/check.ts';
import { checkBucket } from './store/bucket.ts';

/**
 * A requirement that a process checks before it starts. If the requirement is not met, startup stops with one sentence.
 * Only ingest needs `channels`, because a worker keeps clips from any channel that it can read.
 */
export type Need = 'bucket' | 'ffmpeg' | 'discord' | 'channels';

const CHECKS: Record<Need, (config: Config, log: Pick<Logger, 'warn'>) => Promise<unknown>> = {
  bucket: checkBucket,
  ffmpeg: checkFfmpeg,
  discord: (config, log) => checkAccess({ ...config, channelIds: [] }, log),
  channels: checkAccess,
};

/**
 * Runs the checks for these requirements. The doctor runs the same checks.
 * @throws Error with one sentence that says what to do
 */
export async function preflight(
  config: Config,
  needs: readonly Need[],
  log: Pick<Logger, 'warn'>,
): Promise<void> {
  for (const need of needs) await CHECKS[need](config, log);
}

/**
 * Checks the token, the intent and the channels. Warns about unreadable channels if others are readable.
 * @throws Error with one sentence that says what to do
 */
export async function checkAccess(
  config: Config,
  log: Pick<Logger, 'warn'>,
): Promise<DiscordCheck> {
  const options = {
    token: requireToken(config),
    apiUrl: config.discordApiUrl,
    requestsPerSecond: config.discordRequestsPerSecond,
  };
  const check = await checkDiscord(options, config.channelIds);
  for (const sentence of check.unreadable) log.warn(`${sentence}; watching the other channels`);
  return check;
}
