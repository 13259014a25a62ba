import type { Channel, Client } from 'discord.js';
import { discordFailure } from '../discord/failures.ts';
import { isFailure } from '../errors.ts';
import type { GatewayEvent } from './gateway-event.ts';

/** How long Discord's answer about a channel is cached, in milliseconds, unless an event makes the answer stale. */
const ANSWER_KEPT_MS = 5 * 60 * 1000;

/** The maximum number of cached answers. Each answer takes about 100 bytes. */
const MAX_ANSWERS = 1000;

/**
 * Finds channels in discord.js's cache. Requests other channels from Discord, such as a thread that was archived before
 * this session. Sends only one request for each unknown channel, even if many events name it.
 */
export interface ChannelLookUps {
  /**
   * Returns the channel, or null if Discord recently answered that the bot has no such channel. Undefined means that a
   * request is needed.
   */
  peek(channelId: string): Channel | null | undefined;
  /**
   * Returns the channel, or null if Discord answers that the bot has no such channel.
   * @throws a failure of `errors.ts` if Discord did not answer; the next call sends a new request
   */
  find(channelId: string): Promise<Channel | null>;
  /** Forgets the answers that a channel event may have made stale. */
  forget(event: GatewayEvent): void;
}

interface LookUp {
  pending: Promise<Channel | null>;
  /** Undefined until Discord has answered. */
  answer: Channel | null | undefined;
  /** Epoch milliseconds. */
  untilMs: number;
}

/** `now` returns epoch milliseconds; tests replace it. */
export function createChannelLookUps(
  discord: Pick<Client, 'channels'>,
  now: () => number = Date.now,
): ChannelLookUps {
  const lookUps = new Map<string, LookUp>();

  function recall(channelId: string): LookUp | undefined {
    const lookUp = lookUps.get(channelId);
    if (lookUp && lookUp.untilMs > now()) return lookUp;
    lookUps.delete(channelId);
    return undefined;
  }

  function start(channelId: string): LookUp {
    const lookUp: LookUp = {
      pending: fetchChannel(discord, channelId),
      answer: undefined,
      untilMs: now() + ANSWER_KEPT_MS,
    };
    lookUp.pending.then(
      (channel) => (lookUp.answer = channel),
      () => {
        if (lookUps.get(channelId) === lookUp) lookUps.delete(channelId);
      },
    );
    lookUps.set(channelId, lookUp);
    const [oldest] = lookUps.keys();
    if (lookUps.size > MAX_ANSWERS && oldest !== undefined) lookUps.delete(oldest);
    return lookUp;
  }

  return {
    peek(channelId) {
      return discord.channels.cache.get(channelId) ?? recall(channelId)?.answer;
    },
    async find(channelId) {
      const cached = discord.channels.cache.get(channelId);
      if (cached) return cached;
      return await (recall(channelId) ?? start(channelId)).pending;
    },
    forget({ t, d }) {
      // Events other than thread events may change the permissions of channels that they do not name.
      if (/^THREAD_(CREATE|UPDATE|DELETE)$/.test(t ?? '')) lookUps.delete((d as { id: string }).id);
      else lookUps.clear();
    },
  };
}

async function fetchChannel(
  discord: Pick<Client, 'channels'>,
  channelId: string,
): Promise<Channel | null> {
  try {
    return await discord.channels.fetch(channelId);
  } catch (error) {
    const failure = discordFailure(error, `GET /channels/${channelId}`);
    if (isFailure(failure, 'AccessLost') || isFailure(failure, 'MessageGone')) return null;
    throw failure;
  }
}
