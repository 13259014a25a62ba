import type { APIMessage } from 'discord-api-types/v10';
import { compareSnowflakes, idAfter } from '../../clip/snowflake.ts';
import type { DiscordPort } from '../ports/discord-port.ts';

/** Which page of a channel's history to read. */
export interface PageBounds {
  channelId: string;
  /** The number of messages to read, 1 to 100. */
  limit: number;
  /**
   * Read the newest messages that are older than `before` and newer than `after`. A bound that is null does not apply.
   */
  older?: { before: string | null; after: string | null };
  /** Read the oldest messages that are newer than `after`. */
  newer?: { after: string };
}

/**
 * Returns the messages of the page, oldest first. A retry reads the same range of ids as the first attempt. `onDropped`
 * is told how many entries of the page have no id.
 */
export async function fetchPage(
  discord: Pick<DiscordPort, 'fetchHistory'>,
  { channelId, limit, older, newer }: PageBounds,
  earlier: { oldest: string; newest: string } | undefined,
  onDropped: (entries: number) => void = () => undefined,
): Promise<APIMessage[]> {
  const before = older && earlier ? idAfter(earlier.newest) : (older?.before ?? null);
  const after = older?.after ?? newer?.after ?? null;
  const page = await discord.fetchHistory(channelId, {
    limit,
    onDropped,
    ...(before !== null && { before }),
    ...(newer && { after: newer.after }),
  });
  // Check the bounds again. If a server ignored the bounds, a backfill would read the same page forever.
  const isWithinBounds = (id: string): boolean =>
    (before === null || compareSnowflakes(id, before) < 0) &&
    (after === null || compareSnowflakes(id, after) > 0);
  const isOnEarlierPage = (id: string): boolean =>
    earlier === undefined ||
    (compareSnowflakes(id, earlier.oldest) >= 0 && compareSnowflakes(id, earlier.newest) <= 0);
  return page
    .filter(({ id }) => typeof id === 'string' && isWithinBounds(id) && isOnEarlierPage(id))
    .sort((a, b) => compareSnowflakes(a.id, b.id));
}
