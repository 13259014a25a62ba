import type { APIUser } from 'discord-api-types/v10';
import { applicationFailure } from '../errors.ts';
import { hasMessageContentIntent, MISSING_INTENT } from './intent.ts';
import { readableChannel } from './readable-channel.ts';
import { createGet, type DiscordOptions } from './rest-client.ts';

/**
 * Makes sure, before anything starts, that the bot can do its work: token, intent, channels.
 * @throws Error with one sentence that says what to do
 */
export async function checkDiscord(
  options: DiscordOptions,
  channelIds: readonly string[],
): Promise<{ username: string }> {
  const get = createGet(options);
  try {
    const { username } = await get<APIUser>('/users/@me');
    if (!(await hasMessageContentIntent(get))) throw new Error(MISSING_INTENT);
    for (const channelId of channelIds) await readableChannel(get, channelId);
    return { username };
  } catch (error) {
    const failure = applicationFailure(error);
    if (failure?.type === 'InvalidInput')
      throw new Error(`CHANNEL_IDS: ${failure.message}`, { cause: error });
    if (failure?.type === 'ServiceFailed') {
      throw new Error(`${failure.message}: correct DISCORD_API_URL, or try again later`, {
        cause: error,
      });
    }
    throw error;
  }
}
