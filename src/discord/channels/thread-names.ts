import { BoundedMap } from '../../bounded-map.ts';
import type { MessageContext } from '../../clip/message.ts';
import { mentionedChannelIds, namesIn } from '../../clip/message/mentions.ts';
import { compareSnowflakes, snowflakeTimeMs } from '../../clip/snowflake.ts';
import { fetchActiveThreads } from '../places/thread-lists.ts';
import type { Get } from '../rest-client.ts';
import { nameOf } from './fetch-channel.ts';

/** How long the names of a guild's active threads are kept, in milliseconds. */
const KEPT_MS = 10 * 60 * 1000;

/** The maximum number of guilds whose threads are kept. The names of 1,000 threads take 100 KB. */
const MAX_GUILDS = 100;

interface ActiveThreads {
  names: ReadonlyMap<string, string>;
  /** Epoch milliseconds. */
  atMs: number;
}

/**
 * Finds the names of threads that texts mention. Discord's list of a guild's channels has no threads. One request lists
 * all active threads of a guild, so a text with many mentions costs no more than that. Archived threads have no names:
 * each would cost a request, and anybody can mention any number of ids.
 */
export function createThreadNames(
  get: Get,
): (context: MessageContext, texts: readonly string[]) => Promise<MessageContext> {
  const lists = new BoundedMap<string, ActiveThreads>(MAX_GUILDS, isOver);

  /** Returns a list that is newer than the thread `newestId`. */
  async function list(guildId: string, newestId: string): Promise<ActiveThreads> {
    const kept = lists.get(guildId);
    if (kept && !isOver(kept) && kept.atMs >= snowflakeTimeMs(newestId)) return kept;
    const atMs = Date.now();
    // A server without this list must not keep a backfill open for ever.
    const { threads } = await fetchActiveThreads(get, guildId, { skipsRejected: true });
    const found = { names: new Map(threads.map((thread) => [thread.id, nameOf(thread)])), atMs };
    lists.set(guildId, found);
    return found;
  }

  /** Returns the context, with the names of the active threads if `texts` mention a channel that it does not know. */
  return async (context, texts) => {
    const { guildId } = context;
    const { findChannelName = () => null } = namesIn(context);
    const unknown = texts.flatMap(mentionedChannelIds).filter((id) => findChannelName(id) === null);
    const newestId = unknown.sort(compareSnowflakes).at(-1);
    if (guildId === null || newestId === undefined) return context;
    const { names } = await list(guildId, newestId);
    return { ...context, findChannelName: (id) => findChannelName(id) ?? names.get(id) ?? null };
  };
}

function isOver({ atMs }: ActiveThreads): boolean {
  return Date.now() - atMs > KEPT_MS;
}
