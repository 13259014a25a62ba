import type { ChannelKind } from '../clip/places/place.ts';
import type { Ports } from './ports.ts';

export interface CheckChannelInput {
  channelId: string;
  /** True if the caller can also read a category or a forum, which have no messages of their own. */
  acceptContainer?: boolean;
}

export interface CheckedChannel {
  channelName: string;
  /** Absent if the caller doesn't accept containers. */
  kind?: ChannelKind;
}

/**
 * Checks that a channel's history can be read, before a backfill starts. The channels of a category and the threads of
 * a forum are not checked.
 * @throws InvalidInput if the channel is unknown, belongs to a guild that GUILD_IDS does not allow or cannot be read; or
 * if it has no messages of its own, unless the caller accepts containers
 */
export const createCheckChannel =
  ({ discord }: Pick<Ports, 'discord'>) =>
  async (input: CheckChannelInput): Promise<CheckedChannel> => {
    const { channelId, acceptContainer = false } = input;
    const found = acceptContainer ? await discord.findChannelKind(channelId) : null;
    if (found?.kind === 'category' || found?.kind === 'forum') return found;
    const inKnownGuild = !acceptContainer;
    const { channelName } = await discord.readableChannel(channelId, { inKnownGuild });
    return { channelName, ...(found && { kind: found.kind }) };
  };
