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
import { boundedPlaceOf, type BoundedPlace } from './channels/watch-bounds.ts';
import { fetchGuild, fetchGuildChannels, fetchMemberRoles, type GuildFacts } from './guilds.ts';
import { fetchOwnId } from './own-id.ts';
import { missingPermissions } from './permissions.ts';
import type { Get } from './rest-client.ts';

/** The types of channels that have no messages of their own. The posts of a forum or media channel are threads. */
const TYPES_WITHOUT_MESSAGES: readonly ChannelType[] = [
  ChannelType.GuildCategory,
  ChannelType.GuildForum,
  ChannelType.GuildMedia,
];

/** The context of the messages of a channel, and what the settings compare with their ids. */
export interface ReadableChannel extends MessageContext {
  place: BoundedPlace;
}

/**
 * Looks up a channel and checks that the bot can read its history. Without Read Message History, Discord answers with
 * an empty page, as if the channel had no messages. If `acceptContainers` is true, a forum and a category are accepted
 * too. The bot must be able to read at least one channel of the category. `guildGet` sends the requests about the guild,
 * the parent of a thread and the bot itself.
 * @throws InvalidInput if the channel is unknown, has no messages of its own or is not readable, and any error of `get`
 */
export async function lookUpChannel(
  get: Get,
  channelId: string,
  { acceptContainers = false, guildGet = get }: { acceptContainers?: boolean; guildGet?: Get } = {},
): Promise<ReadableChannel> {
  const channel = await fetchChannel(get, channelId);
  const channelName = nameOf(channel);
  if (!acceptContainers && TYPES_WITHOUT_MESSAGES.includes(channel.type)) {
    throw invalidInput(
      `#${shownName(channelName)} has no messages of its own: use the id of one of its threads or channels`,
    );
  }
  // Compatible servers may leave out the guild of a thread.
  const owner = await fetchOwner(guildGet, channel);
  const guildId = guildIdOf(channel) ?? guildIdOf(owner);
  const selfId = await fetchOwnId(guildGet);
  const place = boundedPlaceOf(channel, owner, guildId);
  const context = { channelId, channelName, guildId, guildName: null, selfId, place };
  if (guildId === null) return context;
  const { guild, roles } = await requireMembership(channelName, async () => ({
    guild: await fetchGuild(guildGet, guildId),
    roles: await fetchMemberRoles(guildGet, guildId, selfId),
  }));
  const member = { id: selfId, roles };
  const channels = await fetchGuildChannels(guildGet, guildId);
  if (channel.type === ChannelType.GuildCategory) {
    checkCategory(channel, channels, (each) => isReadable(each, guild, member));
  } else if (owner) checkPermissions({ channel, owner }, guild, member);
  else await checkHistory(get, channel);
  const isAgeRestricted = [channel, owner].some((each) => each && 'nsfw' in each && each.nsfw);
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

function isReadable(
  channel: APIChannel,
  guild: GuildFacts,
  member: { id: string; roles: string[] },
): boolean {
  return missingPermissions(guild, member, overwritesOf(channel), channel.type).length === 0;
}

/** @throws InvalidInput if the bot can read none of the category's channels */
function checkCategory(
  category: APIChannel,
  channels: readonly APIChannel[],
  isReadableChannel: (channel: APIChannel) => boolean,
): void {
  const inside = channels.filter((each) => 'parent_id' in each && each.parent_id === category.id);
  if (inside.some(isReadableChannel)) return;
  throw invalidInput(
    `the bot cannot read any channel of the category #${shownName(nameOf(category))}: grant it View Channel and Read Message History there`,
  );
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
