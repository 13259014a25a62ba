import { Routes, type APIThreadChannel, type APIThreadList } from 'discord-api-types/v10';
import { BoundedMap } from '../../bounded-map.ts';
import { THREAD_QUIET_MS } from '../../clip/names.ts';
import { isSnowflake, snowflakeTimeMs } from '../../clip/snowflake.ts';
import { NOT_DISCORD, type Get } from '../../discord/rest-client.ts';
import { isFailure, serviceFailed } from '../../errors.ts';
import type { WatchedChannel } from '../watched-channels.ts';

/** The largest page that Discord allows. */
const PAGE_SIZE = 100;

/**
 * Creates a function that lists the public threads of a channel that were archived in the last THREAD_QUIET_MS and had
 * a message in that time. The gateway lists only active threads, so only a sweep can find clips that were posted in
 * these threads while ingest was not running. The most recently archived thread comes first.
 *
 * If a call fails, the next call continues at the page that failed. Otherwise, a list with more pages than the rate
 * limit allows could never be read to its end.
 */
export function createArchivedThreadsList(
  get: Get,
  channelId: string,
  nowMs: number,
): () => Promise<WatchedChannel[]> {
  const found: APIThreadChannel[] = [];
  let before: string | undefined;
  let isComplete = false;

  async function readPage(): Promise<void> {
    const list = (await fetchArchivedPage(get, channelId, before)) ?? { threads: [] };
    const recent = list.threads
      .filter((thread: { id?: unknown } | null) => isSnowflake(thread?.id))
      .map((thread) => thread as APIThreadChannel)
      .filter((thread) => nowMs - archivedAtMs(thread) < THREAD_QUIET_MS);
    found.push(...recent);
    const last = recent.at(-1)?.thread_metadata?.archive_timestamp;
    // The last comparison ends the list if a server ignores `before`.
    isComplete = !list.has_more || recent.length < list.threads.length || !last || last === before;
    before = last;
  }

  return async () => {
    while (!isComplete) await readPage();
    return found
      .map((thread) => toWatchedChannel(thread, channelId))
      .filter(({ channelId: id, lastMessageId }) => {
        return nowMs - snowflakeTimeMs(lastMessageId ?? id) < THREAD_QUIET_MS;
      });
  };
}

function toWatchedChannel(
  { id, name, last_message_id: last }: APIThreadChannel,
  parentId: string,
): WatchedChannel {
  return {
    channelId: id,
    // Some compatible servers have threads without a name.
    channelName: name || id,
    isThread: true,
    listingParentId: parentId,
    lastMessageId: isSnowflake(last) ? last : null,
  };
}

/** The maximum number of parents for which the process remembers that their archived threads can be listed. */
const MAX_PARENTS = 1000;

/**
 * Creates a function that returns whether the server lists the archived threads of a channel. A compatible server may
 * not have such a list, or Discord may deny it. Also returns false if there is no answer, because then nothing is sure.
 * Remembers only a list that was answered.
 */
export function createArchiveProbe(get: Get): (parentId: string) => Promise<boolean> {
  const listed = new BoundedMap<string, true>(MAX_PARENTS);
  return async (parentId) => {
    if (listed.has(parentId)) return true;
    const page = await fetchArchivedPage(get, parentId).catch(() => null);
    if (page !== null) listed.set(parentId, true);
    return page !== null;
  };
}

/** Returns null if Discord itself denies access or does not know the channel or the list. */
async function fetchArchivedPage(
  get: Get,
  channelId: string,
  before?: string,
): Promise<(Pick<APIThreadList, 'threads'> & { has_more?: boolean }) | null> {
  const path = Routes.channelThreads(channelId, 'public');
  const query = { limit: String(PAGE_SIZE), ...(before !== undefined && { before }) };
  try {
    const list = await get<Partial<APIThreadList>>(path, { query });
    const { threads } = list;
    if (!Array.isArray(threads)) throw serviceFailed(NOT_DISCORD, { route: `GET ${path}` });
    return { ...list, threads };
  } catch (error) {
    if (isFailure(error, 'AccessLost') || isFailure(error, 'MessageGone')) return null;
    throw error;
  }
}

/** Returns when a thread was archived, in epoch milliseconds; 0 if the time is missing or invalid. */
function archivedAtMs({ thread_metadata: metadata }: APIThreadChannel): number {
  return Date.parse(metadata?.archive_timestamp ?? '') || 0;
}
