import type { Config } from './config.ts';
import { checkDiscord } from './discord/check-discord.ts';
import { checkFfmpeg } from './media/check-ffmpeg.ts';
import { checkBucket } from './store/bucket.ts';

/** What a process needs; each is looked at before it starts, for a fault should be one sentence at once. */
export type Need = 'bucket' | 'ffmpeg' | 'discord';

const CHECKS: Record<Need, (config: Config) => Promise<unknown>> = {
  bucket: checkBucket,
  ffmpeg: checkFfmpeg,
  async discord({ token, discordApiUrl: apiUrl, discordRequestsPerSecond, channelIds }) {
    if (token === null)
      throw new Error('TOKEN is missing: set it to the bot token of your Discord application');
    await checkDiscord({ token, apiUrl, requestsPerSecond: discordRequestsPerSecond }, channelIds);
  },
};

/**
 * The fatal part of the doctor's checks.
 * @throws Error with one sentence that says what to do
 */
export async function preflight(config: Config, needs: readonly Need[]): Promise<void> {
  for (const need of needs) await CHECKS[need](config);
}
