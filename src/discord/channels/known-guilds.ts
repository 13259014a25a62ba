import type { APIChannel } from 'discord-api-types/v10';
import { BoundedMap } from '../../bounded-map.ts';
import type { ChannelRecord } from '../../clip/channel-record.ts';
import { fetchGuild, fetchGuildChannels, fetchMemberRoles } from '../guilds.ts';
import { fetchOwnId } from '../own-id.ts';
import { missingPermissions } from '../permissions.ts';
import type { Get } from '../rest-client.ts';
import { hasOverwrites, isAgeRestricted, isPublicChannel } from './describe-channel.ts';
import { fetchChannel, guildIdOf, nameOf, overwritesOf, parentIdOf } from './fetch-channel.ts';
import { categoryIdOf, type BoundedPlace } from './watch-bounds.ts';

/**
 * How old an answer about a guild may be for a sweep, in milliseconds. Sweeps read their channels once an hour, at
 * different times. So one look-up of the guild serves all sweeps of an hour.
 */
const SWEEP_KEPT_MS = 60 * 60 * 1000;

/** How old an answer about a guild may be for the hourly look-up of a public channel, in milliseconds. */
const DESCRIBED_KEPT_MS = 10 * 60 * 1000;

/** The maximum number of guilds that are kept. A guild of 500 channels takes about 100 KB. */
const MAX_GUILDS = 100;

/** The maximum number of threads whose parent is kept. A thread takes about 150 bytes. */
const MAX_THREADS = 10_000;

/** What the list of a guild's channels says of a channel that is not a thread. */
interface KnownChannel {
  name: string;
  categoryId: string | null;
  isAgeRestricted: boolean;
  isPublic: boolean;
  /** True if the bot can read the history. False also if the bot's roles are unknown. */
  isReadable: boolean;
}

interface KnownGuild {
  id: string;
  name: string;
  channels: ReadonlyMap<string, KnownChannel>;
  /** The bot's roles; null if they could not be looked up. */
  roles: string[] | null;
  /** When the roles and the rest were looked up, in epoch milliseconds. */
  rolesAtMs: number;
  atMs: number;
}

/** Where a thread is. Neither can change. */
interface ThreadHome {
  guildId: string;
  parentId: string;
}

/**
 * Answers questions about many channels from the lists of their guilds. A guild costs three requests, whatever the number
 * of its channels. The methods never throw: null means that the caller must look up the channel itself.
 */
export interface KnownGuilds {
  /**
   * Returns the place of a channel or thread if the bot could read its history within the last hour. Null also if that
   * is not known.
   */
  findReadable(channelId: string): Promise<BoundedPlace | null>;
  /** Describes a channel that the bot can read, as it was within the last ten minutes. Null for threads. */
  describe(channelId: string): Promise<ChannelRecord | null>;
}

export function createKnownGuilds(get: Get): KnownGuilds {
  const guilds = new BoundedMap<string, KnownGuild>(MAX_GUILDS);
  const threads = new BoundedMap<string, ThreadHome>(MAX_THREADS);
  const lookUps = new Map<string, Promise<KnownGuild>>();
  /** The look-up of a channel in a guild that is not known yet. */
  let leader: Promise<string | null> | null = null;

  async function lookUpGuild(guildId: string): Promise<KnownGuild> {
    const before = guilds.get(guildId);
    const selfId = await fetchOwnIdOnce();
    const guild = await fetchGuild(get, guildId);
    const known = before?.roles && isYoung(before.rolesAtMs) ? before : null;
    const roles = known
      ? known.roles
      : await fetchMemberRoles(get, guildId, selfId).catch(() => null);
    const listed = await fetchGuildChannels(get, guildId);
    const isReadable = (channel: APIChannel): boolean => {
      if (roles === null) return false;
      const member = { id: selfId, roles };
      return missingPermissions(guild, member, overwritesOf(channel), channel.type).length === 0;
    };
    const channels = new Map<string, KnownChannel>();
    for (const channel of listed) {
      // Without overwrites, the permissions are unknown. A compatible server may leave them out of a list.
      if (parentIdOf(channel) !== null || !hasOverwrites(channel)) continue;
      channels.set(channel.id, {
        name: nameOf(channel),
        categoryId: categoryIdOf(channel),
        isAgeRestricted: isAgeRestricted(channel),
        isPublic: isPublicChannel(channel, guild),
        isReadable: isReadable(channel),
      });
    }
    const atMs = Date.now();
    const rolesAtMs = known?.rolesAtMs ?? atMs;
    const found = { id: guildId, name: guild.name, channels, roles, rolesAtMs, atMs };
    guilds.set(guildId, found);
    return found;
  }

  let ownId: string | null = null;
  async function fetchOwnIdOnce(): Promise<string> {
    return (ownId ??= await fetchOwnId(get));
  }

  /** Returns the guild as it was at most `keptMs` milliseconds ago. */
  async function findGuild(guildId: string, keptMs: number): Promise<KnownGuild> {
    const kept = guilds.get(guildId);
    if (kept && Date.now() - kept.atMs < keptMs) return kept;
    const running = lookUps.get(guildId);
    if (running) return await running;
    const lookUp = lookUpGuild(guildId).finally(() => lookUps.delete(guildId));
    lookUps.set(guildId, lookUp);
    return await lookUp;
  }

  function recallGuildId(channelId: string): string | null {
    const home = threads.get(channelId);
    if (home) return home.guildId;
    for (const { id, channels } of guilds.values()) if (channels.has(channelId)) return id;
    return null;
  }

  /** Asks Discord which guild the channel is in. Looks up that guild, so that its other channels need no request. */
  async function learnGuildId(channelId: string): Promise<string | null> {
    const channel = await fetchChannel(get, channelId);
    const guildId = guildIdOf(channel);
    const parentId = parentIdOf(channel);
    if (guildId === null) return null;
    if (parentId !== null) threads.set(channelId, { guildId, parentId });
    await findGuild(guildId, SWEEP_KEPT_MS);
    return guildId;
  }

  async function findGuildId(channelId: string): Promise<string | null> {
    // After a start, many channels of one guild are asked about at once. The first of them finds the others.
    if (leader !== null && recallGuildId(channelId) === null) await leader.catch(() => null);
    const known = recallGuildId(channelId);
    if (known !== null) return known;
    const learning = learnGuildId(channelId);
    if (leader === null) {
      leader = learning;
      const step = (): void => void (leader = null);
      learning.then(step, step);
    }
    return await learning;
  }

  async function find(
    channelId: string,
    keptMs: number,
  ): Promise<{ guild: KnownGuild; owner: KnownChannel; parentId: string | null } | null> {
    try {
      const guildId = await findGuildId(channelId);
      if (guildId === null) return null;
      const guild = await findGuild(guildId, keptMs);
      const parentId = threads.get(channelId)?.parentId ?? null;
      const owner = guild.channels.get(parentId ?? channelId);
      return owner?.isReadable === true ? { guild, owner, parentId } : null;
    } catch {
      // The caller's own request shows the reason.
      return null;
    }
  }

  return {
    async findReadable(channelId) {
      const found = await find(channelId, SWEEP_KEPT_MS);
      if (found === null) return null;
      const { guild, owner, parentId } = found;
      return { id: channelId, parentId, categoryId: owner.categoryId, guildId: guild.id };
    },
    async describe(channelId) {
      if (threads.has(channelId)) return null;
      const found = await find(channelId, DESCRIBED_KEPT_MS);
      if (found?.parentId !== null) return null;
      const { guild, owner } = found;
      return {
        Id: channelId,
        Name: owner.name,
        guildId: guild.id,
        Guild_Name: guild.name,
        Parent_Id: null,
        Parent_Name: null,
        Nsfw: owner.isAgeRestricted,
        Public: owner.isPublic,
      };
    },
  };
}

function isYoung(atMs: number): boolean {
  return Date.now() - atMs < SWEEP_KEPT_MS;
}
