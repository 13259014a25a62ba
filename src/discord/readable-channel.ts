import {
  ChannelType,
  Routes,
  type APIChannel,
  type APIGuild,
  type APIGuildMember,
  type APIUser,
} from 'discord-api-types/v10';
import type { MessageContext } from '../clip/message.ts';
import { invalidInput, isFailure } from '../errors.ts';
import { missingRights } from './permissions.ts';
import type { Get } from './rest-client.ts';

/** Kinds of channels that hold no messages of their own. */
const WITHOUT_MESSAGES: readonly ChannelType[] = [
  ChannelType.GuildCategory,
  ChannelType.GuildForum,
  ChannelType.GuildMedia,
];

/**
 * Looks a channel up and makes sure that its history can be read; with `orItsThreads` a forum will do,
 * whose posts are threads.
 * @throws InvalidInput, and what `get` throws
 */
export async function readableChannel(
  get: Get,
  channelId: string,
  { orItsThreads = false }: { orItsThreads?: boolean } = {},
): Promise<MessageContext> {
  const channel = await get<APIChannel>(Routes.channel(channelId)).catch((error: unknown) => {
    if (isFailure(error, 'MessageGone')) {
      throw invalidInput(
        `Discord knows no channel ${channelId}: copy the id from Discord (Developer Mode, Copy Channel ID)`,
      );
    }
    if (isFailure(error, 'AccessLost')) {
      throw invalidInput(`the bot can't see channel ${channelId}: give it View Channel there`);
    }
    throw error;
  });
  const channelName = ('name' in channel && channel.name) || channelId;
  const willDo = orItsThreads && channel.type !== ChannelType.GuildCategory;
  if (!willDo && WITHOUT_MESSAGES.includes(channel.type)) {
    throw invalidInput(
      `#${channelName} holds no messages itself: name one of its threads or channels`,
    );
  }
  const guildId = ('guild_id' in channel && channel.guild_id) || null;
  const { id: selfId } = await get<APIUser>('/users/@me');
  const place = { channelId, channelName, guildId, guildName: null, selfId };
  if (guildId === null) return place;
  const guild = await get<APIGuild>(Routes.guild(guildId));
  await checkRights(get, channel, guild, selfId);
  const channels = await get<APIChannel[]>(Routes.guildChannels(guildId));
  return {
    ...place,
    guildName: guild.name,
    channelNames: namesById(channels.map(({ id, name }) => ({ id, name: name ?? id }))),
    roleNames: namesById(guild.roles),
  };
}

/** Without the right to read the history Discord answers an empty page, as if the channel were empty. */
async function checkRights(
  get: Get,
  channel: APIChannel,
  guild: APIGuild,
  selfId: string,
): Promise<void> {
  const member = await get<APIGuildMember>(Routes.guildMember(guild.id, selfId));
  const isThread = 'thread_metadata' in channel;
  const owner =
    isThread && channel.parent_id
      ? await get<APIChannel>(Routes.channel(channel.parent_id))
      : channel;
  const overwrites = ('permission_overwrites' in owner && owner.permission_overwrites) || [];
  const missing = missingRights(guild, { id: selfId, roles: member.roles }, overwrites);
  if (missing.length > 0) {
    throw invalidInput(
      `the bot may not read #${channel.name ?? channel.id}: give it ${missing.join(' and ')} there`,
    );
  }
}

const namesById = (named: readonly { id: string; name: string }[]): Record<string, string> =>
  Object.fromEntries(named.map(({ id, name }) => [id, name]));
