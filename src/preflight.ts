import { requireToken, type Config } from './config.ts';
import { programEnvironment } from './config/program-environment.ts';
import { checkDiscord, type DiscordCheck } from './discord/check-discord.ts';
import { waitForDiscord } from './discord/wait-for-discord.ts';
import type { Logger } from './log.ts';
import { checkFfmpeg } from './media/ffmpeg/check.ts';
import { checkBucket } from './store/bucket.ts';

/**
 * A requirement that a process checks before it starts. If the requirement is not met, startup stops with one sentence.
 * Only ingest needs `channels`, because a worker keeps clips from any channel that it can read.
 */
export type Need = 'bucket' | 'ffmpeg' | 'discord' | 'channels';

type Check = (config: Config, log: Pick<Logger, 'warn'>, signal?: AbortSignal) => Promise<unknown>;

const CHECKS: Record<Need, Check> = {
  bucket: checkBucket,
  ffmpeg: (config) => checkFfmpeg({ ...config, environment: programEnvironment() }),
  discord: (config, log, signal) => checkAccess({ ...config, channelIds: [] }, log, signal),
  channels: checkAccess,
};

/**
 * Runs the checks for these requirements. The doctor runs the same checks. `signal` ends a wait for Discord.
 * @throws Error with one sentence that says what to do
 */
export async function preflight(
  config: Config,
  needs: readonly Need[],
  log: Pick<Logger, 'warn'>,
  signal?: AbortSignal,
): Promise<void> {
  for (const need of needs) await CHECKS[need](config, log, signal);
}

/**
 * Checks the token, the intent and the channels, and waits while Discord does not answer. Warns about unreadable
 * channels if at least one other channel is readable.
 * @throws Error with one sentence that says what to do
 */
export async function checkAccess(
  config: Config,
  log: Pick<Logger, 'warn'>,
  signal?: AbortSignal,
): Promise<DiscordCheck> {
  const { discordApiUrl: apiUrl, discordRequestsPerSecond: requestsPerSecond } = config;
  const { guildIds, excludeChannelIds } = config;
  const token = requireToken(config);
  const options = { token, apiUrl, requestsPerSecond, guildIds, excludeChannelIds };
  const check = await waitForDiscord(() => checkDiscord(options, config.channelIds, signal), {
    apiUrl,
    log,
    signal,
  });
  for (const sentence of check.unreadable) log.warn(`${sentence}; watching the other channels`);
  return check;
}
