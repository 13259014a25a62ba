import type { APIChannel } from 'discord-api-types/v10';
import type { DiscordPort } from '../../activities/ports/discord-port.ts';
import { shownName } from '../../clip/clip.ts';
import type { PlaceCursor, PlacePage } from '../../clip/places/place.ts';
import { errorFacts, invalidInput, isFailure } from '../../errors.ts';
import { lookUpChannel } from '../channels.ts';
import { fetchChannel, guildIdOf, nameOf, parentIdOf } from '../channels/fetch-channel.ts';
import { rejectedRouteIn } from '../failures.ts';
import { findNextGuild, requireAllowedGuild, requireAllowedGuildId } from '../guilds.ts';
import type { Get } from '../rest-client.ts';
import { createGetAhead, type GetAhead } from './ahead.ts';
import { beginGuild } from './begin-guild.ts';
import { hasMessages, hasThreads, isCategory, toPlace, toUnreadable } from './describe-places.ts';
import { createGuildViews } from './guild-view.ts';
import { createGuildLister, type Step } from './list-guild.ts';

/** A page of places ends after this time, in milliseconds, so that a slow Discord costs no finished work. */
const MAX_PAGE_MS = 10_000;
/** A page of places ends when it has this many. 500 places take about 100 KB. */
const MAX_PAGE_PLACES = 500;

/**
 * How many lists of archived threads are fetched ahead. If each answer takes 150 ms, the 200 lists of 100 text channels
 * would take 30 s one after the other.
 */
const LISTS_AHEAD = 4;

/** The settings GUILD_IDS and EXCLUDE_CHANNEL_IDS. */
export interface PlaceBounds {
  guildIds: readonly string[];
  excludeChannelIds: readonly string[];
}

/** Creates `DiscordPort.listPlaces`. */
export function createPlaceLister(
  get: Get,
  { guildIds, excludeChannelIds }: PlaceBounds,
): DiscordPort['listPlaces'] {
  const lookUpGuild = createGuildViews(get);
  const guild = createGuildLister(get, excludeChannelIds);

  /** Finds the guild in which the listing begins. Returns the page itself for a thread and for a direct message. */
  async function begin({
    scope,
    fresh,
  }: Pick<Step, 'scope' | 'fresh'>): Promise<PlaceCursor | PlacePage | null> {
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
    if (!guild.isExcluded(channel, channels)) return;
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

  /** Runs one step of the listing. Returns where the listing goes on. */
  async function run(
    step: Step,
    cursor: PlaceCursor,
    page: PlacePage,
    ahead: GetAhead,
  ): Promise<PlaceCursor | null> {
    if (cursor.step === 'next') return await beginAfter(cursor.guildId);
    const view = await lookUpGuild(cursor.guildId, {
      fresh: step.fresh && cursor.step === 'channels',
    });
    const afterGuild: PlaceCursor | null = 'all' in step.scope ? { ...cursor, step: 'next' } : null;
    if (cursor.step === 'channels') {
      const listed = await guild.listChannels(step, view, cursor, page);
      return (step.threads ? guild.nextParent(step, view, listed) : null) ?? afterGuild;
    }
    if (cursor.step === 'archived') {
      const listing = guild.listArchived(step, view, cursor, page);
      ahead.begin(guild.requestsAfter(step, view, cursor, LISTS_AHEAD));
      return await listing;
    }
    // A thread that was archived at first and became active before its page was read is in neither of the lists so far.
    await guild.listRevived(step, view, cursor, page);
    return afterGuild;
  }

  return async (
    scope,
    { threads, fresh = false, cursor = null, skipsRejected = false, endsBeforeArchived = false },
  ) => {
    const endMs = Date.now() + MAX_PAGE_MS;
    const page: PlacePage = { readable: [], unreadable: [], next: null };
    const first = cursor ?? (await begin({ scope, fresh }));
    if (first === null || 'readable' in first) return first ?? page;
    const ahead = createGetAhead(get);
    let next: PlaceCursor | null = first;
    while (next !== null) {
      if (Date.now() > endMs || page.readable.length >= MAX_PAGE_PLACES) break;
      if (endsBeforeArchived && next.step === 'archived' && page.readable.length > 0) break;
      const at: PlaceCursor = next;
      // Only the request at the caller's cursor is known to have failed before.
      const skips = skipsRejected && at === first;
      try {
        const step = { scope, threads, fresh, skipsRejected: skips, get: ahead.get };
        next = await run(step, at, page, ahead);
      } catch (error) {
        if ('all' in scope && isGuildFault(error, at.guildId, skips)) {
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

/**
 * True if the other guilds must be listed although this one failed. The bot has just left the guild, or may not see what
 * the check of permissions needs. With `skipsRejected`, the server may also have rejected a request without a clear
 * reason.
 */
function isGuildFault(error: unknown, guildId: string, skipsRejected: boolean): boolean {
  if (isFailure(error, 'InvalidInput')) return true;
  return skipsRejected && (rejectedRouteIn(error)?.startsWith(`GET /guilds/${guildId}`) ?? false);
}
