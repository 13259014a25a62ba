import type { Ports } from './ports.ts';

/**
 * Checks that a channel's history can be read, before a backfill starts.
 * @throws InvalidInput if the channel is unknown, has no messages of its own, belongs to a guild that GUILD_IDS does not
 * allow or cannot be read
 */
export const createCheckChannel =
  ({ discord }: Pick<Ports, 'discord'>) =>
  async ({ channelId }: { channelId: string }): Promise<{ channelName: string }> => {
    const { channelName } = await discord.readableChannel(channelId);
    return { channelName };
  };
