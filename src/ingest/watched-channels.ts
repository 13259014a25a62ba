import { ChannelType, PermissionFlagsBits, type Channel, type Client, type Role } from 'discord.js';
import type { MessageContext } from '../clip/message.ts';
import {
  isWithinBounds,
  type BoundedPlace,
  type WatchBounds,
} from '../discord/channels/watch-bounds.ts';
import { isAllowedGuild } from '../discord/guilds.ts';
import { requiredPermissions } from '../discord/permissions.ts';
import type { Get } from '../discord/rest-client.ts';
import { cachedCategoryId, createChannelLookUps, type FoundChannel } from './channel-look-ups.ts';
import type { GatewayEvent } from './gateway-event.ts';

/** A channel or thread that has messages of its own. */
export interface WatchedChannel {
  channelId: string;
  channelName: string;
  isThread: boolean;
  /**
   * The parent of a thread that ingest still finds after the thread is archived, if the server lists archived threads: a
   * public thread whose parent is watched. Null for all other threads and channels. Only the sweep of such a thread may
   * end as soon as it has read the thread. The next session finds the thread and can start the sweep again.
   */
  listingParentId: string | null;
  /**
   * The id of the newest message; null if nothing was posted yet. The id comes from Discord, so the local
   * clock does not matter.
   */
  lastMessageId: string | null;
  /**
   * The id of the newest message, if the gateway has named it at the start of this session. Null or absent if the newest
   * message is not known for sure.
   */
  newestId?: string | null;
}

export interface ThreadParent extends Pick<WatchedChannel, 'channelId' | 'channelName'> {
  /** Null if a compatible server names no guild. */
  guildId: string | null;
}

/**
 * Knows which channels are watched. A thread is watched if the parent channel is watched. `eventGuildId` is the guild
 * that an event of the channel names. It counts if neither the channel nor its parent names a guild, as compatible
 * servers may do.
 */
export interface WatchedChannels {
  /**
   * Returns whether a channel is watched, without sending a request. `unknown` means that a request to Discord is
   * needed.
   */
  checkWatched(
    channelId: string,
    eventGuildId?: string | null,
  ): 'watched' | 'unwatched' | 'unknown';
  /**
   * Returns the context of the messages in a channel, or null if the channel is not watched. Sends at most one request
   * per unknown channel.
   * @throws a failure of `errors.ts` if Discord did not answer, because a missing answer does not mean that the channel
   * is unwatched
   */
  findContext(channelId: string, eventGuildId?: string | null): Promise<MessageContext | null>;
  /**
   * Returns what a sweep needs to know about a channel, or null if the channel is not watched. Sends the same requests
   * and throws the same errors as `findContext`.
   */
  findWatched(channelId: string, eventGuildId?: string | null): Promise<WatchedChannel | null>;
  /** Lists the watched channels and threads whose history the bot can read. */
  listReadable(): WatchedChannel[];
  /** Lists the readable watched channels that can have threads, including forums. */
  listThreadParents(): ThreadParent[];
  /**
   * True if the settings allow a place of which an event or a list says what it is in. The category of a thread comes from the
   * cache. Works for a place that no longer exists.
   */
  isPlaceAllowed(place: BoundedPlace): boolean;
  /** True if GUILD_IDS allows the guild. */
  isGuildAllowed(guildId: string): boolean;
  /** Deletes those of Discord's cached answers that a channel event may have made stale. */
  forget(event: GatewayEvent): void;
}

const TYPES_WITH_THREADS: readonly ChannelType[] = [
  ChannelType.GuildText,
  ChannelType.GuildAnnouncement,
  ChannelType.GuildForum,
  ChannelType.GuildMedia,
];

/** A channel is watched if CHANNEL_IDS, EXCLUDE_CHANNEL_IDS and GUILD_IDS allow the channel. */
export function createWatchedChannels(
  discord: Client,
  get: Get,
  bounds: WatchBounds,
): WatchedChannels {
  const lookUps = createChannelLookUps(discord, get);

  function isWatched(place: BoundedPlace): boolean {
    return isWithinBounds(place, bounds);
  }

  function isWatchedParent(channel: Channel): boolean {
    return (
      TYPES_WITH_THREADS.includes(channel.type) &&
      isWatched(placeOf(channel)) &&
      isReadable(discord, channel)
    );
  }

  function listingParentIdOf(channel: Channel | undefined): string | null {
    if (!channel?.isThread() || channel.type === ChannelType.PrivateThread) return null;
    const parent = discord.channels.cache.get(channel.parentId ?? '');
    return parent !== undefined && isWatchedParent(parent) ? parent.id : null;
  }

  return {
    checkWatched(channelId, eventGuildId = null) {
      const channel = lookUps.peek(channelId);
      if (channel === undefined) return 'unknown';
      return channel && isWatched(withGuild(channel, eventGuildId)) ? 'watched' : 'unwatched';
    },
    async findContext(channelId, eventGuildId = null) {
      const found = await lookUps.find(channelId);
      if (found === null) return null;
      const channel = withGuild(found, eventGuildId);
      return isWatched(channel) ? contextOf(discord, channel) : null;
    },
    async findWatched(channelId, eventGuildId = null) {
      const channel = await lookUps.find(channelId);
      if (!channel || !isWatched(withGuild(channel, eventGuildId))) return null;
      return {
        channelId,
        channelName: channel.name,
        isThread: channel.parentId !== null,
        listingParentId: listingParentIdOf(discord.channels.cache.get(channelId)),
        lastMessageId: null,
      };
    },
    listReadable() {
      const readable = [...discord.channels.cache.values()].filter((channel) => {
        return channel.isTextBased() && isWatched(placeOf(channel)) && isReadable(discord, channel);
      });
      return readable.map((channel) => ({
        channelId: channel.id,
        channelName: nameOf(channel),
        isThread: channel.isThread(),
        listingParentId: listingParentIdOf(channel),
        lastMessageId: lastMessageIdOf(channel),
        // In an outage of the guild, the cache still has what the last session knew.
        newestId: 'guild' in channel && channel.guild.available ? lastMessageIdOf(channel) : null,
      }));
    },
    listThreadParents() {
      const parents = [...discord.channels.cache.values()].filter(isWatchedParent);
      return parents.map((channel) => ({
        channelId: channel.id,
        channelName: nameOf(channel),
        guildId: placeOf(channel).guildId,
      }));
    },
    isPlaceAllowed(place) {
      const categoryId = place.categoryId ?? lookUps.peek(place.parentId ?? '')?.categoryId ?? null;
      return isWatched({ ...place, categoryId });
    },
    isGuildAllowed: (guildId) => isAllowedGuild(bounds.guildIds, guildId),
    forget(event) {
      lookUps.forget(event);
    },
  };
}

function withGuild(channel: FoundChannel, eventGuildId: string | null): FoundChannel {
  return { ...channel, guildId: channel.guildId ?? eventGuildId };
}

/** True if the bot has the permissions that are needed to read the channel's history. */
function isReadable(discord: Client, channel: Channel): boolean {
  if (channel.isDMBased() || !discord.user) return false;
  // A compatible server may send guilds without roles. The channel then counts as readable, and the sweep looks up the
  // roles.
  const everyone: Role | undefined = channel.guild.roles.cache.get(channel.guild.id);
  if (everyone === undefined) return true;
  const permissions = channel.permissionsFor(discord.user);
  const needed = requiredPermissions(channel.type).map(({ bit }) => bit);
  if (channel.type !== ChannelType.PrivateThread) return permissions?.has(needed) ?? false;
  // The gateway lists a private thread only for its members. A member can see the thread even if the parent channel is
  // hidden. The permissions come from the parent channel, so ignore its permission to view.
  const others = needed.filter((bit) => bit !== PermissionFlagsBits.ViewChannel);
  return permissions?.has(others) ?? true;
}

function contextOf(discord: Client, channel: FoundChannel): MessageContext {
  const { guildId } = channel;
  const guild = guildId === null ? undefined : discord.guilds.cache.get(guildId);
  return {
    channelId: channel.id,
    channelName: channel.name,
    guildId,
    guildName: guild?.name ?? null,
    selfId: discord.user?.id ?? null,
    ...(isAgeRestricted(discord, channel) && { isAgeRestricted: true as const }),
    findChannelName: (id) => guild?.channels.cache.get(id)?.name ?? null,
    findRoleName: (id) => guild?.roles.cache.get(id)?.name ?? null,
  };
}

/**
 * True if the channel or its parent is age-restricted. Discord marks only the parent of a thread, not the thread
 * itself.
 */
function isAgeRestricted(discord: Client, { isAgeRestricted, parentId }: FoundChannel): boolean {
  const parent = parentId === null ? undefined : discord.channels.cache.get(parentId);
  return isAgeRestricted || Boolean(parent && 'nsfw' in parent && parent.nsfw);
}

function placeOf(channel: Channel): BoundedPlace {
  return {
    id: channel.id,
    parentId: channel.isThread() ? channel.parentId : null,
    categoryId: cachedCategoryId(channel),
    guildId: channel.isDMBased() ? null : channel.guildId,
  };
}

function lastMessageIdOf(channel: Channel): string | null {
  return ('lastMessageId' in channel && channel.lastMessageId) || null;
}

const nameOf = (channel: Channel): string => ('name' in channel && channel.name) || channel.id;
