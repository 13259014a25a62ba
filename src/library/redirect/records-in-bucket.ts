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

/** If a look failed or took too long, no look begins for this long, in milliseconds. */
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
    const turn = { hasBegun: false };
    try {
      return await inTurn(this.#looks, MAX_LOOK_MS, async (signal) => {
        turn.hasBegun = true;
        return await this.#findInGroups(this.#likelyChannels(), clipId, { absentFrom, signal });
      });
    } catch {
      // If many looks wait, the bucket is not at fault.
      if (turn.hasBegun) this.#noLooksUntilMs = this.#parts.now() + LOOK_PAUSE_MS;
      return null;
    }
  }

  /**
   * Looks for the record in all channels but those in `absentFrom`, and adds the channels that don't have it.
   * @throws any error if the record was not found, and the bucket does not answer for some channel
   */
  async probe(clipId: string, absentFrom: Set<string>): Promise<UnlistedLink | null> {
    return await inTurn(this.#probes, MAX_PROBE_MS, (signal) =>
      this.#findInGroups(this.#channelsBut(absentFrom), clipId, { absentFrom, signal }),
    );
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

  /** Yields one or two groups, with at most LOOKED_AT_CHANNELS channels together. */
  async *#likelyChannels(): AsyncGenerator<string[]> {
    const seen = this.#newestSeen().slice(0, LOOKED_AT_CHANNELS);
    yield seen;
    if (seen.length === LOOKED_AT_CHANNELS) return;
    const others = (await this.#listedChannels()).filter((id) => !seen.includes(id));
    yield others.slice(0, LOOKED_AT_CHANNELS - seen.length);
  }

  /** Yields groups of READS_AT_A_TIME channels. */
  async *#channelsBut(absentFrom: ReadonlySet<string>): AsyncGenerator<string[]> {
    const seen = new Set(this.#newestSeen());
    yield* groupsOf([...seen].filter((id) => !absentFrom.has(id)));
    const listed = await this.#listedChannels();
    yield* groupsOf(listed.filter((id) => !absentFrom.has(id) && !seen.has(id)));
  }

  /** Reads one group after another. A group that can't be read does not keep the others from being read. */
  async #findInGroups(
    groups: AsyncIterable<readonly string[]>,
    clipId: string,
    { absentFrom, signal }: { absentFrom: Set<string>; signal: AbortSignal },
  ): Promise<UnlistedLink | null> {
    let failure: Error | null = null;
    for await (const group of groups) {
      signal.throwIfAborted();
      try {
        const found = await this.#findIn(group, clipId, absentFrom);
        if (found !== null) return found;
      } catch (error) {
        failure ??= error as Error;
      }
    }
    if (failure !== null) throw failure;
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

function* groupsOf(ids: readonly string[]): Generator<string[]> {
  for (let from = 0; from < ids.length; from += READS_AT_A_TIME) {
    yield ids.slice(from, from + READS_AT_A_TIME);
  }
}

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
