import type { Channel, Client } from 'discord.js';
import { Routes, type APIChannel } from 'discord-api-types/v10';
import { BoundedMap } from '../bounded-map.ts';
import { nameOf, parentIdOf } from '../discord/channels/fetch-channel.ts';
import { categoryIdOf } from '../discord/channels/watch-bounds.ts';
import { NOT_DISCORD, type Get } from '../discord/rest-client.ts';
import { isFailure, serviceFailed } from '../errors.ts';
import type { GatewayEvent } from './gateway-event.ts';

/** How long Discord's answer about a channel is cached, in milliseconds, unless an event makes the answer stale. */
const ANSWER_KEPT_MS = 5 * 60 * 1000;

/** The maximum number of cached answers. Each answer takes about 100 bytes. */
const MAX_ANSWERS = 1000;

/** A channel from discord.js's cache or from an answer of Discord. */
export interface FoundChannel {
  id: string;
  name: string;
  /** Null outside a guild, and if Discord's answer does not name the guild. */
  guildId: string | null;
  /** The channel that a thread belongs to; null for a channel that is not a thread. */
  parentId: string | null;
  /** The category of the channel, or of the thread's parent; null if there is none, or if the parent is not known. */
  categoryId: string | null;
  /**
   * True if the channel itself is age-restricted. For a thread, Discord marks the parent channel instead of the thread.
   */
  isAgeRestricted: boolean;
}

/**
 * Finds channels in discord.js's cache. Requests other channels from Discord, such as a thread that was archived before
 * this session. Sends only one request for each unknown channel, even if many events name it.
 */
export interface ChannelLookUps {
  /**
   * Returns the channel, or null if Discord recently answered that the bot has no such channel. Undefined means that a
   * request is needed.
   */
  peek(channelId: string): FoundChannel | null | undefined;
  /**
   * Returns the channel, or null if Discord answers that the bot has no such channel.
   * @throws a failure of `errors.ts` if Discord did not answer; the next call sends a new request
   */
  find(channelId: string): Promise<FoundChannel | null>;
  /** Forgets the answers that a channel event may have made stale. */
  forget(event: GatewayEvent): void;
}

interface LookUp {
  pending: Promise<FoundChannel | null>;
  /** Undefined until Discord has answered. */
  answer: FoundChannel | null | undefined;
  /** Epoch milliseconds. */
  untilMs: number;
}

/** `now` returns epoch milliseconds; tests replace it. */
export function createChannelLookUps(
  discord: Pick<Client, 'channels'>,
  get: Get,
  now: () => number = Date.now,
): ChannelLookUps {
  const lookUps = new BoundedMap<string, LookUp>(MAX_ANSWERS, isOver);

  function isOver({ untilMs }: LookUp): boolean {
    return untilMs <= now();
  }

  function cached(channelId: string): FoundChannel | null {
    const channel = discord.channels.cache.get(channelId);
    return channel ? describeCached(channel) : null;
  }

  function recall(channelId: string): LookUp | undefined {
    const lookUp = lookUps.get(channelId);
    if (lookUp && !isOver(lookUp)) return lookUp;
    lookUps.delete(channelId);
    return undefined;
  }

  /** Compatible servers may leave out a channel's guild. The parent, a channel or category, is in the same guild. */
  function findGuildId(channel: APIChannel): string | null {
    if ('guild_id' in channel && channel.guild_id) return channel.guild_id;
    const parentId = 'parent_id' in channel ? channel.parent_id : null;
    return parentId ? (cached(parentId)?.guildId ?? null) : null;
  }

  function describeAnswer(channel: APIChannel): FoundChannel {
    const parentId = parentIdOf(channel);
    return {
      id: channel.id,
      name: nameOf(channel),
      guildId: findGuildId(channel),
      parentId,
      categoryId:
        parentId === null ? categoryIdOf(channel) : (cached(parentId)?.categoryId ?? null),
      isAgeRestricted: 'nsfw' in channel && (channel.nsfw ?? false),
    };
  }

  function start(channelId: string): LookUp {
    const lookUp: LookUp = {
      pending: fetchChannel(get, channelId).then((channel) => channel && describeAnswer(channel)),
      answer: undefined,
      untilMs: now() + ANSWER_KEPT_MS,
    };
    lookUp.pending.then(
      (channel) => (lookUp.answer = channel),
      () => {
        if (lookUps.get(channelId) === lookUp) lookUps.delete(channelId);
      },
    );
    lookUps.set(channelId, lookUp);
    return lookUp;
  }

  return {
    peek(channelId) {
      return cached(channelId) ?? recall(channelId)?.answer;
    },
    async find(channelId) {
      return cached(channelId) ?? (await (recall(channelId) ?? start(channelId)).pending);
    },
    forget({ t, d }) {
      // Events other than thread events may change the permissions of channels that they do not name.
      if (/^THREAD_(CREATE|UPDATE|DELETE)$/.test(t ?? '')) lookUps.delete((d as { id: string }).id);
      else lookUps.clear();
    },
  };
}

/**
 * Returns null if Discord itself answers that the bot has no such channel. @throws a failure of `errors.ts` if the
 * request fails in any other way
 */
async function fetchChannel(get: Get, channelId: string): Promise<APIChannel | null> {
  const path = Routes.channel(channelId);
  try {
    const channel = await get<APIChannel>(path);
    if (channel.id !== channelId) throw serviceFailed(NOT_DISCORD, { route: `GET ${path}` });
    return channel;
  } catch (error) {
    if (isFailure(error, 'AccessLost') || isFailure(error, 'MessageGone')) return null;
    throw error;
  }
}

function describeCached(channel: Channel): FoundChannel {
  return {
    id: channel.id,
    name: ('name' in channel && channel.name) || channel.id,
    guildId: channel.isDMBased() ? null : channel.guildId,
    parentId: channel.isThread() ? channel.parentId : null,
    categoryId: cachedCategoryId(channel),
    isAgeRestricted: 'nsfw' in channel && channel.nsfw,
  };
}

/** Returns the id of the category of a channel in discord.js's cache, or of its parent if the channel is a thread. */
export function cachedCategoryId(channel: Channel): string | null {
  if (channel.isDMBased()) return null;
  const owner = channel.isThread() ? channel.parent : channel;
  return owner?.parentId ?? null;
}
