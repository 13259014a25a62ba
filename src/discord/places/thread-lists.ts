import { Routes, type APIThreadChannel } from 'discord-api-types/v10';
import { compareSnowflakes, isSnowflake } from '../../clip/snowflake.ts';
import type { PlaceCursor } from '../../clip/places/place.ts';
import { errorFacts, isFailure, serviceFailed } from '../../errors.ts';
import { rejectedRouteIn } from '../failures.ts';
import { NOT_DISCORD, type Get } from '../rest-client.ts';

/** The largest page that Discord allows. */
const PAGE_SIZE = 100;

const CUT: ThreadListFault = { kind: 'cut', message: 'the server names no next page' };

type ListName = PlaceCursor['list'];

const PATHS: Record<ListName, (channelId: string) => `/${string}`> = {
  public: (channelId) => Routes.channelThreads(channelId, 'public'),
  private: (channelId) => Routes.channelThreads(channelId, 'private'),
  joined: (channelId) => Routes.channelJoinedArchivedThreads(channelId),
};

/**
 * Why threads may be missing. `denied`: Discord itself denies the list, or a compatible server has no such list.
 * `unclear`: the server rejects the list again and again. `cut`: more threads follow, but the server names no next page.
 */
export interface ThreadListFault {
  kind: 'denied' | 'unclear' | 'cut';
  /** Only for people. */
  message: string;
}

export interface ThreadPage {
  threads: APIThreadChannel[];
  /** The argument `before` of the next page; null if this is the last page, or if the next page is unknown. */
  next: string | null;
  /** Null if the list is complete so far. */
  fault: ThreadListFault | null;
}

interface ListOptions {
  /** If the server rejects the list without a clear reason, return a fault instead of throwing the failure. */
  skipsRejected: boolean;
}

/**
 * Fetches one page of a channel's archived threads.
 * Source: https://docs.discord.com/developers/resources/channel#list-public-archived-threads
 */
export async function fetchArchivedThreads(
  get: Get,
  channelId: string,
  { list, before }: Pick<PlaceCursor, 'list' | 'before'>,
  options: ListOptions,
): Promise<ThreadPage> {
  const { path, query } = archivedThreadsRequest(channelId, { list, before });
  const { threads, hasMore, fault } = await fetchThreads(get, path, query, options);
  const next = hasMore ? nextBefore(list, threads, before) : null;
  const isCut = hasMore && next === null;
  return { threads, next, fault: isCut ? CUT : fault };
}

/** Returns the request for one page of a channel's archived threads. */
export function archivedThreadsRequest(
  channelId: string,
  { list, before }: Pick<PlaceCursor, 'list' | 'before'>,
): { path: `/${string}`; query: Record<string, string> } {
  const query = { limit: String(PAGE_SIZE), ...(before !== null && { before }) };
  return { path: PATHS[list](channelId), query };
}

/**
 * Fetches the active threads of a guild that the bot can see.
 * Source: https://docs.discord.com/developers/resources/guild#list-active-guild-threads
 */
export async function fetchActiveThreads(
  get: Get,
  guildId: string,
  options: ListOptions,
): Promise<Pick<ThreadPage, 'threads' | 'fault'>> {
  return await fetchThreads(get, Routes.guildActiveThreads(guildId), {}, options);
}

async function fetchThreads(
  get: Get,
  path: `/${string}`,
  query: Record<string, string>,
  { skipsRejected }: ListOptions,
): Promise<Pick<ThreadPage, 'threads' | 'fault'> & { hasMore: boolean }> {
  const nothing = { threads: [], hasMore: false };
  const route = `GET ${path}`;
  try {
    // Without `channelId` in the options, a denied list does not stop requests for the channel's messages.
    const answer = await get<{ threads?: unknown; has_more?: unknown }>(path, { query });
    const { threads, has_more: more } = answer;
    if (!Array.isArray(threads)) {
      if (!skipsRejected) throw serviceFailed(NOT_DISCORD, { route });
      return { ...nothing, fault: { kind: 'unclear', message: NOT_DISCORD } };
    }
    const known = threads.filter((thread: { id?: unknown } | null) => isSnowflake(thread?.id));
    // A compatible server may leave out `has_more`.
    const hasMore = typeof more === 'boolean' ? more : threads.length >= PAGE_SIZE;
    return { threads: known as APIThreadChannel[], hasMore, fault: null };
  } catch (error) {
    const { message } = errorFacts(error);
    if (isFailure(error, 'AccessLost') || isFailure(error, 'MessageGone')) {
      return { ...nothing, fault: { kind: 'denied', message } };
    }
    if (skipsRejected && rejectedRouteIn(error) === route) {
      return { ...nothing, fault: { kind: 'unclear', message } };
    }
    throw error;
  }
}

/**
 * Returns where the next page begins. The joined threads come in the order of their ids, and all other lists in the
 * order of the times at which the threads were archived. Several threads can be archived at the same time. So the next
 * page begins a millisecond later than necessary, and repeats the threads of that millisecond. Returns null if the
 * server ignored `before`, or if the page does not say where the next one begins.
 */
function nextBefore(
  list: ListName,
  threads: readonly APIThreadChannel[],
  before: string | null,
): string | null {
  const last = threads.at(-1);
  if (last === undefined) return null;
  if (list === 'joined') {
    return before !== null && compareSnowflakes(last.id, before) >= 0 ? null : last.id;
  }
  const time = last.thread_metadata?.archive_timestamp;
  const timeMs = Date.parse(time ?? '');
  if (time === undefined || Number.isNaN(timeMs) || time === before) return null;
  const overlapping = new Date(timeMs + 1).toISOString();
  // A whole page was archived in one millisecond.
  return overlapping === before ? time : overlapping;
}

/**
 * True if the thread became active after `timeMs`, or if that is unknown. Discord changes the time when a thread is
 * archived and when the thread becomes active again.
 * Source: https://docs.discord.com/developers/resources/channel#thread-metadata-object
 */
export function isRevivedSince(thread: APIThreadChannel, timeMs: number): boolean {
  const changedMs = Date.parse(thread.thread_metadata?.archive_timestamp ?? '');
  return Number.isNaN(changedMs) || changedMs >= timeMs;
}
