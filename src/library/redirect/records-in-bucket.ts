import { BoundedMap } from '../../bounded-map.ts';
import { channelKey, parseChannelRecord } from '../../clip/channel-record.ts';
import { recordKey } from '../../clip/clip.ts';
import { isSnowflake } from '../../clip/snowflake.ts';
import type { LibraryParts } from '../ports.ts';
import { withDeadline } from '../support/deadline.ts';
import { Limiter } from '../support/limiter.ts';
import { SingleFlight } from '../support/single-flight.ts';
import { linkInRecord, type UnlistedLink } from './unlisted-link.ts';

/** How long a look into a few channels may take, in milliseconds. */
export const MAX_LOOK_MS = 1000;
/** How long other reads of the bucket may take, in milliseconds. */
const MAX_PROBE_MS = 5000;

const CHANNEL_REMEMBERED_MS = 60 * 1000;
const CHANNEL_IDS_REMEMBERED_MS = 5 * 60 * 1000;
const MAX_CHANNELS = 10_000;

/** After a look that failed or took too long, there are no looks for this long, in milliseconds. */
export const LOOK_PAUSE_MS = 1000;
/** A look for a clip reads at most this many objects, one per channel. */
export const LOOKED_AT_CHANNELS = 16;
const MAX_LOOKS = 8;
/** A probe reads one object per channel, so only a few clips are probed at a time. */
const MAX_PROBES = 4;
const MAX_WAITING = 100;
const READS_AT_A_TIME = 16;

/** Finds the records of clips in the bucket without listing `messages/`, which may have 100,000 objects. */
export class RecordsInBucket {
  readonly #parts: Pick<LibraryParts, 'bucket' | 'now'>;
  readonly #publicChannels = new BoundedMap<string, { isPublic: boolean; untilMs: number }>(
    MAX_CHANNELS,
  );
  /**
   * Channels of the settings, and of clips that readers have asked for; the last one is the newest. `channels/` may lack
   * a channel.
   */
  readonly #seenChannels = new BoundedMap<string, true>(MAX_CHANNELS);
  /** Looks do not wait for probes, which take longer. */
  readonly #looks = new Limiter({ maxRunning: MAX_LOOKS, maxWaiting: MAX_WAITING });
  readonly #probes = new Limiter({ maxRunning: MAX_PROBES, maxWaiting: MAX_WAITING });
  readonly #listings = new SingleFlight<readonly string[]>();
  #listed: { ids: readonly string[]; untilMs: number } = { ids: [], untilMs: 0 };
  #noLooksUntilMs = 0;

  constructor({ bucket, channelIds, now }: Pick<LibraryParts, 'bucket' | 'channelIds' | 'now'>) {
    this.#parts = { bucket, now };
    for (const id of channelIds) this.rememberChannel(id);
  }

  /** Notes the channel of a clip, so that later clips are looked for in the channel first. */
  rememberChannel(channelId: string): void {
    this.#seenChannels.set(channelId, true);
  }

  /**
   * Looks for the record in the LOOKED_AT_CHANNELS channels that are most likely to have it. Returns null if the record
   * was not found within MAX_LOOK_MS. Adds the channels that don't have the record to `absentFrom`. Never throws.
   */
  async look(clipId: string, absentFrom: Set<string>): Promise<UnlistedLink | null> {
    if (this.#parts.now() < this.#noLooksUntilMs) return null;
    try {
      return await inTurn(this.#looks, MAX_LOOK_MS, async () => {
        const seen = this.#newestSeen().slice(0, LOOKED_AT_CHANNELS);
        const found = await this.#findIn(seen, clipId, absentFrom);
        if (found !== null || seen.length === LOOKED_AT_CHANNELS) return found;
        const others = (await this.#listedChannels()).filter((id) => !seen.includes(id));
        return await this.#findIn(
          others.slice(0, LOOKED_AT_CHANNELS - seen.length),
          clipId,
          absentFrom,
        );
      });
    } catch {
      this.#noLooksUntilMs = this.#parts.now() + LOOK_PAUSE_MS;
      return null;
    }
  }

  /**
   * Looks for the record in all channels but those in `absentFrom`, and adds the channels that don't have it.
   * @throws any error if the bucket does not answer
   */
  async probe(clipId: string, absentFrom: Set<string>): Promise<UnlistedLink | null> {
    return await inTurn(this.#probes, MAX_PROBE_MS, async (signal) => {
      const isUnread = (id: string): boolean => !absentFrom.has(id);
      const seen = await this.#findInGroups(this.#newestSeen().filter(isUnread), clipId, {
        absentFrom,
        signal,
      });
      if (seen !== null) return seen;
      const listed = (await this.#listedChannels()).filter(isUnread);
      return await this.#findInGroups(listed, clipId, { absentFrom, signal });
    });
  }

  /**
   * Returns what the record in this channel says, or null if there is none.
   * @throws any error if the bucket does not answer
   */
  async read(clipId: string, channelId: string): Promise<UnlistedLink | null> {
    return await withDeadline(MAX_PROBE_MS, () => this.#readLink(clipId, channelId));
  }

  /**
   * True if the channel's record says that @everyone may read the channel.
   * @throws any error if the bucket does not answer
   */
  async isPublic(channelId: string): Promise<boolean> {
    const known = this.#publicChannels.get(channelId);
    const nowMs = this.#parts.now();
    if (known !== undefined && known.untilMs > nowMs) return known.isPublic;
    const stored = await withDeadline(MAX_PROBE_MS, () =>
      this.#parts.bucket.read(channelKey(channelId)),
    );
    const record = stored === null ? null : parseChannelRecord(stored.body);
    const isPublic = record?.Id === channelId && record.Public;
    this.#publicChannels.set(channelId, { isPublic, untilMs: nowMs + CHANNEL_REMEMBERED_MS });
    return isPublic;
  }

  async #findInGroups(
    channelIds: readonly string[],
    clipId: string,
    { absentFrom, signal }: { absentFrom: Set<string>; signal: AbortSignal },
  ): Promise<UnlistedLink | null> {
    for (let from = 0; from < channelIds.length; from += READS_AT_A_TIME) {
      signal.throwIfAborted();
      const group = channelIds.slice(from, from + READS_AT_A_TIME);
      const found = await this.#findIn(group, clipId, absentFrom);
      if (found !== null) return found;
    }
    return null;
  }

  /** Returns the first record that is found, even if other reads fail or are slower. */
  async #findIn(
    channelIds: readonly string[],
    clipId: string,
    absentFrom: Set<string>,
  ): Promise<UnlistedLink | null> {
    const reads = channelIds.map(async (channelId) => {
      const link = await this.#readLink(clipId, channelId);
      if (link !== null) return link;
      absentFrom.add(channelId);
      throw new Absent();
    });
    try {
      return await Promise.any(reads);
    } catch (error) {
      const failures = (error as AggregateError).errors as Error[];
      const failure = failures.find((each) => !(each instanceof Absent));
      if (failure === undefined) return null;
      throw failure;
    }
  }

  async #readLink(clipId: string, channelId: string): Promise<UnlistedLink | null> {
    const [messageId = '', attachmentId = ''] = clipId.split('-');
    const key = recordKey({ channelId, messageId, attachmentId });
    const stored = await this.#parts.bucket.read(key);
    return stored === null ? null : linkInRecord(clipId, channelId, stored.body);
  }

  /** Returns the channels of the settings and of clips that readers asked for, the newest first. */
  #newestSeen(): string[] {
    return [...this.#seenChannels.keys()].reverse();
  }

  /** Returns the channels that have a record of their own. */
  async #listedChannels(): Promise<readonly string[]> {
    if (this.#listed.untilMs <= this.#parts.now()) {
      const ids = await this.#listings.run('', () => this.#listChannels());
      this.#listed = { ids, untilMs: this.#parts.now() + CHANNEL_IDS_REMEMBERED_MS };
    }
    return this.#listed.ids;
  }

  async #listChannels(): Promise<string[]> {
    const ids: string[] = [];
    for await (const { key } of this.#parts.bucket.list('channels/')) {
      const id = /^channels\/(\d+)\.json$/.exec(key)?.[1];
      if (isSnowflake(id)) ids.push(id);
    }
    return ids;
  }
}

/** A channel has no record of the clip. */
class Absent extends Error {}

/** Runs `work` when it is its turn. The wait and the work together take at most `limitMs`. Work that hangs loses its turn. */
async function inTurn<T>(
  limiter: Limiter,
  limitMs: number,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const deadlineMs = performance.now() + limitMs;
  return await withDeadline(limitMs, (signal) =>
    limiter.run(() => withDeadline(Math.max(deadlineMs - performance.now(), 1), work), { signal }),
  );
}
