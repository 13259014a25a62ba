import { ChannelType, type APIChannel, type APIRole } from 'discord-api-types/v10';
import { BoundedMap } from '../../bounded-map.ts';
import type { ChannelRecord } from '../../clip/channel-record.ts';
import { fetchGuild, type GuildFacts } from '../guilds.ts';
import { isReadableByEveryone } from '../permissions.ts';
import type { Get } from '../rest-client.ts';
import {
  fetchChannel,
  fetchOwner,
  guildIdOf,
  nameOf,
  overwritesOf,
  parentIdOf,
  requireMembership,
} from './fetch-channel.ts';

/** How long facts about guilds and about the parents of threads are kept, in milliseconds. */
const KEPT_MS = 10 * 60 * 1000;

/** The maximum number of guilds whose facts are kept. A guild takes about 500 bytes. */
const MAX_GUILDS = 200;

/** The maximum number of parents that are kept. A forum of 1,000 posts then costs one request for the parent. */
const MAX_PARENTS = 500;

/** Channels whose permissions decide who may read them. Direct messages and types of the future are never public. */
const PUBLISHABLE_TYPES: readonly ChannelType[] = [
  ChannelType.GuildText,
  ChannelType.GuildAnnouncement,
  ChannelType.GuildVoice,
  ChannelType.GuildStageVoice,
  ChannelType.GuildForum,
  ChannelType.GuildMedia,
];

/** What the library needs to know of the channel whose permissions apply. */
interface OwnerFacts {
  name: string;
  guildId: string | null;
  isAgeRestricted: boolean;
  /** Null if Discord left out the overwrites. */
  overwrites: ReturnType<typeof overwritesOf> | null;
  type: ChannelType;
}

interface Kept<Value> {
  value: Value;
  /** Epoch milliseconds. */
  untilMs: number;
}

/**
 * Creates `DiscordPort.describeChannel`. A channel costs one request, and one more for each guild and each parent of
 * threads every ten minutes.
 */
export function createChannelDescriber(get: Get): (channelId: string) => Promise<ChannelRecord> {
  const guilds = new BoundedMap<string, Kept<GuildFacts>>(MAX_GUILDS, isOver);
  const parents = new BoundedMap<string, Kept<OwnerFacts | null>>(MAX_PARENTS, isOver);

  return async (channelId) => {
    const channel = await fetchChannel(get, channelId);
    const parentId = parentIdOf(channel);
    const owner =
      parentId === null
        ? ownerFacts(channel)
        : await keep(parents, parentId, async () => {
            const parent = await fetchOwner(get, channel);
            return parent && ownerFacts(parent);
          });
    // Compatible servers may leave out the guild of a thread.
    const guildId = guildIdOf(channel) ?? owner?.guildId ?? null;
    const guild =
      guildId === null
        ? null
        : await requireMembership(nameOf(channel), () =>
            keep(guilds, guildId, async () => everyoneOf(await fetchGuild(get, guildId))),
          );
    return {
      Id: channelId,
      Name: nameOf(channel),
      guildId,
      Guild_Name: guild?.name ?? null,
      Parent_Id: parentId,
      Parent_Name: parentId === null ? null : (owner?.name ?? null),
      Nsfw: isAgeRestricted(channel) || owner?.isAgeRestricted === true,
      Public: isPublic(channel, owner, guild),
    };
  };
}

function isPublic(
  channel: APIChannel,
  owner: OwnerFacts | null,
  guild: GuildFacts | null,
): boolean {
  if (channel.type === ChannelType.PrivateThread) return false;
  if (owner === null || guild === null || owner.overwrites === null) return false;
  if (owner.guildId !== null && owner.guildId !== guild.id) return false;
  if (!PUBLISHABLE_TYPES.includes(owner.type)) return false;
  return isReadableByEveryone(guild, owner.overwrites, owner.type);
}

/** True if @everyone may read a channel of the guild that is not a thread. */
export function isPublicChannel(channel: APIChannel, guild: GuildFacts): boolean {
  return isPublic(channel, ownerFacts(channel), guild);
}

function ownerFacts(channel: APIChannel): OwnerFacts {
  return {
    name: nameOf(channel),
    guildId: guildIdOf(channel),
    isAgeRestricted: isAgeRestricted(channel),
    overwrites: hasOverwrites(channel) ? overwritesOf(channel) : null,
    type: channel.type,
  };
}

/** False if Discord left out the channel's overwrites. */
export function hasOverwrites(channel: APIChannel): boolean {
  return 'permission_overwrites' in channel && Array.isArray(channel.permission_overwrites);
}

export function isAgeRestricted(channel: APIChannel): boolean {
  return 'nsfw' in channel && channel.nsfw;
}

/** Returns the guild with only the @everyone role, because a guild can have 250 roles. */
function everyoneOf(guild: GuildFacts): GuildFacts {
  const roles = guild.roles.filter((role: APIRole | null) => role?.id === guild.id);
  return { ...guild, roles };
}

/** Returns the value that is kept for `key`, or fetches the value and keeps it. */
async function keep<Value>(
  map: BoundedMap<string, Kept<Value>>,
  key: string,
  fetchValue: () => Promise<Value>,
): Promise<Value> {
  const kept = map.get(key);
  if (kept && !isOver(kept)) return kept.value;
  const value = await fetchValue();
  map.set(key, { value, untilMs: Date.now() + KEPT_MS });
  return value;
}

function isOver({ untilMs }: Kept<unknown>): boolean {
  return untilMs <= Date.now();
}
