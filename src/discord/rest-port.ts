import { Routes, type APIMessage } from 'discord-api-types/v10';
import type { DiscordPort } from '../activities/ports/discord-port.ts';
import { BoundedMap } from '../bounded-map.ts';
import { isStripped, isStrippedPage, saysSomething } from '../clip/message/content.ts';
import type { Names } from '../clip/message/mentions.ts';
import { isSnowflake } from '../clip/snowflake.ts';
import { defined } from '../clip/values.ts';
import { contentMissing, isFailure, serviceFailed } from '../errors.ts';
import { noMetrics, type ContentSource } from '../metrics.ts';
import { lookUpChannel, type ReadableChannel } from './channels.ts';
import { findChannelState } from './channels/channel-state.ts';
import { createChannelDescriber } from './channels/describe-channel.ts';
import { fetchChannel, nameOf } from './channels/fetch-channel.ts';
import { createKnownGuilds } from './channels/known-guilds.ts';
import { rememberAnswers } from './channels/remember-answers.ts';
import { createThreadNames } from './channels/thread-names.ts';
import { isWithinBounds, requireNotExcluded } from './channels/watch-bounds.ts';
import { findWatchState } from './channels/watch-state.ts';
import { requireAllowedGuild } from './guilds.ts';
import { lookUpIntent, MISSING_INTENT, type Intent } from './intent.ts';
import { fetchOwnId } from './own-id.ts';
import { kindOf } from './places/describe-places.ts';
import { createPlaceLister } from './places/list-places.ts';
import { NOT_DISCORD, type DiscordOptions, type Get } from './rest-client.ts';
import { searchHistory } from './search/search-history.ts';
import { isDiscordUrl } from './verdict.ts';

/** How long a channel's names and permissions are cached, in milliseconds. */
const CHANNEL_KEPT_MS = 10 * 60 * 1000;

/** The maximum number of cached channels. Each channel takes about 500 bytes. */
const MAX_CHANNELS = 2000;

/**
 * The maximum number of guilds whose channel and role names are cached. The names of 500 channels and 100 roles take
 * 64 KB.
 */
const MAX_GUILDS = 100;

/**
 * How long the flag of the Message Content intent is cached, in milliseconds. Nearly every page of a history has empty
 * messages. Without the cache, each of these pages would need another request.
 */
const INTENT_KEPT_MS = 60 * 1000;

/** How long answers about guilds are remembered for look-ups that accept them, in milliseconds. */
const GUILD_KEPT_MS = 60 * 1000;

/** A guild needs four answers, and each parent of threads one. The channels of a large guild take about 500 KB. */
const MAX_RECENT_ANSWERS = 40;

interface Cached<Value> {
  value: Value;
  /** Epoch milliseconds. */
  untilMs: number;
}

/**
 * Creates the activities' port to Discord's REST API. `get` is the client of this process. `guildIds` is the setting
 * GUILD_IDS, which bounds the channels whose history can be read. `excludeChannelIds` is the setting EXCLUDE_CHANNEL_IDS.
 * Messages of archived clips can always be fetched.
 */
export function createRestPort(
  options: Pick<DiscordOptions, 'apiUrl' | 'metrics'> & {
    guildIds?: readonly string[];
    excludeChannelIds?: readonly string[];
  },
  get: Get,
): DiscordPort {
  const isDiscord = isDiscordUrl(options.apiUrl);
  const { metrics = noMetrics, guildIds = [], excludeChannelIds = [] } = options;
  const readable = new BoundedMap<string, Cached<ReadableChannel>>(MAX_CHANNELS, isOver);
  /** The names from the newest look-up in each guild. All channels of the guild share these names. */
  const namesByGuild = new BoundedMap<string, Cached<Names>>(MAX_GUILDS, isOver);
  const recentGet = rememberAnswers(get, { keptMs: GUILD_KEPT_MS, maxAnswers: MAX_RECENT_ANSWERS });
  const knownGuilds = createKnownGuilds(get);
  const describeChannel = createChannelDescriber(get);
  const addThreadNames = createThreadNames(get);
  let intent: Cached<Intent> | null = null;
  let ownId: string | null = null;

  async function lookUpIntentOnce(): Promise<Intent> {
    if (intent === null || isOver(intent)) {
      intent = { value: await lookUpIntent(get), untilMs: Date.now() + INTENT_KEPT_MS };
    }
    return intent.value;
  }

  async function fetchOwnIdOnce(): Promise<string> {
    return (ownId ??= await fetchOwnId(get));
  }

  /** The failure for messages without content. Without the intent, every message comes without content. */
  async function contentFailure(source: ContentSource, route: string): Promise<Error> {
    metrics.contentMissing(source);
    return (await lookUpIntentOnce()) === 'missing'
      ? serviceFailed(MISSING_INTENT, { route })
      : contentMissing({ route });
  }

  /**
   * True if the page proves that Discord left out the content of its messages. A sweep or backfill must not move past
   * such a page.
   */
  async function isWithoutContent(page: readonly APIMessage[]): Promise<boolean> {
    if (!page.some(isStripped)) return false;
    // Trust Discord's own flag even if some messages show their content. Discord also sends the content of messages to
    // the bot if the intent is off.
    if (isDiscord && (await lookUpIntentOnce()) === 'missing') return true;
    return isStrippedPage(page, await fetchOwnIdOnce());
  }

  function remember(channelId: string, found: ReadableChannel): void {
    const { findChannelName, findRoleName, ...context } = found;
    const untilMs = Date.now() + CHANNEL_KEPT_MS;
    readable.set(channelId, { value: context, untilMs });
    if (context.guildId === null) return;
    const names = defined<Names>({ findChannelName, findRoleName });
    namesByGuild.set(context.guildId, { value: names, untilMs });
  }

  function recall(channelId: string): ReadableChannel | null {
    const context = readable.get(channelId);
    if (!context || isOver(context)) return null;
    const { guildId } = context.value;
    if (guildId === null) return context.value;
    const names = namesByGuild.get(guildId);
    if (!names) return null;
    // Make the guild the newest entry, so that the names of a guild in use stay cached.
    namesByGuild.set(guildId, names);
    return { ...context.value, ...names.value };
  }

  /**
   * With `inKnownGuild`, answers about the guild may be a minute old. An old answer cannot prove that access is missing, so
   * the look-up then asks again.
   */
  async function lookUpAndRemember(
    channelId: string,
    inKnownGuild: boolean,
  ): Promise<ReadableChannel> {
    readable.delete(channelId);
    let isOld = false;
    const guildGet = inKnownGuild ? recentGet(() => (isOld = true)) : get;
    const found = await lookUpChannel(get, channelId, { guildGet }).catch((error: unknown) => {
      if (isOld && isFailure(error, 'InvalidInput')) return lookUpChannel(get, channelId);
      throw error;
    });
    remember(channelId, found);
    return found;
  }

  return {
    async fetchMessage(channelId, messageId) {
      const path = Routes.channelMessage(channelId, messageId);
      const route = `GET ${path}`;
      const message = await get<APIMessage>(path, { channelId });
      if (message.id !== messageId) throw serviceFailed(NOT_DISCORD, { route });
      if (!saysSomething(message)) throw await contentFailure('message', route);
      return message;
    },

    async fetchHistory(channelId, { limit, onDropped, waitsForAccess, ...cursor }) {
      const path = Routes.channelMessages(channelId);
      const route = `GET ${path}`;
      const query = { limit: String(limit), ...cursor };
      const answer = await get<APIMessage[]>(path, {
        channelId,
        query,
        ...(waitsForAccess && { waitsForAccess }),
      });
      const page = Array.isArray(answer) ? answer.filter(hasId) : [];
      // An empty page ends a backfill, so only an empty list may count as an empty page.
      if (!Array.isArray(answer) || (page.length === 0 && answer.length > 0)) {
        throw serviceFailed(NOT_DISCORD, { route });
      }
      if (await isWithoutContent(page)) throw await contentFailure('history', route);
      if (page.length < answer.length) onDropped?.(answer.length - page.length);
      return page;
    },

    searchHistory: (channelId, search) => searchHistory(get, channelId, search),

    async readableChannel(
      channelId,
      { fresh = false, inAnyGuild = false, inKnownGuild = false, mentionedIn = [] } = {},
    ) {
      const found =
        (fresh ? null : recall(channelId)) ??
        (await lookUpAndRemember(channelId, inKnownGuild && !fresh));
      const { place, ...context } = found;
      if (!inAnyGuild) {
        requireAllowedGuild(guildIds, found);
        requireNotExcluded(excludeChannelIds, place, found.channelName);
      }
      return await addThreadNames(context, mentionedIn);
    },

    async wasReadable(channelId) {
      const place = await knownGuilds.findReadable(channelId);
      return (
        place !== null && isWithinBounds(place, { channelIds: [], excludeChannelIds, guildIds })
      );
    },

    async describeChannel(channelId, { isRoutine = false } = {}) {
      const known = isRoutine ? await knownGuilds.describe(channelId) : null;
      return known ?? (await describeChannel(channelId));
    },
    findChannelKind: async (channelId) => {
      const channel = await fetchChannel(get, channelId);
      return { channelName: nameOf(channel), kind: kindOf(channel) };
    },
    listPlaces: createPlaceLister(get, { guildIds, excludeChannelIds }),

    findChannelState: (channelId) => findChannelState(get, channelId),

    findWatchState: (channelId, channelIds) =>
      findWatchState(get, { channelIds, excludeChannelIds, guildIds }, channelId),
  };
}

function isOver({ untilMs }: Cached<unknown>): boolean {
  return untilMs <= Date.now();
}

/** True for a message with a Discord id. A message without a Discord id has no place in the order of a history. */
function hasId(message: { id?: unknown } | null): boolean {
  return isSnowflake(message?.id);
}
