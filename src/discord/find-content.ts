import { ChannelType, Routes, type APIChannel, type APIMessage } from 'discord-api-types/v10';
import { showsContent } from '../clip/message/content.ts';
import { isFailure } from '../errors.ts';
import { fetchOwnId } from './own-id.ts';
import type { Get } from './rest-client.ts';

/** A busy channel shows content at once, so a few channels are enough. */
const MAX_CHANNELS = 20;
const MESSAGES_PER_CHANNEL = '50';

const TYPES_WITH_MESSAGES: readonly ChannelType[] = [
  ChannelType.GuildText,
  ChannelType.GuildAnnouncement,
  ChannelType.GuildVoice,
];

const TYPES_WITHOUT_MESSAGES: readonly ChannelType[] = [
  ChannelType.GuildCategory,
  ChannelType.GuildForum,
  ChannelType.GuildMedia,
];

/**
 * True if a recent message shows a text or an attachment that Discord would leave out without the Message
 * Content intent. Looks in `channelIds` first, then in other channels of the bot.
 * @throws what `get` throws, unless the bot cannot read a channel
 */
export async function findContent(get: Get, channelIds: readonly string[]): Promise<boolean> {
  const selfId = await fetchOwnId(get);
  let left = MAX_CHANNELS;
  for await (const channelId of candidates(get, channelIds)) {
    if (left-- === 0) return false;
    const query = { limit: MESSAGES_PER_CHANNEL };
    const page = await orEmpty(get<APIMessage[]>(Routes.channelMessages(channelId), { query }));
    if (page.some((message) => showsContent(message, selfId))) return true;
  }
  return false;
}

async function* candidates(get: Get, channelIds: readonly string[]): AsyncGenerator<string> {
  for (const id of channelIds) {
    // A forum or a category has no messages of its own, and a compatible server may answer with any error.
    const [channel] = await orEmpty(get<APIChannel>(Routes.channel(id)).then((each) => [each]));
    if (channel && !TYPES_WITHOUT_MESSAGES.includes(channel.type)) yield id;
  }
  for (const { id } of await orEmpty(get<{ id: string }[]>('/users/@me/guilds'))) {
    const channels = await orEmpty(get<APIChannel[]>(Routes.guildChannels(id)));
    for (const channel of channels) {
      if (TYPES_WITH_MESSAGES.includes(channel.type)) yield channel.id;
    }
  }
}

/** Returns the list, or an empty list if Discord denies access to the list or does not know the list. */
async function orEmpty<T>(list: Promise<T[]>): Promise<T[]> {
  try {
    const items = await list;
    return Array.isArray(items) ? items : [];
  } catch (error) {
    if (isFailure(error, 'AccessLost') || isFailure(error, 'MessageGone')) return [];
    throw error;
  }
}
