import { ChannelType, type APIChannel, type APIThreadChannel } from 'discord-api-types/v10';
import type { DiscordPort } from '../../activities/ports.ts';
import { shownName } from '../../clip/clip.ts';
import type { PlaceCursor, PlacePage, PlaceScope } from '../../clip/places/place.ts';
import { compareSnowflakes } from '../../clip/snowflake.ts';
import { errorFacts, invalidInput, isFailure } from '../../errors.ts';
import { lookUpChannel } from '../channels.ts';
import { fetchChannel, guildIdOf, nameOf, parentIdOf } from '../channels/fetch-channel.ts';
import { findNextGuild, requireAllowedGuild, requireAllowedGuildId } from '../guilds.ts';
import type { Get } from '../rest-client.ts';
import { beginGuild } from './begin-guild.ts';
import {
  describeMissing,
  hasMessages,
  hasThreads,
  idsAbove,
  isCategory,
  isInScope,
  toPlace,
  toUnreadable,
} from './describe-places.ts';
import { createGuildViews, type GuildView } from './guild-view.ts';
import { fetchActiveThreads, fetchArchivedThreads, isRevivedSince } from './thread-lists.ts';

/** A page of places ends after this time, in milliseconds, so that a slow Discord costs no finished work. */
const MAX_PAGE_MS = 10_000;
/** A page of places ends when it has this many. 500 places take about 100 KB. */
const MAX_PAGE_PLACES = 500;
/** How much Discord's clock may differ from this machine's clock, in milliseconds. */
const CLOCK_TOLERANCE_MS = 10 * 60 * 1000;

/** The settings GUILD_IDS and EXCLUDE_CHANNEL_IDS. */
export interface PlaceBounds {
  guildIds: readonly string[];
  excludeChannelIds: readonly string[];
}

interface Step {
  scope: PlaceScope;
  threads: boolean;
  fresh: boolean;
}

/** Creates `DiscordPort.listPlaces`. */
export function createPlaceLister(
  get: Get,
  { guildIds, excludeChannelIds }: PlaceBounds,
): DiscordPort['listPlaces'] {
  const lookUpGuild = createGuildViews(get);

  const isExcluded = (channel: APIChannel, channels: readonly APIChannel[]): boolean =>
    idsAbove(channel, channels).some((id) => excludeChannelIds.includes(id));

  /** Finds the guild in which the listing begins. Returns the page itself for a thread and for a direct message. */
  async function begin({ scope, fresh }: Step): Promise<PlaceCursor | PlacePage | null> {
    if ('guildId' in scope) {
      requireAllowedGuildId(guildIds, scope.guildId);
      return beginGuild(scope.guildId);
    }
    if (!('channelId' in scope)) return await beginAfter('0');
    const root = await fetchChannel(get, scope.channelId);
    const guildId = guildIdOf(root);
    const isListed = isCategory(root) || hasMessages(root) || hasThreads(root);
    if (isListed && guildId !== null) {
      await requireAllowed(root, guildId, fresh);
      const { channels } = await lookUpGuild(guildId, { fresh });
      // A compatible server may leave a channel out of the list.
      if (channels.some(({ id }) => id === root.id)) return beginGuild(guildId);
    }
    return await listSinglePlace(root, fresh);
  }

  /** @throws InvalidInput if GUILD_IDS does not allow the channel's guild, or if EXCLUDE_CHANNEL_IDS takes it out */
  async function requireAllowed(
    channel: APIChannel,
    guildId: string | null,
    fresh: boolean,
  ): Promise<void> {
    const channelName = nameOf(channel);
    requireAllowedGuild(guildIds, { channelName, guildId });
    if (excludeChannelIds.length === 0) return;
    const channels = guildId === null ? [] : (await lookUpGuild(guildId, { fresh })).channels;
    if (!isExcluded(channel, channels)) return;
    throw invalidInput(
      `EXCLUDE_CHANNEL_IDS takes out #${shownName(channelName)}: remove the id there, or use another channel`,
    );
  }

  /** Lists a thread, a direct message or a channel of a future type, which has no places below it. */
  async function listSinglePlace(channel: APIChannel, fresh: boolean): Promise<PlacePage> {
    const page: PlacePage = { readable: [], unreadable: [], next: null };
    let guildId = guildIdOf(channel);
    try {
      ({ guildId } = await lookUpChannel(get, channel.id));
      page.readable.push(toPlace(channel, guildId, parentIdOf(channel)));
    } catch (error) {
      if (!isFailure(error, 'InvalidInput')) throw error;
      page.unreadable.push(toUnreadable(channel, errorFacts(error).message));
    }
    await requireAllowed(channel, guildId, fresh);
    return page;
  }

  async function beginAfter(guildId: string): Promise<PlaceCursor | null> {
    const nextId = await findNextGuild(get, guildIds, guildId);
    return nextId === null ? null : beginGuild(nextId);
  }

  /** Adds the channels and the active threads of a guild to the page. */
  async function listChannels(step: Step, view: GuildView, page: PlacePage): Promise<void> {
    const mayHaveThreads = view.channels.some(
      (channel) => hasThreads(channel) && isInScope(step.scope, channel),
    );
    // If this request fails, the page must not have the channels twice. So the channels are added after it.
    if (step.threads && mayHaveThreads) await listActive(step, view, page, null);
    for (const channel of view.channels) {
      if (!isInScope(step.scope, channel) || isExcluded(channel, view.channels)) continue;
      if (!hasMessages(channel) && !(step.threads && hasThreads(channel))) continue;
      const missing = view.missingIn(channel);
      if (missing.length > 0)
        page.unreadable.push(toUnreadable(channel, describeMissing(channel, missing)));
      else if (hasMessages(channel)) page.readable.push(toPlace(channel, view.guildId, null));
    }
  }

  /** Adds the active threads to the page. With `sinceMs`, adds only those that became active after this time. */
  async function listActive(
    { scope }: Step,
    view: GuildView,
    page: PlacePage,
    sinceMs: number | null,
  ): Promise<void> {
    for (const thread of (await fetchActiveThreads(get, view.guildId)) ?? []) {
      if (sinceMs !== null && !isRevivedSince(thread, sinceMs)) continue;
      const parent = view.channels.find(({ id }) => id === thread.parent_id);
      if (!parent || !isInScope(scope, parent)) continue;
      addThread(thread, parent, view, page);
    }
  }

  function addThread(
    thread: APIThreadChannel,
    parent: APIChannel,
    view: GuildView,
    page: PlacePage,
  ): void {
    if (isExcluded({ ...thread, parent_id: parent.id }, view.channels)) return;
    if (page.readable.some(({ channelId }) => channelId === thread.id)) return;
    // A private thread that the bot was added to is visible even if its parent is hidden.
    const missing = view
      .missingIn(parent)
      .filter((name) => !(name === 'View Channel' && thread.type === ChannelType.PrivateThread));
    if (missing.length > 0)
      page.unreadable.push(toUnreadable(thread, describeMissing(thread, missing)));
    else page.readable.push(toPlace(thread, view.guildId, parent.id));
  }

  /** Adds one page of the archived threads of a channel. Returns where the listing goes on. */
  async function listArchived(
    step: Step,
    view: GuildView,
    cursor: PlaceCursor,
    page: PlacePage,
  ): Promise<PlaceCursor | null> {
    const parent = view.channels.find(({ id }) => id === cursor.parentId);
    const found = parent && (await fetchArchivedThreads(get, parent.id, cursor));
    for (const thread of found?.threads ?? []) if (parent) addThread(thread, parent, view, page);
    if (found && found.next !== null) return { ...cursor, before: found.next };
    const isDenied = parent !== undefined && found === null;
    if (isDenied && cursor.list === 'private') return { ...cursor, list: 'joined', before: null };
    if (isDenied && cursor.list === 'public') {
      const reason = `Discord denies the list of the archived threads of #${shownName(nameOf(parent))}: grant the bot Read Message History there`;
      page.unreadable.push(toUnreadable(parent, reason));
    }
    const isTextChannel = parent?.type === ChannelType.GuildText;
    // Only text channels have private threads.
    if (cursor.list === 'public' && parent && isTextChannel) {
      const list = view.managesThreadsIn(parent) ? 'private' : 'joined';
      return { ...cursor, list, before: null };
    }
    return nextParent(step, view, cursor);
  }

  /**
   * Returns the cursor of the next channel whose archived threads the bot can list. Returns null if no channel in the
   * scope has archived threads that the bot can list.
   */
  function nextParent({ scope }: Step, view: GuildView, cursor: PlaceCursor): PlaceCursor | null {
    const [next] = view.channels
      .filter((channel) => hasThreads(channel) && isInScope(scope, channel))
      .filter(
        (channel) => !isExcluded(channel, view.channels) && view.missingIn(channel).length === 0,
      )
      .map(({ id }) => id)
      .filter((id) => cursor.parentId === null || compareSnowflakes(id, cursor.parentId) > 0)
      .sort(compareSnowflakes);
    const start = { ...cursor, list: 'public' as const, before: null };
    if (next === undefined && cursor.parentId === null) return null;
    if (next === undefined) return { ...start, step: 'revived', parentId: null };
    return { ...start, step: 'archived', parentId: next };
  }

  /** Runs one step of the listing. Returns where the listing goes on. */
  async function run(
    step: Step,
    cursor: PlaceCursor,
    page: PlacePage,
  ): Promise<PlaceCursor | null> {
    if (cursor.step === 'next') return await beginAfter(cursor.guildId);
    const view = await lookUpGuild(cursor.guildId, {
      fresh: step.fresh && cursor.step === 'channels',
    });
    const afterGuild: PlaceCursor | null = 'all' in step.scope ? { ...cursor, step: 'next' } : null;
    if (cursor.step === 'channels') {
      await listChannels(step, view, page);
      return (step.threads ? nextParent(step, view, cursor) : null) ?? afterGuild;
    }
    if (cursor.step === 'archived') return await listArchived(step, view, cursor, page);
    // A thread that was archived at first and became active before its page was read is in neither of the lists so far.
    await listActive(step, view, page, cursor.startedAtMs - CLOCK_TOLERANCE_MS);
    return afterGuild;
  }

  return async (scope, { threads, fresh = false, cursor = null }) => {
    const step = { scope, threads, fresh };
    const endMs = Date.now() + MAX_PAGE_MS;
    const page: PlacePage = { readable: [], unreadable: [], next: null };
    const first = cursor ?? (await begin(step));
    if (first === null || 'readable' in first) return first ?? page;
    let next: PlaceCursor | null = first;
    while (next !== null) {
      if (Date.now() > endMs || page.readable.length >= MAX_PAGE_PLACES) break;
      const at: PlaceCursor = next;
      try {
        next = await run(step, at, page);
      } catch (error) {
        // The bot has just left the guild, or may not see what the check of permissions needs.
        if ('all' in scope && isFailure(error, 'InvalidInput')) {
          const { message: reason } = errorFacts(error);
          page.unreadable.push({ channelId: at.guildId, channelName: at.guildId, reason });
          next = { ...at, step: 'next' };
        }
        // The next call begins with the request that failed. What was found so far is not lost.
        else if (at !== first) break;
        else throw error;
      }
    }
    return { ...page, next };
  };
}
