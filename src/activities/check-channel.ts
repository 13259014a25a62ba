import type { Ports } from './ports.ts';

/**
 * Checks that a channel's history can be read, before a backfill starts.
 * @throws InvalidInput with what is wrong with the channel
 */
export const createCheckChannel =
  ({ discord }: Pick<Ports, 'discord'>) =>
  async ({ channelId }: { channelId: string }): Promise<{ channelName: string }> => {
    const { channelName } = await discord.readableChannel(channelId);
    return { channelName };
  };
