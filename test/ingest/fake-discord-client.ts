import { DiscordAPIError, type Client } from 'discord.js';

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
}

/** Returns the error that discord.js throws for a status with a JSON body like Discord's. */
export function apiError(status: number, code = 10003): DiscordAPIError {
  const body = { code, message: 'no' };
  return new DiscordAPIError(body, code, status, 'GET', '/channels/999', {});
}

/** Creates a client whose cache holds the channels in `cached`. `fetch` looks up all other channels. */
export function createFakeDiscordClient({
  cached = [{ id: CHANNEL, name: 'overtime', parentId: null }],
  fetch = () => Promise.resolve(null),
}: {
  cached?: FakeChannel[];
  fetch?: (channelId: string) => Promise<FakeChannel | null>;
} = {}): { client: Client; cache: Map<string, unknown>; calls: DiscordCalls } {
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
    guild,
    isThread: () => parentId !== null,
    isDMBased: () => false,
  });
  for (const channel of cached) cache.set(channel.id, createChannel(channel));
  const channels = {
    cache,
    async fetch(channelId: string) {
      calls.fetches.push(channelId);
      const found = await fetch(channelId);
      return found && createChannel(found);
    },
  };
  return { client: { channels, user: { id: '7' } } as unknown as Client, cache, calls };
}
