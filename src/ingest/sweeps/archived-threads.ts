import { DiscordAPIError, Routes, type Client } from 'discord.js';
import type { APIThreadChannel, APIThreadList } from 'discord-api-types/v10';
import { THREAD_QUIET_MS } from '../../clip/names.ts';
import { snowflakeTimeMs } from '../../clip/snowflake.ts';
import type { WatchedChannel } from '../watched-channels.ts';

/** The largest page that Discord allows. */
const PAGE_SIZE = 100;

/**
 * Lists the public threads of a channel that were archived in the last THREAD_QUIET_MS and had a message in
 * that time. The gateway lists only active threads, so only a sweep can find clips that were posted in these
 * threads while ingest was not running. The most recently archived thread comes first.
 */
export async function listRecentlyArchived(
  discord: Pick<Client, 'rest'>,
  channelId: string,
  nowMs: number,
): Promise<WatchedChannel[]> {
  const found: APIThreadChannel[] = [];
  for (let before: string | undefined; ;) {
    const list = await fetchArchivedPage(discord, channelId, before);
    const recent = list.threads
      .map((thread) => thread as APIThreadChannel)
      .filter((thread) => nowMs - archivedAtMs(thread) < THREAD_QUIET_MS);
    found.push(...recent);
    const last = recent.at(-1)?.thread_metadata?.archive_timestamp;
    // The last comparison ends the loop if a server ignores `before`.
    if (!list.has_more || recent.length < list.threads.length || !last || last === before) break;
    before = last;
  }
  return found
    .filter(
      ({ id, last_message_id }) => nowMs - snowflakeTimeMs(last_message_id ?? id) < THREAD_QUIET_MS,
    )
    .map(({ id, name, last_message_id }) => ({
      channelId: id,
      channelName: name,
      isThread: true,
      lastMessageId: last_message_id ?? null,
    }));
}

/** Returns an empty page if Discord denies access or does not know the channel. */
async function fetchArchivedPage(
  discord: Pick<Client, 'rest'>,
  channelId: string,
  before: string | undefined,
): Promise<Pick<APIThreadList, 'threads'> & { has_more?: boolean }> {
  const query = new URLSearchParams({ limit: String(PAGE_SIZE) });
  if (before) query.set('before', before);
  try {
    const list = await discord.rest.get(Routes.channelThreads(channelId, 'public'), { query });
    return list as APIThreadList;
  } catch (error) {
    if (error instanceof DiscordAPIError && [403, 404].includes(error.status)) {
      return { threads: [] };
    }
    throw error;
  }
}

/** Returns when a thread was archived, in epoch milliseconds; 0 if the time is missing or invalid. */
function archivedAtMs({ thread_metadata: metadata }: APIThreadChannel): number {
  return Date.parse(metadata?.archive_timestamp ?? '') || 0;
}
