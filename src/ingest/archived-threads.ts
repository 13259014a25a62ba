import { DiscordAPIError, Routes, type Client } from 'discord.js';
import type { APIThreadChannel, APIThreadList } from 'discord-api-types/v10';
import { THREAD_QUIET_MS } from '../clip/names.ts';
import { snowflakeTimeMs } from '../clip/snowflake.ts';
import type { WatchedChannel } from './watched-channels.ts';

/** The most that Discord gives at a time. */
const PAGE = 100;

/**
 * The public threads of a channel that were archived lately: the gateway tells of active ones alone,
 * so clips that were posted in these while ingest was away are found by their sweeps or never.
 * Threads come by the time of their archiving, the latest first.
 */
export async function recentlyArchived(
  discord: Pick<Client, 'rest'>,
  channelId: string,
  nowMs: number,
): Promise<WatchedChannel[]> {
  const found: APIThreadChannel[] = [];
  for (let before: string | undefined; ;) {
    const list = await listArchived(discord, channelId, before);
    const recent = list.threads
      .map((thread) => thread as APIThreadChannel)
      .filter((thread) => nowMs - archivedAtMs(thread) < THREAD_QUIET_MS);
    found.push(...recent);
    const last = recent.at(-1)?.thread_metadata?.archive_timestamp;
    // A server that ignores the bound must not keep us here.
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

/** None where Discord doesn't show them to the bot, or knows no such channel any more. */
async function listArchived(
  discord: Pick<Client, 'rest'>,
  channelId: string,
  before: string | undefined,
): Promise<Pick<APIThreadList, 'threads'> & { has_more?: boolean }> {
  const query = new URLSearchParams({ limit: String(PAGE), ...(before && { before }) });
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

const archivedAtMs = ({ thread_metadata: metadata }: APIThreadChannel): number =>
  Date.parse(metadata?.archive_timestamp ?? '') || 0;
