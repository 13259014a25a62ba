import { DiscordAPIError, PermissionFlagsBits, type Channel, type Client } from 'discord.js';
import type { MessagePlace } from '../clip/from-message.ts';

/** A channel or thread that is watched, and has messages. */
export interface WatchedChannel {
  channelId: string;
  channelName: string;
  isThread: boolean;
  /** By Discord's word, so that no clock of ours matters; null: nothing was posted yet. */
  lastMessageId: string | null;
}

/** Which channels are watched, and what they are called, from what discord.js keeps of its guilds. */
export interface Places {
  /** Null where the channel isn't watched. Threads belong to their channel. */
  of(channelId: string): Promise<MessagePlace | null>;
  watched(): WatchedChannel[];
}

const RIGHTS = [PermissionFlagsBits.ViewChannel, PermissionFlagsBits.ReadMessageHistory];

/** `channelIds` empty: every channel that the bot sees. */
export function createPlaces(discord: Client, channelIds: readonly string[]): Places {
  const isWatched = (channel: Channel): boolean =>
    channelIds.length === 0 ||
    channelIds.includes(channel.id) ||
    (channel.isThread() && channel.parentId !== null && channelIds.includes(channel.parentId));

  return {
    async of(channelId) {
      const channel = discord.channels.cache.get(channelId) ?? (await fetched(discord, channelId));
      return channel && isWatched(channel) ? placeOf(discord, channel) : null;
    },
    watched() {
      return [...discord.channels.cache.values()]
        .filter((channel) => isWatched(channel) && isReadable(discord, channel))
        .map((channel) => ({
          channelId: channel.id,
          channelName: nameOf(channel),
          isThread: channel.isThread(),
          lastMessageId: ('lastMessageId' in channel && channel.lastMessageId) || null,
        }));
    },
  };
}

/**
 * A thread that was archived before this session isn't in the cache. Only Discord's own word makes a
 * channel unwatched: any other fault is thrown, so that the event is tried again.
 */
async function fetched(discord: Client, channelId: string): Promise<Channel | null> {
  try {
    return await discord.channels.fetch(channelId);
  } catch (error) {
    if (error instanceof DiscordAPIError && [403, 404].includes(error.status)) return null;
    throw error;
  }
}

function isReadable(discord: Client, channel: Channel): boolean {
  if (!channel.isTextBased() || channel.isDMBased() || !discord.user) return false;
  return channel.permissionsFor(discord.user)?.has(RIGHTS) ?? false;
}

function placeOf(discord: Client, channel: Channel): MessagePlace {
  const guild = channel.isDMBased() ? null : channel.guild;
  return {
    channelId: channel.id,
    channelName: nameOf(channel),
    guildId: guild?.id ?? null,
    guildName: guild?.name ?? null,
    selfId: discord.user?.id ?? null,
    channelNames: Object.fromEntries(guild?.channels.cache.map(({ id, name }) => [id, name]) ?? []),
    roleNames: Object.fromEntries(guild?.roles.cache.map(({ id, name }) => [id, name]) ?? []),
  };
}

const nameOf = (channel: Channel): string => ('name' in channel && channel.name) || channel.id;
