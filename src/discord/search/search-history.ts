import {
  RESTJSONErrorCodes,
  Routes,
  type APIMessage,
  type RESTGetAPIGuildMessagesSearchResult,
} from 'discord-api-types/v10';
import type { HistorySearch } from '../../activities/ports/discord-port.ts';
import { isSnowflake } from '../../clip/snowflake.ts';
import { defined } from '../../clip/values.ts';
import { failure, messageOf, serviceFailed, type HttpContext } from '../../errors.ts';
import { requestDelayed } from '../../rate-limit-errors.ts';
import { rejectedRouteIn } from '../failures.ts';
import { NOT_DISCORD, type Get } from '../rest-client.ts';

/**
 * How long to wait if Discord names no time in which the index is ready, in milliseconds. Discord's page asks for "a
 * short delay".
 */
const INDEX_WAIT_MS = 1000;

const INDEX_NOT_YET_AVAILABLE: number = RESTJSONErrorCodes.IndexNotYetAvailable;

/**
 * Searches a channel or thread for messages with a video, newest first.
 *
 * Discord documents neither the rate limit nor which videos the search finds. It may return fewer messages than asked
 * for, and its index may lag: https://docs.discord.com/developers/resources/message#search-guild-messages
 */
export async function searchHistory(
  get: Get,
  channelId: string,
  { guildId, limit, before, after }: HistorySearch,
): Promise<APIMessage[]> {
  const path = Routes.guildMessagesSearch(guildId);
  const context: HttpContext = { route: `GET ${path}` };
  const query = defined<Record<string, string>>({
    has: 'video',
    channel_id: channelId,
    // Without this parameter, the search leaves out age-restricted channels.
    include_nsfw: 'true',
    sort_by: 'timestamp',
    sort_order: 'desc',
    limit: String(limit),
    max_id: before,
    min_id: after,
  });
  // The request names no channel. If the search is refused, the requests for the channel's history must go on.
  const answer = await get<RESTGetAPIGuildMessagesSearchResult>(path, { query }).catch(
    rethrowRejection,
  );
  if ('code' in answer && answer.code === INDEX_NOT_YET_AVAILABLE) {
    const waitMs = answer.retry_after * 1000 || INDEX_WAIT_MS;
    throw requestDelayed('Discord is still indexing this server', waitMs, context);
  }
  const { messages } = answer as { messages?: unknown };
  if (!Array.isArray(messages)) throw unusable(serviceFailed(NOT_DISCORD, context));
  const found = (messages as unknown[]).flat() as (APIMessage | null)[];
  return found.filter(
    (message) => isSnowflake(message?.id) && message.channel_id === channelId,
  ) as APIMessage[];
}

/** A server that rejects a search without a clear reason probably has no search, so a retry would be useless. */
function rethrowRejection(error: unknown): never {
  throw rejectedRouteIn(error) === null ? error : unusable(error);
}

function unusable(error: unknown): Error {
  return failure('ServiceFailed', messageOf(error), { retry: false });
}
