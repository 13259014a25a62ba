import type { DiscordPort } from '../ports/discord-port.ts';

/**
 * Returns a port that finds the pages of a history with Discord's search. Each page contains only messages that are newer
 * than `after`, and in which the search sees a video. Returns null if the channel belongs to no guild, because only a
 * guild can be searched.
 */
export function searchedHistory(
  discord: Pick<DiscordPort, 'searchHistory'>,
  guildId: string | null,
  after: string | null,
): Pick<DiscordPort, 'fetchHistory'> | null {
  if (guildId === null) return null;
  return {
    fetchHistory: (channelId, { limit, before }) =>
      discord.searchHistory(channelId, {
        guildId,
        limit,
        ...(before !== undefined && { before }),
        ...(after !== null && { after }),
      }),
  };
}
