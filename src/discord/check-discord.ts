import { setTimeout as pause } from 'node:timers/promises';
import type { APIUser } from 'discord-api-types/v10';
import { shownName } from '../clip/clip.ts';
import { applicationFailure, isFailure, serviceFailed } from '../errors.ts';
import { namedWaitMs } from '../rate-limit-errors.ts';
import { lookUpChannel } from './channels.ts';
import { surveyChannels, type ChannelSurvey } from './channels/survey.ts';
import { requireNotExcluded } from './channels/watch-bounds.ts';
import { findContent } from './find-content.ts';
import { fetchOwnGuilds, requireAllowedGuild, type OwnGuild } from './guilds.ts';
import { countMembers } from './guilds/count-members.ts';
import { lookUpIntent, MISSING_INTENT } from './intent.ts';
import { createGet, NOT_DISCORD, type DiscordOptions, type Get } from './rest-client.ts';
import { isDiscordUrl } from './verdict.ts';

/**
 * The longest time that a request of a check waits for rate limits to end, in milliseconds. The rate limit of a single
 * route lasts a few seconds.
 */
const MAX_WAIT_MS = 10 * 1000;

/** How long a check waits, in milliseconds, if Discord does not say how long the rate limit lasts. */
const DEFAULT_WAIT_MS = 1000;

/**
 * The shortest wait, in milliseconds. Even if a server asks for a shorter wait, the check sends no requests more often
 * than this.
 */
const MIN_WAIT_MS = 250;

/** The error for a compatible server that shows no content and whose flags lack the intent. */
const NO_CONTENT = `${MISSING_INTENT}; if the server at DISCORD_API_URL has no intents, post a message with text that the bot can read`;

/**
 * Each method checks one requirement. If the requirement is not met, the method throws an Error with one sentence that
 * says what to do.
 */
export interface DiscordInspection {
  /** Returns the name of the bot that the token belongs to, as plain text. */
  username(): Promise<string>;
  /**
   * Passes if Discord sends the bot the text and attachments of messages. A compatible server may have no flag for the
   * intent, so a message with content is proof enough. `channelIds` are the channels to look in first.
   */
  messageContentIntent(channelIds?: readonly string[]): Promise<void>;
  /**
   * Returns the channel's name as plain text if GUILD_IDS and EXCLUDE_CHANNEL_IDS allow the channel, and the bot can read
   * the channel's history. Of a forum, the threads must be readable; of a category, at least one channel.
   */
  channel(channelId: string): Promise<string>;
  /** Checks the permissions in all channels that are watched. `channelIds` is the setting CHANNEL_IDS. */
  channels(channelIds: readonly string[]): Promise<ChannelSurvey>;
  /** Lists the guilds that the bot is in. */
  guilds(): Promise<OwnGuild[]>;
  /** Returns about how many members the bot's guilds have together; null if the server does not say. */
  members(): Promise<number | null>;
}

/** The options of a check. `guildIds` and `excludeChannelIds` are the settings GUILD_IDS and EXCLUDE_CHANNEL_IDS. */
export type CheckOptions = DiscordOptions & {
  guildIds?: readonly string[];
  excludeChannelIds?: readonly string[];
};

/** `signal` ends the waits for rate limits. */
export function inspectDiscord(options: CheckOptions, signal?: AbortSignal): DiscordInspection {
  const { guildIds = [], excludeChannelIds = [] } = options;
  const get = waitOutRateLimits(createGet(options), signal);
  return {
    username: () => withAdvice(() => fetchUsername(get)),
    messageContentIntent: (channelIds = []) =>
      withAdvice(async () => {
        if ((await lookUpIntent(get)) !== 'missing') return;
        if (isDiscordUrl(options.apiUrl)) throw new Error(MISSING_INTENT);
        if (!(await findContent(get, channelIds))) throw new Error(NO_CONTENT);
      }),
    channel: (channelId) =>
      withAdvice(async () => {
        const found = await lookUpChannel(get, channelId, { acceptContainers: true });
        requireAllowedGuild(guildIds, found);
        requireNotExcluded(excludeChannelIds, found.place, found.channelName);
        return shownName(found.channelName);
      }, 'CHANNEL_IDS: '),
    channels: (channelIds) =>
      withAdvice(() => surveyChannels(get, { channelIds, excludeChannelIds, guildIds })),
    guilds: () => withAdvice(() => fetchOwnGuilds(get)),
    members: () => withAdvice(() => countMembers(get)),
  };
}

export interface DiscordCheck {
  /** The bot's name. */
  username: string;
  /** One sentence for each channel that the bot cannot read. At least one other channel is readable. */
  unreadable: string[];
}

/**
 * Checks the token, the intent and the channels before anything starts. One readable channel is enough, because an
 * unreadable channel must not stop the work in the other channels.
 * @throws Error with one sentence that says what to do
 * @throws an AbortError after `signal`
 */
export async function checkDiscord(
  options: CheckOptions,
  channelIds: readonly string[],
  signal?: AbortSignal,
): Promise<DiscordCheck> {
  const inspection = inspectDiscord(options, signal);
  const username = await inspection.username();
  await inspection.messageContentIntent(channelIds);
  const faults: Error[] = [];
  for (const channelId of channelIds) {
    await inspection.channel(channelId).catch((error: unknown) => faults.push(error as Error));
    signal?.throwIfAborted();
  }
  // If one of the faults may be temporary, throw that fault, because startup then waits until the fault is over.
  const mayPass = ({ cause }: Error): boolean =>
    isFailure(cause, 'ServiceFailed') || isFailure(cause, 'RateLimited');
  const fault = faults.find(mayPass) ?? faults[0];
  if (fault && faults.length === channelIds.length) throw fault;
  return { username, unreadable: faults.map(({ message }) => message) };
}

async function fetchUsername(get: Get): Promise<string> {
  const { username } = await get<Partial<APIUser>>('/users/@me');
  if (username === undefined) throw serviceFailed(NOT_DISCORD, { route: 'GET /users/@me' });
  return shownName(username);
}

/**
 * Runs a check. If the check fails, throws an Error that says what failed and what to do. If a setting's value is
 * wrong, the sentence begins with `setting`.
 */
async function withAdvice<T>(check: () => Promise<T>, setting = ''): Promise<T> {
  try {
    return await check();
  } catch (error) {
    const failure = applicationFailure(error);
    switch (failure?.type) {
      case 'InvalidInput':
        throw new Error(`${setting}${failure.message}`, { cause: error });
      case 'ServiceFailed':
        throw new Error(`${failure.message}; correct DISCORD_API_URL, or try again later`, {
          cause: error,
        });
      case 'RateLimited':
        throw new Error(
          `Discord rate limited the bot: try again in ${Math.ceil(waitMs(error) / 1000)} s`,
          {
            cause: error,
          },
        );
      default:
        throw error;
    }
  }
}

/**
 * If a call is rate limited, waits until the limit ends and calls again. All waits together last at most MAX_WAIT_MS.
 * Waiting is harmless, because a check occupies no activity slot.
 */
function waitOutRateLimits(get: Get, signal?: AbortSignal): Get {
  return async (...request) => {
    for (let waitedMs = 0; ;) {
      try {
        return await get(...request);
      } catch (error) {
        const pauseMs = Math.max(waitMs(error), MIN_WAIT_MS);
        waitedMs += pauseMs;
        if (!isFailure(error, 'RateLimited') || waitedMs > MAX_WAIT_MS) throw error;
        await pause(pauseMs, undefined, signal && { signal });
      }
    }
  };
}

function waitMs(rateLimited: unknown): number {
  return namedWaitMs(rateLimited) ?? DEFAULT_WAIT_MS;
}
