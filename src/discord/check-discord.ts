import type { APIUser } from 'discord-api-types/v10';
import { applicationFailure, isFailure } from '../errors.ts';
import { hasMessageContentIntent, MISSING_INTENT } from './intent.ts';
import { readableChannel } from './readable-channel.ts';
import { createGet, type DiscordOptions, type Get } from './rest-client.ts';
import { surveyChannels, type ChannelSurvey } from './survey-channels.ts';

/** Limits of a route last seconds; whoever is to wait longer should be told. */
const LONGEST_WAIT_MS = 60 * 1000;

/** Looks at what the bot needs, one thing at a time; every method throws an Error of one sentence that says what to do. */
export interface DiscordInspection {
  /** Who the token belongs to. */
  username(): Promise<string>;
  messageContentIntent(): Promise<void>;
  /** The channel's name, where its history can be read. */
  channel(channelId: string): Promise<string>;
  /** The rights in all channels, for whoever names none. */
  channels(): Promise<ChannelSurvey>;
}

export function inspectDiscord(options: DiscordOptions): DiscordInspection {
  const get = patiently(createGet(options));
  return {
    username: () =>
      inOneSentence(async () => {
        const { username } = await get<APIUser>('/users/@me').catch((error: unknown) => {
          if (!isFailure(error, 'MessageGone') && !isFailure(error, 'AccessLost')) throw error;
          throw new Error(`no Discord answers at ${options.apiUrl}: correct DISCORD_API_URL`, {
            cause: error,
          });
        });
        return username;
      }),
    messageContentIntent: () =>
      inOneSentence(async () => {
        if (!(await hasMessageContentIntent(get))) throw new Error(MISSING_INTENT);
      }),
    channel: (channelId) =>
      inOneSentence(
        async () => (await readableChannel(get, channelId, { orItsThreads: true })).channelName,
      ),
    channels: () => inOneSentence(() => surveyChannels(get)),
  };
}

/** What is there to know before anything starts. */
export interface DiscordCheck {
  username: string;
  /** One sentence for each channel that can't be read, although others can. */
  unreadable: string[];
}

/**
 * Makes sure, before anything starts, that the bot can do its work: token, intent, and at least one of the
 * channels. One that was lost must not stop what goes on in the others.
 * @throws Error with one sentence that says what to do
 */
export async function checkDiscord(
  options: DiscordOptions,
  channelIds: readonly string[],
): Promise<DiscordCheck> {
  const inspection = inspectDiscord(options);
  const username = await inspection.username();
  await inspection.messageContentIntent();
  const faults: Error[] = [];
  for (const channelId of channelIds) {
    await inspection.channel(channelId).catch((error: unknown) => faults.push(error as Error));
  }
  const [first] = faults;
  if (first && faults.length === channelIds.length) throw first;
  return { username, unreadable: faults.map(({ message }) => message) };
}

async function inOneSentence<T>(look: () => Promise<T>): Promise<T> {
  try {
    return await look();
  } catch (error) {
    const failure = applicationFailure(error);
    if (failure?.type === 'InvalidInput')
      throw new Error(`CHANNEL_IDS: ${failure.message}`, { cause: error });
    if (failure?.type === 'ServiceFailed') {
      throw new Error(`${failure.message}: correct DISCORD_API_URL, or try again later`, {
        cause: error,
      });
    }
    if (failure?.type === 'RateLimited') {
      throw new Error(`Discord: ${failure.message}: try again later`, { cause: error });
    }
    throw error;
  }
}

/** Waits for limits inside the call: nothing else waits for its slot at the start. */
const patiently =
  (get: Get): Get =>
  async (...request) => {
    for (;;) {
      try {
        return await get(...request);
      } catch (error) {
        const delayMs = Number(applicationFailure(error)?.nextRetryDelay ?? 1000);
        if (!isFailure(error, 'RateLimited') || delayMs > LONGEST_WAIT_MS) throw error;
        await new Promise((resolve) => setTimeout(resolve, delayMs));
      }
    }
  };
