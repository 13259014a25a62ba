import {
  ChannelType,
  DiscordAPIError,
  PermissionFlagsBits,
  type Channel,
  type Client,
} from 'discord.js';
import type { MessageContext } from '../clip/message.ts';

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
  of(channelId: string): Promise<MessageContext | null>;
  watched(): WatchedChannel[];
  /** Watched channels under which threads may stand, forums among them. */
  withThreads(): Pick<WatchedChannel, 'channelId' | 'channelName'>[];
}

const WITH_THREADS: readonly ChannelType[] = [
  ChannelType.GuildText,
  ChannelType.GuildAnnouncement,
  ChannelType.GuildForum,
  ChannelType.GuildMedia,
];

const RIGHTS = [PermissionFlagsBits.ViewChannel, PermissionFlagsBits.ReadMessageHistory];

/** `channelIds` empty: every channel that the bot sees. */
export function createPlaces(discord: Client, channelIds: readonly string[]): Places {
  const isWatched = (channel: Channel): boolean =>
    channelIds.length === 0 ||
    channelIds.includes(channel.id) ||
    (channel.isThread() && channel.parentId !== null && channelIds.includes(channel.parentId));

  const watchedWhere = (has: (channel: Channel) => boolean): Channel[] =>
    [...discord.channels.cache.values()].filter(
      (channel) => isWatched(channel) && has(channel) && isReadable(discord, channel),
    );

  return {
    async of(channelId) {
      const channel = discord.channels.cache.get(channelId) ?? (await fetched(discord, channelId));
      return channel && isWatched(channel) ? placeOf(discord, channel) : null;
    },
    watched() {
      return watchedWhere((channel) => channel.isTextBased()).map((channel) => ({
        channelId: channel.id,
        channelName: nameOf(channel),
        isThread: channel.isThread(),
        lastMessageId: ('lastMessageId' in channel && channel.lastMessageId) || null,
      }));
    },
    withThreads() {
      return watchedWhere(({ type }) => WITH_THREADS.includes(type)).map((channel) => ({
        channelId: channel.id,
        channelName: nameOf(channel),
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
  if (channel.isDMBased() || !discord.user) return false;
  return channel.permissionsFor(discord.user)?.has(RIGHTS) ?? false;
}

function placeOf(discord: Client, channel: Channel): MessageContext {
  const guild = channel.isDMBased() ? null : channel.guild;
  return {
    channelId: channel.id,
    channelName: nameOf(channel),
    guildId: guild?.id ?? null,
    guildName: guild?.name ?? null,
    selfId: discord.user?.id ?? null,
    findChannelName: (id) => guild?.channels.cache.get(id)?.name ?? null,
    findRoleName: (id) => guild?.roles.cache.get(id)?.name ?? null,
  };
}

const nameOf = (channel: Channel): string => ('name' in channel && channel.name) || channel.id;
