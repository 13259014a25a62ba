import { ChannelType, Routes, type APIChannel, type APIOverwrite } from 'discord-api-types/v10';
import { shownName } from '../../clip/clip.ts';
import { invalidInput, isFailure, serviceFailed } from '../../errors.ts';
import { NOT_DISCORD, type Get } from '../rest-client.ts';

/** @throws InvalidInput if the channel is unknown or hidden from the bot, and any error of `get` */
export async function fetchChannel(get: Get, channelId: string): Promise<APIChannel> {
  const path = Routes.channel(channelId);
  try {
    const channel = await get<APIChannel>(path);
    if (channel.id !== channelId) throw serviceFailed(NOT_DISCORD, { route: `GET ${path}` });
    return channel;
  } catch (error) {
    if (isFailure(error, 'MessageGone')) {
      throw invalidInput(
        `unknown channel ${channelId}: copy the id from Discord (Developer Mode, Copy Channel ID)`,
      );
    }
    if (isFailure(error, 'AccessLost')) {
      throw invalidInput(`the bot cannot see channel ${channelId}: grant it View Channel there`);
    }
    throw error;
  }
}

/**
 * Asks Discord about a guild.
 * @throws InvalidInput if Discord says that the bot is not in the guild, and any error of `ask`
 */
export async function requireMembership<T>(channelName: string, ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    if (isFailure(error, 'MessageGone') || isFailure(error, 'AccessLost')) {
      throw invalidInput(
        `the bot is not in the server of #${shownName(channelName)}: invite the bot`,
      );
    }
    throw error;
  }
}

const THREAD_TYPES: readonly ChannelType[] = [
  ChannelType.AnnouncementThread,
  ChannelType.PublicThread,
  ChannelType.PrivateThread,
];

/** Returns the id of a thread's parent; null if the channel is not a thread. Compatible servers may send no metadata. */
export function parentIdOf(channel: APIChannel): string | null {
  const isThread = 'thread_metadata' in channel || THREAD_TYPES.includes(channel.type);
  return (isThread && 'parent_id' in channel && channel.parent_id) || null;
}

/**
 * Returns the channel whose permissions apply, which is the parent of a thread, or the channel itself. Returns null if
 * the parent is hidden from the bot. Even if the parent is hidden, Discord shows the bot the private threads that the
 * bot was added to.
 */
export async function fetchOwner(get: Get, channel: APIChannel): Promise<APIChannel | null> {
  const parentId = parentIdOf(channel);
  if (parentId === null) return channel;
  try {
    return await get<APIChannel>(Routes.channel(parentId));
  } catch (error) {
    if (isFailure(error, 'AccessLost') || isFailure(error, 'MessageGone')) return null;
    throw error;
  }
}

export function overwritesOf(channel: APIChannel): readonly APIOverwrite[] {
  const overwrites = 'permission_overwrites' in channel ? channel.permission_overwrites : null;
  return Array.isArray(overwrites) ? overwrites : [];
}

export function guildIdOf(channel: APIChannel | null): string | null {
  return (channel && 'guild_id' in channel && channel.guild_id) || null;
}

export function nameOf(channel: APIChannel): string {
  return ('name' in channel && channel.name) || channel.id;
}
