import { ChannelType, Routes, type APIChannel } from 'discord-api-types/v10';
import { shownName } from '../clip/clip.ts';
import type { MessageContext } from '../clip/message.ts';
import { invalidInput, isFailure } from '../errors.ts';
import {
  fetchChannel,
  fetchOwner,
  guildIdOf,
  nameOf,
  overwritesOf,
  requireMembership,
} from './channels/fetch-channel.ts';
import {
  fetchGuild,
  fetchGuildChannels,
  fetchMemberRoles,
  fetchOwnGuilds,
  isAllowedGuild,
  type GuildFacts,
} from './guilds.ts';
import { fetchOwnId } from './own-id.ts';
import { missingPermissions } from './permissions.ts';
import type { Get } from './rest-client.ts';

/** The types of channels that have no messages of their own. The posts of a forum or media channel are threads. */
const TYPES_WITHOUT_MESSAGES: readonly ChannelType[] = [
  ChannelType.GuildCategory,
  ChannelType.GuildForum,
  ChannelType.GuildMedia,
];

/**
 * Looks up a channel and checks that the bot can read its history. Without Read Message History, Discord answers with
 * an empty page, as if the channel had no messages. If `acceptThreadParents` is true, a channel whose messages are all
 * in threads, such as a forum, is accepted too. `guildGet` sends the requests about the guild, the parent of a thread and
 * the bot itself.
 * @throws InvalidInput if the channel is unknown, has no messages of its own or is not readable, and any error of `get`
 */
export async function lookUpChannel(
  get: Get,
  channelId: string,
  {
    acceptThreadParents = false,
    guildGet = get,
  }: { acceptThreadParents?: boolean; guildGet?: Get } = {},
): Promise<MessageContext> {
  const channel = await fetchChannel(get, channelId);
  const channelName = nameOf(channel);
  const isAccepted = acceptThreadParents && channel.type !== ChannelType.GuildCategory;
  if (!isAccepted && TYPES_WITHOUT_MESSAGES.includes(channel.type)) {
    throw invalidInput(
      `#${shownName(channelName)} has no messages of its own: use the id of one of its threads or channels`,
    );
  }
  // Compatible servers may leave out the guild of a thread.
  const guildId = guildIdOf(channel) ?? guildIdOf(await fetchOwner(guildGet, channel));
  const selfId = await fetchOwnId(guildGet);
  const context: MessageContext = { channelId, channelName, guildId, guildName: null, selfId };
  if (guildId === null) return context;
  const { guild, roles } = await requireMembership(channelName, async () => ({
    guild: await fetchGuild(guildGet, guildId),
    roles: await fetchMemberRoles(guildGet, guildId, selfId),
  }));
  const owner = await fetchOwner(guildGet, channel);
  if (owner) checkPermissions({ channel, owner }, guild, { id: selfId, roles });
  else await checkHistory(get, channel);
  const isAgeRestricted = [channel, owner].some((each) => each && 'nsfw' in each && each.nsfw);
  const channels = await fetchGuildChannels(guildGet, guildId);
  const channelNames = new Map(channels.map((each) => [each.id, nameOf(each)]));
  const roleNames = new Map(guild.roles.map(({ id, name }) => [id, name]));
  return {
    ...context,
    guildName: guild.name,
    ...(isAgeRestricted && { isAgeRestricted }),
    findChannelName: (id) => channelNames.get(id) ?? null,
    findRoleName: (id) => roleNames.get(id) ?? null,
  };
}

/** @throws InvalidInput if the bot lacks a permission that is needed to read the channel's history */
function checkPermissions(
  { channel, owner }: { channel: APIChannel; owner: APIChannel },
  guild: GuildFacts,
  member: { id: string; roles: string[] },
): void {
  const missing = missingPermissions(guild, member, overwritesOf(owner), owner.type).filter(
    (name) => !(name === 'View Channel' && channel.type === ChannelType.PrivateThread),
  );
  if (missing.length > 0) throw cannotRead(channel, missing);
}

/**
 * Checks that the bot can read the history of a thread whose parent is hidden. Without the parent, the bot's
 * permissions are unknown, so this function requests the newest message. Without Read Message History, that request
 * fails, but a request for a page of the history would only return an empty page.
 * @throws InvalidInput if Discord denies the newest message
 */
async function checkHistory(get: Get, channel: APIChannel): Promise<void> {
  const newestId = 'last_message_id' in channel ? channel.last_message_id : null;
  if (!newestId) return;
  try {
    await get(Routes.channelMessage(channel.id, newestId));
  } catch (error) {
    if (isFailure(error, 'AccessLost')) throw cannotRead(channel, ['Read Message History']);
    // The newest message may have been deleted. That is no reason to reject the channel.
    if (!isFailure(error, 'MessageGone')) throw error;
  }
}

function cannotRead(channel: APIChannel, missing: readonly string[]): Error {
  return invalidInput(
    `the bot cannot read #${shownName(nameOf(channel))}: grant it ${missing.join(' and ')} there`,
  );
}

/** The names (`#name`) of the channels in all guilds of the bot. Categories are left out. */
export interface ChannelSurvey {
  readable: string[];
  /**
   * Channels that the bot sees, but in which it lacks Read Message History. Sweeps and backfills cannot read these
   * channels.
   */
  withoutHistory: string[];
  /**
   * Voice and stage channels that the bot sees, but in which it lacks Connect. The chats of voice and stage channels
   * need this permission.
   */
  withoutConnect: string[];
  /** Channels in which the bot lacks View Channel. */
  hidden: string[];
}

/** Checks the bot's permissions in every channel of its guilds that the setting GUILD_IDS allows. */
export async function surveyChannels(
  get: Get,
  guildIds: readonly string[] = [],
): Promise<ChannelSurvey> {
  const survey: ChannelSurvey = {
    readable: [],
    withoutHistory: [],
    withoutConnect: [],
    hidden: [],
  };
  const selfId = await fetchOwnId(get);
  for (const { id: guildId } of await fetchOwnGuilds(get)) {
    if (!isAllowedGuild(guildIds, guildId)) continue;
    const guild = await fetchGuild(get, guildId);
    const roles = await fetchMemberRoles(get, guildId, selfId);
    for (const channel of await fetchGuildChannels(get, guildId)) {
      if (channel.type === ChannelType.GuildCategory) continue;
      const overwrites = overwritesOf(channel);
      const missing = missingPermissions(guild, { id: selfId, roles }, overwrites, channel.type);
      for (const list of classify(missing)) survey[list].push(`#${shownName(nameOf(channel))}`);
    }
  }
  return survey;
}

function classify(missing: readonly string[]): (keyof ChannelSurvey)[] {
  if (missing.length === 0) return ['readable'];
  if (missing.includes('View Channel')) return ['hidden'];
  return missing.map((name) => (name === 'Connect' ? 'withoutConnect' : 'withoutHistory'));
}
