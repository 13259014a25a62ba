import { ChannelType, type APIChannel } from 'discord-api-types/v10';
import { shownName } from '../../clip/clip.ts';
import { invalidInput } from '../../errors.ts';
import { isAllowedGuild } from '../guilds.ts';
import { parentIdOf } from './fetch-channel.ts';

/**
 * The settings CHANNEL_IDS, EXCLUDE_CHANNEL_IDS and GUILD_IDS. An empty list of channels or guilds allows all of them.
 * The id of a forum or a category stands for everything in it.
 */
export interface WatchBounds {
  channelIds: readonly string[];
  excludeChannelIds?: readonly string[];
  guildIds: readonly string[];
}

/** A channel or thread, and what it is in. Each id is null if there is none, or if it is not known. */
export interface BoundedPlace {
  id: string;
  /** The channel that a thread belongs to; null for a channel that is not a thread. */
  parentId: string | null;
  /** The category of the channel, or of the channel that the thread belongs to. */
  categoryId: string | null;
  guildId: string | null;
}

/** True if the settings allow the place. EXCLUDE_CHANNEL_IDS takes precedence over CHANNEL_IDS. */
export function isWithinBounds(place: BoundedPlace, bounds: WatchBounds): boolean {
  const { channelIds, excludeChannelIds = [], guildIds } = bounds;
  if (!isAllowedGuild(guildIds, place.guildId)) return false;
  if (isNamed(place, excludeChannelIds)) return false;
  return channelIds.length === 0 || isNamed(place, channelIds);
}

/** True if the list names the place, its channel or its category. */
function isNamed({ id, parentId, categoryId }: BoundedPlace, ids: readonly string[]): boolean {
  return [id, parentId, categoryId].some((each) => each !== null && ids.includes(each));
}

/** @throws InvalidInput if the setting EXCLUDE_CHANNEL_IDS takes out the place */
export function requireNotExcluded(
  excludeChannelIds: readonly string[],
  place: BoundedPlace,
  channelName: string,
): void {
  if (!isNamed(place, excludeChannelIds)) return;
  throw invalidInput(
    `EXCLUDE_CHANNEL_IDS takes out #${shownName(channelName)}: remove the id there, or use another channel`,
  );
}

/** `owner` is the parent of a thread or the channel itself; null if the parent is hidden from the bot. */
export function boundedPlaceOf(
  channel: APIChannel,
  owner: APIChannel | null,
  guildId: string | null,
): BoundedPlace {
  return {
    id: channel.id,
    parentId: parentIdOf(channel),
    categoryId: categoryIdOf(owner),
    guildId,
  };
}

/** Returns the id of a channel's category; null for a category, and if the channel is in no category. */
export function categoryIdOf(channel: APIChannel | null): string | null {
  if (channel === null || channel.type === ChannelType.GuildCategory) return null;
  return ('parent_id' in channel && channel.parent_id) || null;
}
