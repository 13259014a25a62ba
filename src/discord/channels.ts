import { ChannelType, Routes, type APIChannel, type APIOverwrite } from 'discord-api-types/v10';
import type { MessageContext } from '../clip/message.ts';
import { invalidInput, isFailure, serviceFailed } from '../errors.ts';
import { fetchGuild, fetchGuildChannels, fetchMemberRoles, type GuildFacts } from './guilds.ts';
import { fetchOwnId } from './own-id.ts';
import { missingPermissions } from './permissions.ts';
import { NOT_DISCORD, type Get } from './rest-client.ts';

/** The types of channels that have no messages of their own. The posts of a forum or media channel are threads. */
const TYPES_WITHOUT_MESSAGES: readonly ChannelType[] = [
  ChannelType.GuildCategory,
  ChannelType.GuildForum,
  ChannelType.GuildMedia,
];

/**
 * Looks up a channel and checks that the bot can read its history. Without Read Message History, Discord answers with
 * an empty page, as if the channel had no messages. If `acceptThreadParents` is true, a channel whose messages are all
 * in threads, such as a forum, is accepted too.
 * @throws InvalidInput if the channel is unknown, has no messages of its own or is not readable, and any error of `get`
 */
export async function lookUpChannel(
  get: Get,
  channelId: string,
  { acceptThreadParents = false }: { acceptThreadParents?: boolean } = {},
): Promise<MessageContext> {
  const channel = await fetchChannel(get, channelId);
  const channelName = nameOf(channel);
  const isAccepted = acceptThreadParents && channel.type !== ChannelType.GuildCategory;
  if (!isAccepted && TYPES_WITHOUT_MESSAGES.includes(channel.type)) {
    throw invalidInput(
      `#${channelName} has no messages of its own: use the id of one of its threads or channels`,
    );
  }
  const guildId = ('guild_id' in channel && channel.guild_id) || null;
  const selfId = await fetchOwnId(get);
  const context: MessageContext = { channelId, channelName, guildId, guildName: null, selfId };
  if (guildId === null) return context;
  const { guild, roles } = await fetchMembership(get, guildId, { channelName, selfId });
  await checkPermissions(get, channel, guild, { id: selfId, roles });
  const channels = await fetchGuildChannels(get, guildId);
  const channelNames = new Map(channels.map((each) => [each.id, nameOf(each)]));
  const roleNames = new Map(guild.roles.map(({ id, name }) => [id, name]));
  return {
    ...context,
    guildName: guild.name,
    findChannelName: (id) => channelNames.get(id) ?? null,
    findRoleName: (id) => roleNames.get(id) ?? null,
  };
}

async function fetchChannel(get: Get, channelId: string): Promise<APIChannel> {
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

/** @throws InvalidInput if Discord says that the bot is not in the guild */
async function fetchMembership(
  get: Get,
  guildId: string,
  { channelName, selfId }: { channelName: string; selfId: string },
): Promise<{ guild: GuildFacts; roles: string[] }> {
  try {
    const guild = await fetchGuild(get, guildId);
    return { guild, roles: await fetchMemberRoles(get, guildId, selfId) };
  } catch (error) {
    if (isFailure(error, 'MessageGone') || isFailure(error, 'AccessLost')) {
      throw invalidInput(`the bot is not in the server of #${channelName}: invite it`);
    }
    throw error;
  }
}

/** @throws InvalidInput if the bot lacks a permission that reading the channel's history takes */
async function checkPermissions(
  get: Get,
  channel: APIChannel,
  guild: GuildFacts,
  member: { id: string; roles: string[] },
): Promise<void> {
  const isThread = 'thread_metadata' in channel;
  // A thread has the permissions of its parent channel.
  const owner =
    isThread && channel.parent_id
      ? await get<APIChannel>(Routes.channel(channel.parent_id))
      : channel;
  const missing = missingPermissions(guild, member, overwritesOf(owner));
  if (missing.length > 0) {
    throw invalidInput(
      `the bot cannot read #${nameOf(channel)}: grant it ${missing.join(' and ')} there`,
    );
  }
}

/** The names (`#name`) of the channels in all guilds of the bot. Categories are left out. */
export interface ChannelSurvey {
  readable: string[];
  /**
   * Channels that the bot sees, but in which it lacks Read Message History. Sweeps and backfills cannot read these
   * channels.
   */
  withoutHistory: string[];
  /** Channels in which the bot lacks View Channel. */
  hidden: string[];
}

/** Checks the bot's permissions in every channel of its guilds. */
export async function surveyChannels(get: Get): Promise<ChannelSurvey> {
  const survey: ChannelSurvey = { readable: [], withoutHistory: [], hidden: [] };
  const selfId = await fetchOwnId(get);
  for (const { id: guildId } of await get<{ id: string }[]>('/users/@me/guilds')) {
    const guild = await fetchGuild(get, guildId);
    const roles = await fetchMemberRoles(get, guildId, selfId);
    for (const channel of await fetchGuildChannels(get, guildId)) {
      if (channel.type === ChannelType.GuildCategory) continue;
      const missing = missingPermissions(guild, { id: selfId, roles }, overwritesOf(channel));
      survey[classify(missing)].push(`#${nameOf(channel)}`);
    }
  }
  return survey;
}

function classify(missing: readonly string[]): keyof ChannelSurvey {
  if (missing.length === 0) return 'readable';
  return missing.includes('View Channel') ? 'hidden' : 'withoutHistory';
}

function overwritesOf(channel: APIChannel): readonly APIOverwrite[] {
  const overwrites = 'permission_overwrites' in channel ? channel.permission_overwrites : null;
  return Array.isArray(overwrites) ? overwrites : [];
}

const nameOf = (channel: APIChannel): string => ('name' in channel && channel.name) || channel.id;
