import { readComponents } from '../../../src/clip/message/components.ts';
import type { APIMessage } from 'discord-api-types/v10';
import type { DiscordPort } from '../../../src/activities/ports/discord-port.ts';
import type { MessageContext } from '../../../src/clip/message.ts';
import { compareSnowflakes } from '../../../src/clip/snowflake.ts';
import { accessLost, invalidInput, messageGone } from '../../../src/errors.ts';
import { FaultQueue } from './fault-queue.ts';

/** A Discord in memory. Every response has freshly signed links, which are valid for `leaseSeconds`. */
export interface FakeDiscord extends DiscordPort {
  /** Null: links have no signature. */
  leaseSeconds: number | null;
  /** Discord does not promise an order of messages, so tests try both orders. */
  pagesComeOldestFirst: boolean;
  /** The called methods in order. */
  readonly calls: (keyof DiscordPort)[];
  /** Faults for the next calls of each method. */
  readonly before: Record<keyof DiscordPort, FaultQueue>;
  addChannel(context: MessageContext): void;
  /** Denies requests about the channel from now on, or allows them again. */
  refuse(channelId: string, isRefused: boolean): void;
  /** Posts a message, or replaces the message with the same id. */
  post(message: APIMessage): void;
  remove(message: { channel_id: string; id: string }): void;
}

export function createFakeDiscord(): FakeDiscord {
  const contexts = new Map<string, MessageContext>();
  const messages = new Map<string, Map<string, APIMessage>>();
  const refused = new Set<string>();
  const beginCall = async (method: keyof DiscordPort, channelId: string): Promise<void> => {
    discord.calls.push(method);
    await discord.before[method].runNext();
    if (refused.has(channelId)) {
      throw accessLost({ route: `GET /channels/${channelId}`, status: 403 });
    }
  };
  const discord: FakeDiscord = {
    leaseSeconds: 86_400,
    pagesComeOldestFirst: false,
    calls: [],
    before: {
      fetchMessage: new FaultQueue(),
      fetchHistory: new FaultQueue(),
      searchHistory: new FaultQueue(),
      readableChannel: new FaultQueue(),
      wasReadable: new FaultQueue(),
      describeChannel: new FaultQueue(),
      findChannelKind: new FaultQueue(),
      listPlaces: new FaultQueue(),
      findChannelState: new FaultQueue(),
      findWatchState: new FaultQueue(),
    },
    async fetchMessage(channelId, messageId) {
      await beginCall('fetchMessage', channelId);
      const message = messages.get(channelId)?.get(messageId);
      if (!message) {
        throw messageGone({ route: `GET /channels/${channelId}/messages/${messageId}` });
      }
      return withSignedLinks(message, discord.leaseSeconds);
    },
    async fetchHistory(channelId, { limit, before, after }) {
      await beginCall('fetchHistory', channelId);
      const found = [...(messages.get(channelId)?.values() ?? [])]
        .filter(({ id }) => before === undefined || compareSnowflakes(id, before) < 0)
        .filter(({ id }) => after === undefined || compareSnowflakes(id, after) > 0)
        .sort((a, b) => compareSnowflakes(a.id, b.id));
      const page = after === undefined ? found.slice(-limit) : found.slice(0, limit);
      if (!discord.pagesComeOldestFirst) page.reverse();
      return page.map((message) => withSignedLinks(message, discord.leaseSeconds));
    },
    async searchHistory(channelId, { limit, before, after }) {
      await beginCall('searchHistory', channelId);
      return [...(messages.get(channelId)?.values() ?? [])]
        .filter(({ id }) => before === undefined || compareSnowflakes(id, before) < 0)
        .filter(({ id }) => after === undefined || compareSnowflakes(id, after) > 0)
        .filter(({ attachments }) =>
          attachments.some(({ content_type: type }) => type?.startsWith('video/')),
        )
        .sort((a, b) => compareSnowflakes(b.id, a.id))
        .slice(0, limit)
        .map((message) => withSignedLinks(message, discord.leaseSeconds));
    },
    async readableChannel(channelId) {
      await beginCall('readableChannel', channelId);
      const context = contexts.get(channelId);
      if (!context) throw invalidInput(`Discord knows no channel ${channelId}`);
      return context;
    },
    // Nothing is known, so every page looks up its channel.
    wasReadable: () => Promise.resolve(false),
    async findChannelState(channelId) {
      discord.calls.push('findChannelState');
      await discord.before.findChannelState.runNext();
      if (refused.has(channelId)) return 'hidden';
      return contexts.has(channelId) ? 'visible' : 'deleted';
    },
    async findWatchState(channelId, channelIds) {
      discord.calls.push('findWatchState');
      await discord.before.findWatchState.runNext();
      if (refused.has(channelId)) return 'hidden';
      if (!contexts.has(channelId)) return 'deleted';
      return channelIds.length === 0 || channelIds.includes(channelId) ? 'watched' : 'unwatched';
    },
    async describeChannel(channelId) {
      await beginCall('describeChannel', channelId);
      const context = contexts.get(channelId);
      if (!context) throw invalidInput(`Discord knows no channel ${channelId}`);
      return {
        Id: channelId,
        Name: context.channelName,
        guildId: context.guildId,
        Guild_Name: context.guildName,
        Parent_Id: null,
        Parent_Name: null,
        Nsfw: context.isAgeRestricted === true,
        Public: context.guildId !== null,
      };
    },
    async findChannelKind(channelId) {
      await beginCall('findChannelKind', channelId);
      const context = contexts.get(channelId);
      if (!context) throw invalidInput(`Discord knows no channel ${channelId}`);
      return { channelName: context.channelName, kind: 'plain' };
    },
    async listPlaces(scope) {
      await beginCall('listPlaces', 'channelId' in scope ? scope.channelId : '');
      const inScope = [...contexts.values()].filter(({ channelId, guildId }) => {
        if ('channelId' in scope) return channelId === scope.channelId;
        return !('guildId' in scope) || guildId === scope.guildId;
      });
      const readable = inScope.map(({ channelId, channelName, guildId }) => {
        const lastMessageId = [...(messages.get(channelId)?.keys() ?? [])]
          .sort(compareSnowflakes)
          .at(-1);
        return {
          channelId,
          channelName,
          guildId,
          type: 0,
          parentId: null,
          lastMessageId: lastMessageId ?? null,
        };
      });
      return { readable, unreadable: [], next: null };
    },
    addChannel: (context) => void contexts.set(context.channelId, context),
    refuse(channelId, isRefused) {
      if (isRefused) refused.add(channelId);
      else refused.delete(channelId);
    },
    post(message) {
      const inChannel = messages.get(message.channel_id) ?? new Map<string, APIMessage>();
      messages.set(message.channel_id, inChannel.set(message.id, message));
    },
    remove: ({ channel_id, id }) => void messages.get(channel_id)?.delete(id),
  };
  return discord;
}

/** Returns a copy of the message whose links are signed now. */
function withSignedLinks(message: APIMessage, leaseSeconds: number | null): APIMessage {
  const now = Math.floor(Date.now() / 1000);
  const query =
    leaseSeconds === null
      ? ''
      : `?ex=${Math.floor(now + leaseSeconds).toString(16)}&is=${now.toString(16)}&hm=00c0ffee4c0b1a`;
  const copy = structuredClone(message);
  for (const part of [copy, ...(copy.message_snapshots ?? []).map((each) => each.message)]) {
    for (const attachment of part.attachments) {
      attachment.url = attachment.url.replace(/\?.*$/, '') + query;
    }
    for (const { media } of readComponents(part.components).media) {
      if (typeof media.url === 'string') media.url = media.url.replace(/\?.*$/, '') + query;
    }
  }
  return copy;
}
