import { ChannelType, type APIChannel } from 'discord-api-types/v10';
import { shownName } from '../../clip/clip.ts';
import type { ChannelKind, Place, PlaceScope, UnreadablePlace } from '../../clip/places/place.ts';
import { isSnowflake } from '../../clip/snowflake.ts';
import { nameOf } from '../channels/fetch-channel.ts';

/** The types of channels that have messages of their own. */
const MESSAGE_TYPES: readonly ChannelType[] = [
  ChannelType.GuildText,
  ChannelType.GuildVoice,
  ChannelType.GuildAnnouncement,
  ChannelType.GuildStageVoice,
];

/** The types of channels whose messages are all in threads. */
const FORUM_TYPES: readonly ChannelType[] = [ChannelType.GuildForum, ChannelType.GuildMedia];

export function hasMessages({ type }: APIChannel): boolean {
  return MESSAGE_TYPES.includes(type);
}

/** True if the channel can have threads. Voice and stage channels can't. */
export function hasThreads({ type }: APIChannel): boolean {
  return (
    type === ChannelType.GuildText ||
    type === ChannelType.GuildAnnouncement ||
    FORUM_TYPES.includes(type)
  );
}

/** The sentence that says why a channel cannot be read. */
export function describeMissing(channel: APIChannel, missing: readonly string[]): string {
  return `the bot cannot read #${shownName(nameOf(channel))}: grant it ${missing.join(' and ')} there`;
}

export function isCategory({ type }: APIChannel): boolean {
  return type === ChannelType.GuildCategory;
}

export function kindOf(channel: APIChannel): ChannelKind {
  if (isCategory(channel)) return 'category';
  if (FORUM_TYPES.includes(channel.type)) return 'forum';
  return hasThreads(channel) ? 'threaded' : 'plain';
}

/**
 * Returns the ids of the channel, of the parent of a thread, and of the category of either. `channels` are the channels
 * of the guild.
 */
export function idsAbove(channel: APIChannel, channels: readonly APIChannel[]): string[] {
  const parentId = categoryOrParentOf(channel);
  const parent = channels.find(({ id }) => id === parentId);
  const categoryId = parent === undefined ? null : categoryOrParentOf(parent);
  return [channel.id, parentId, categoryId].filter((id) => id !== null);
}

/** True if the scope names the channel itself, its category, its guild or everything. */
export function isInScope(scope: PlaceScope, channel: APIChannel): boolean {
  if (!('channelId' in scope)) return true;
  return channel.id === scope.channelId || categoryOrParentOf(channel) === scope.channelId;
}

/** Returns the id of a thread's parent or of a channel's category, or null if there is none. */
function categoryOrParentOf(channel: APIChannel): string | null {
  return ('parent_id' in channel && channel.parent_id) || null;
}

/** `parentId` is the channel that a thread belongs to. */
export function toPlace(
  channel: APIChannel,
  guildId: string | null,
  parentId: string | null,
): Place {
  const lastMessageId = 'last_message_id' in channel ? channel.last_message_id : null;
  return {
    channelId: channel.id,
    channelName: nameOf(channel),
    guildId,
    type: channel.type,
    parentId,
    lastMessageId: isSnowflake(lastMessageId) ? lastMessageId : null,
  };
}

export function toUnreadable(channel: APIChannel, reason: string): UnreadablePlace {
  return { channelId: channel.id, channelName: nameOf(channel), reason };
}
