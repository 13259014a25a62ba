import { ChannelType, type APIChannel, type APIThreadChannel } from 'discord-api-types/v10';
import { shownName } from '../../clip/clip.ts';
import type { PlaceCursor, PlacePage, PlaceScope } from '../../clip/places/place.ts';
import { compareSnowflakes } from '../../clip/snowflake.ts';
import { nameOf } from '../channels/fetch-channel.ts';
import type { Get } from '../rest-client.ts';
import {
  describeMissing,
  hasMessages,
  hasThreads,
  idsAbove,
  isInScope,
  toPlace,
  toUnreadable,
} from './describe-places.ts';
import { describeFault, describeJoinedOnly } from './describe-fault.ts';
import type { GuildView } from './guild-view.ts';
import {
  archivedThreadsRequest,
  fetchActiveThreads,
  fetchArchivedThreads,
  isRevivedSince,
} from './thread-lists.ts';

/** How much Discord's clock may differ from this machine's clock, in milliseconds. */
const CLOCK_TOLERANCE_MS = 10 * 60 * 1000;

/** What one step of a listing needs. */
export interface Step {
  scope: PlaceScope;
  threads: boolean;
  fresh: boolean;
  /** True if a list of threads that was rejected without a clear reason is left out. */
  skipsRejected: boolean;
  /** Sends the requests for lists of archived threads. */
  get: Get;
}

type ListRequest = ReturnType<typeof archivedThreadsRequest>;

/** Lists one guild. Every function sends at most one request, and adds to the page only after the answer. */
export interface GuildLister {
  /** True if EXCLUDE_CHANNEL_IDS takes out the channel, the thread or what it is in. */
  isExcluded(channel: APIChannel, channels: readonly APIChannel[]): boolean;
  /** Adds the channels and the active threads of a guild to the page. Returns the cursor with what the listing must know. */
  listChannels(
    step: Step,
    view: GuildView,
    cursor: PlaceCursor,
    page: PlacePage,
  ): Promise<PlaceCursor>;
  /** Adds the threads that became active since the listing of the guild began. */
  listRevived(step: Step, view: GuildView, cursor: PlaceCursor, page: PlacePage): Promise<void>;
  /** Adds one page of the archived threads of a channel. Returns where the listing goes on. */
  listArchived(
    step: Step,
    view: GuildView,
    cursor: PlaceCursor,
    page: PlacePage,
  ): Promise<PlaceCursor | null>;
  /**
   * Returns the requests for the lists of archived threads that follow `cursor`, if no list has more than one page. At
   * most `count`.
   */
  requestsAfter(step: Step, view: GuildView, cursor: PlaceCursor, count: number): ListRequest[];
  /**
   * Returns the cursor of the next channel whose archived threads the bot can list. Returns null if no channel in the
   * scope has archived threads that the bot can list.
   */
  nextParent(step: Step, view: GuildView, cursor: PlaceCursor): PlaceCursor | null;
}

/** `excludeChannelIds` is the setting EXCLUDE_CHANNEL_IDS. */
export function createGuildLister(get: Get, excludeChannelIds: readonly string[]): GuildLister {
  const isExcluded = (channel: APIChannel, channels: readonly APIChannel[]): boolean =>
    idsAbove(channel, channels).some((id) => excludeChannelIds.includes(id));

  async function listChannels(
    step: Step,
    view: GuildView,
    cursor: PlaceCursor,
    page: PlacePage,
  ): Promise<PlaceCursor> {
    const mayHaveThreads = view.channels.some(
      (channel) => hasThreads(channel) && isInScope(step.scope, channel),
    );
    // If this request fails, the page must not have the channels twice. So the channels are added after it.
    const active = step.threads && mayHaveThreads ? await listActive(step, view, page, null) : [];
    const listedThreadIds = active
      .filter((thread) => isRevivedSince(thread, cursor.startedAtMs - CLOCK_TOLERANCE_MS))
      .map(({ id }) => id);
    for (const channel of view.channels) {
      if (!isInScope(step.scope, channel) || isExcluded(channel, view.channels)) continue;
      if (!hasMessages(channel) && !(step.threads && hasThreads(channel))) continue;
      const missing = view.missingIn(channel);
      if (missing.length > 0)
        page.unreadable.push(toUnreadable(channel, describeMissing(channel, missing)));
      else if (hasMessages(channel)) page.readable.push(toPlace(channel, view.guildId, null));
    }
    return { ...cursor, ...(listedThreadIds.length > 0 && { listedThreadIds }) };
  }

  /**
   * Adds the active threads to the page, and returns them. With `since`, leaves out those that became active earlier or
   * that are listed already.
   */
  async function listActive(
    { scope, skipsRejected }: Step,
    view: GuildView,
    page: PlacePage,
    since: { timeMs: number; listedThreadIds: readonly string[] } | null,
  ): Promise<APIThreadChannel[]> {
    const { threads, fault } = await fetchActiveThreads(get, view.guildId, { skipsRejected });
    // A list that is denied at the end of the listing was denied at the beginning too.
    if (fault !== null && (since === null || fault.kind !== 'denied')) {
      const reason = describeFault(fault, 'active', `the server ${view.guildId}`, 'View Channel');
      page.unreadable.push({ channelId: view.guildId, channelName: view.guildId, reason });
    }
    for (const thread of threads) {
      if (since !== null && !isRevivedSince(thread, since.timeMs)) continue;
      if (since?.listedThreadIds.includes(thread.id)) continue;
      const parent = view.channels.find(({ id }) => id === thread.parent_id);
      if (!parent || !isInScope(scope, parent)) continue;
      addThread(thread, parent, view, page);
    }
    return threads;
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

  async function listArchived(
    step: Step,
    view: GuildView,
    cursor: PlaceCursor,
    page: PlacePage,
  ): Promise<PlaceCursor | null> {
    const parent = view.channels.find(({ id }) => id === cursor.parentId);
    // The channel was deleted, or is hidden now.
    if (!parent) return nextParent(step, view, cursor);
    const { list } = cursor;
    const { threads, next, fault } = await fetchArchivedThreads(step.get, parent.id, cursor, step);
    for (const thread of threads) addThread(thread, parent, view, page);
    if (next !== null) return { ...cursor, before: next };
    const where = `#${shownName(nameOf(parent))}`;
    if (fault !== null) {
      const grant = list === 'private' ? 'Manage Threads' : 'Read Message History';
      page.unreadable.push(toUnreadable(parent, describeFault(fault, list, where, grant)));
    } else if (list === 'joined' && !view.managesThreadsIn(parent)) {
      page.unreadable.push(toUnreadable(parent, describeJoinedOnly(where)));
    }
    if (fault !== null && list === 'private') return { ...cursor, list: 'joined', before: null };
    return nextList(step, view, cursor, parent);
  }

  /** Returns the cursor of the list that follows a complete list of the channel `parent`. */
  function nextList(
    step: Step,
    view: GuildView,
    cursor: PlaceCursor,
    parent: APIChannel,
  ): PlaceCursor | null {
    // Only text channels have private threads.
    if (cursor.list === 'public' && parent.type === ChannelType.GuildText) {
      const list = view.managesThreadsIn(parent) ? 'private' : 'joined';
      return { ...cursor, list, before: null };
    }
    return nextParent(step, view, cursor);
  }

  function requestsAfter(
    step: Step,
    view: GuildView,
    cursor: PlaceCursor,
    count: number,
  ): ListRequest[] {
    const requests: ListRequest[] = [];
    let at: PlaceCursor | null = cursor;
    while (requests.length < count) {
      const parentId: string | null = at.parentId;
      const parent: APIChannel | undefined = view.channels.find(({ id }) => id === parentId);
      at = parent ? nextList(step, view, at, parent) : null;
      if (at?.step !== 'archived' || at.parentId === null) break;
      requests.push(archivedThreadsRequest(at.parentId, at));
    }
    return requests;
  }

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

  return {
    isExcluded,
    listChannels,
    async listRevived(step, view, { startedAtMs, listedThreadIds = [] }, page) {
      const timeMs = startedAtMs - CLOCK_TOLERANCE_MS;
      await listActive(step, view, page, { timeMs, listedThreadIds });
    },
    listArchived,
    requestsAfter,
    nextParent,
  };
}
