import { parseChannelRecord } from '../../clip/channel-record.ts';
import type { DeletedPlace } from '../../clip/schemas/deleted-place.ts';
import { compareSnowflakes } from '../../clip/snowflake.ts';
import type { Ports } from '../ports.ts';
import { forEachOf } from './for-each-of.ts';

/** A channel or thread that may have clips. */
export interface IndexedChannel {
  id: string;
  /** The parent of a thread, or the channel itself. The bucket says so, so it may be forged. */
  ownerId: string;
}

/** The channels and threads that the bucket has clips of. */
export interface ChannelIndex {
  /**
   * Finds the channels and threads in the place, in the order of their ids. The threads of a deleted channel are deleted
   * with it, without events of their own.
   */
  find(place: DeletedPlace): Promise<IndexedChannel[]>;
}

/**
 * How long the list of channels and the records of channels are kept, in milliseconds. If hundreds of channels are
 * deleted at a time, they are read only once. A channel that is missing because of this is found when the deletion is
 * repeated two minutes later.
 */
const KEPT_MS = 60 * 1000;

/** How many records of channels are read at a time. */
const MAX_READS_AT_A_TIME = 16;

interface Entry {
  parentId: string | null;
  guildId: string | null;
}

interface Kept {
  ids: readonly string[];
  /** The records that were read; null for an invalid record. */
  entries: Map<string, Entry | null>;
  /** Epoch milliseconds. */
  untilMs: number;
}

/** `now` returns epoch milliseconds; tests replace it. */
export function createChannelIndex(
  bucket: Pick<Ports['bucket'], 'list' | 'read'>,
  now: () => number = Date.now,
): ChannelIndex {
  let kept: Kept | null = null;

  async function list(): Promise<Kept> {
    if (kept !== null && kept.untilMs > now()) return kept;
    const ids: string[] = [];
    for await (const { key } of bucket.list('channels/')) {
      const id = /^channels\/(\d+)\.json$/.exec(key)?.[1];
      if (id !== undefined) ids.push(id);
    }
    kept = { ids, entries: new Map(), untilMs: now() + KEPT_MS };
    return kept;
  }

  async function read(id: string): Promise<Entry | null> {
    const stored = await bucket.read(`channels/${id}.json`);
    const channel = stored && parseChannelRecord(stored.body);
    if (channel?.Id !== id) return null;
    return { parentId: channel.Parent_Id, guildId: channel.guildId };
  }

  return {
    async find(place) {
      const own = 'channelId' in place ? [{ id: place.channelId, ownerId: place.channelId }] : [];
      if ('channelId' in place && !place.mayHaveThreads) return own;
      const { ids, entries } = await list();
      // A thread is newer than its parent. Some bots create and delete hundreds of channels a day.
      const candidates =
        'channelId' in place
          ? ids.filter((id) => compareSnowflakes(id, place.channelId) > 0)
          : [...ids];
      const unread = candidates.filter((id) => !entries.has(id)).values();
      await forEachOf(unread, MAX_READS_AT_A_TIME, async (id) => {
        entries.set(id, await read(id));
      });
      const found = candidates.flatMap((id) => {
        const entry = entries.get(id) ?? null;
        const isInside =
          'channelId' in place
            ? entry?.parentId === place.channelId
            : entry?.guildId === place.guildId;
        return isInside ? [{ id, ownerId: entry?.parentId ?? id }] : [];
      });
      return [...own, ...found].sort((a, b) => compareSnowflakes(a.id, b.id));
    },
  };
}
