import type { ChannelKind } from '../clip/places/place.ts';
import type { ReadAhead } from './history/read-ahead.ts';
import type { Ports } from './ports.ts';

/** Discord's maximum for one page of messages. */
const MAX_PAGE_MESSAGES = 100;

export interface CheckChannelInput {
  channelId: string;
  /** True if the caller can also read a category or a forum, which have no messages of their own. */
  acceptContainer?: boolean;
  /**
   * The page that the caller reads next, which is requested during the check: 100 messages before `before`, or the newest
   * messages if `before` is null.
   */
  firstPage?: { before: string | null };
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
  ({ discord, readAhead }: Pick<Ports, 'discord'> & { readAhead: ReadAhead }) =>
  async (input: CheckChannelInput): Promise<CheckedChannel> => {
    const { channelId, acceptContainer = false, firstPage } = input;
    const found = acceptContainer ? await discord.findChannelKind(channelId) : null;
    if (found?.kind === 'category' || found?.kind === 'forum') return found;
    // A backfill of a guild has just listed the channel, and starts many backfills of single places.
    const inKnownGuild = !acceptContainer;
    const forgetPage = firstPage ? beginFirstPage(readAhead, channelId, firstPage) : null;
    const { channelName } = await discord
      .readableChannel(channelId, { inKnownGuild })
      .catch((error: unknown) => {
        forgetPage?.();
        throw error;
      });
    return { channelName, ...(found && { kind: found.kind }) };
  };

function beginFirstPage(
  readAhead: ReadAhead,
  channelId: string,
  { before }: { before: string | null },
): () => void {
  const limit = MAX_PAGE_MESSAGES;
  return readAhead.begin(channelId, before === null ? { limit } : { before, limit });
}
