import type { Client } from 'discord.js';
import { ChannelType } from 'discord-api-types/v10';
import { answerFailure } from '../../src/discord/failures.ts';
import type { Get } from '../../src/discord/rest-client.ts';

export const CHANNEL = '1196521684992000058';
export const THREAD = '1196521684992000060';
export const OTHER_CHANNEL = '1283675776780079999';

/** The requests made to a fake discord.js client. */
export interface DiscordCalls {
  /** The ids of fetched channels. */
  fetches: string[];
  /** How often the names of channels and roles were looked up. */
  nameLookUps: number;
}

export interface FakeChannel {
  id: string;
  name: string;
  parentId: string | null;
  /** True if the server leaves out the guild in its answer about the channel. */
  hidesGuild?: boolean;
}

/** Returns the failure of a look-up of channel 999 if Discord answers with this status and code. */
export function apiFailure(status: number, code: number): Error {
  const headers = new Headers();
  const body = { code, message: 'no' };
  return answerFailure({ route: 'GET /channels/999', status, headers, body, isDiscord: true });
}

export const UNKNOWN_CHANNEL = apiFailure(404, 10_003);
export const DENIED = apiFailure(403, 50_001);

/** Creates a client that has a REST client, and whose cache holds the channels in `cached`. `fetch` finds all other channels. */
export function createFakeDiscordClient({
  cached = [{ id: CHANNEL, name: 'overtime', parentId: null }],
  fetch = () => Promise.reject(UNKNOWN_CHANNEL),
}: {
  cached?: FakeChannel[];
  fetch?: (channelId: string) => Promise<FakeChannel>;
} = {}): { client: Client; get: Get; cache: Map<string, unknown>; calls: DiscordCalls } {
  const calls: DiscordCalls = { fetches: [], nameLookUps: 0 };
  const cache = new Map<string, unknown>();
  const guild = {
    id: '442294389964800640',
    name: 'Clip club',
    get channels() {
      calls.nameLookUps += 1;
      return { cache };
    },
    get roles() {
      calls.nameLookUps += 1;
      return { cache: new Map([['5', { id: '5', name: 'Clippers' }]]) };
    },
  };
  const createChannel = ({ id, name, parentId }: FakeChannel) => ({
    id,
    name,
    parentId,
    guildId: guild.id,
    isThread: () => parentId !== null,
    isDMBased: () => false,
  });
  for (const channel of cached) cache.set(channel.id, createChannel(channel));
  const get = async (path: string) => {
    const channelId = path.replace('/channels/', '');
    calls.fetches.push(channelId);
    const { id, name, parentId, hidesGuild = false } = await fetch(channelId);
    const type = parentId === null ? ChannelType.GuildText : ChannelType.PublicThread;
    return { id, name, type, parent_id: parentId, ...(!hidesGuild && { guild_id: guild.id }) };
  };
  const client = {
    channels: { cache },
    guilds: { cache: new Map([[guild.id, guild]]) },
    user: { id: '7' },
  };
  return { client: client as unknown as Client, get: get as Get, cache, calls };
}
