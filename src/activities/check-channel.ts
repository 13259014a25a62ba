import type { Ports } from './ports.ts';

/**
 * Looks whether a channel's history can be read at all, before a backfill starts.
 * @throws InvalidInput saying what is wrong with the channel
 */
export const createCheckChannel =
  ({ discord }: Pick<Ports, 'discord'>) =>
  async ({ channelId }: { channelId: string }): Promise<{ channelName: string }> => {
    const { channelName } = await discord.readableChannel(channelId);
    return { channelName };
  };
