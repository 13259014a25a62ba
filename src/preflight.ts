import { requireToken, type Config } from './config.ts';
import { checkDiscord, type DiscordCheck } from './discord/check-discord.ts';
import type { Logger } from './log.ts';
import { checkFfmpeg } from './media/check-ffmpeg.ts';
import { checkBucket } from './store/bucket.ts';

/**
 * What a process needs; each is looked at before it starts, for a fault should be one sentence at once. The
 * channels are ingest's alone: workers go on with all clips of those that can be read.
 */
export type Need = 'bucket' | 'ffmpeg' | 'discord' | 'channels';

const CHECKS: Record<Need, (config: Config, log: Pick<Logger, 'warn'>) => Promise<unknown>> = {
  bucket: checkBucket,
  ffmpeg: checkFfmpeg,
  discord: (config, log) => checkAccess({ ...config, channelIds: [] }, log),
  channels: checkAccess,
};

/**
 * The fatal part of the doctor's checks.
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
 * Token, intent and channels; warns of channels that can't be read where others can.
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
  for (const sentence of check.unreadable) log.warn(`${sentence}; the other channels are watched`);
  return check;
}
