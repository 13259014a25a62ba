import { BoundedMap } from '../../bounded-map.ts';
import { channelKey, parseChannelRecord } from '../../clip/channel-record.ts';
import { recordKey } from '../../clip/clip.ts';
import { isSnowflake } from '../../clip/snowflake.ts';
import type { LibraryParts } from '../ports.ts';
import { withDeadline } from '../support/deadline.ts';
import { Limiter } from '../support/limiter.ts';
import { SingleFlight } from '../support/single-flight.ts';
import { linkInRecord, toLink, type UnlistedLink } from './unlisted-link.ts';

/** How long the workflow may take to answer, and then how long the bucket may take, in milliseconds. */
export const MAX_DESCRIBE_MS = 2000;
const MAX_PROBE_MS = 5000;

export const MISS_REMEMBERED_MS = 60 * 1000;
/** Shorter, because the link of a clip may be posted before the clip's workflow has started. */
export const UNTOLD_MISS_REMEMBERED_MS = 5 * 1000;
export const CHANNEL_REMEMBERED_MS = 60 * 1000;
export const CHANNEL_IDS_REMEMBERED_MS = 5 * 60 * 1000;
const MAX_MISSES = 10_000;
const MAX_CHANNELS = 10_000;

/** Strangers can ask for many unknown clips, so only a few workflows are asked at a time. */
export const MAX_DESCRIBES = 20;
export const MAX_WAITING_DESCRIBES = 100;
/** A probe reads one object per channel, so only a few clips are probed at a time. */
const MAX_PROBES = 4;
const MAX_WAITING_PROBES = 100;
const READS_AT_A_TIME = 16;

/** Nobody can tell at the moment whether there is a clip with this id, because Temporal does not answer. */
export class ClipInDoubt extends Error {
  override name = 'ClipInDoubt';
}

/** What Temporal says of a clip. `busy` is no answer, so the clip may exist. */
type Told = UnlistedLink | 'unknown' | 'busy';

type Parts = Pick<LibraryParts, 'bucket' | 'links' | 'channelIds' | 'now'>;

/**
 * Finds links of clips while the catalog is unavailable, or if the catalog lacks a clip. A clip's id does not name the
 * clip's channel, so the clip's workflow is asked first. If there is no workflow, the record is looked for in each
 * channel. A clip is missing only if Temporal says so, because `channels/` may lack the clip's channel.
 */
export class LinksWithoutCatalog {
  readonly #parts: Parts;
  readonly #misses: BoundedMap<string, number>;
  readonly #publicChannels = new BoundedMap<string, { isPublic: boolean; untilMs: number }>(
    MAX_CHANNELS,
  );
  /** Channels of the settings, and of clips that readers have asked for. `channels/` may lack a channel. */
  readonly #seenChannels = new BoundedMap<string, true>(MAX_CHANNELS);
  readonly #describes = new Limiter({
    maxRunning: MAX_DESCRIBES,
    maxWaiting: MAX_WAITING_DESCRIBES,
  });
  readonly #probes = new Limiter({ maxRunning: MAX_PROBES, maxWaiting: MAX_WAITING_PROBES });
  readonly #listings = new SingleFlight<readonly string[]>();
  #listed: { ids: readonly string[]; untilMs: number } = { ids: [], untilMs: 0 };

  constructor(parts: Parts) {
    this.#parts = parts;
    for (const id of parts.channelIds) this.rememberChannel(id);
    this.#misses = new BoundedMap(MAX_MISSES, (untilMs) => untilMs <= parts.now());
  }

  /** Notes the channel of a clip, so that the channel is probed later. */
  rememberChannel(channelId: string): void {
    if (!this.#seenChannels.has(channelId)) this.#seenChannels.set(channelId, true);
  }

  /**
   * Returns null if there is no such clip.
   * @throws ClipInDoubt, or any error if the workflow is not known and the bucket does not answer
   */
  async find(clipId: string): Promise<UnlistedLink | null> {
    if (this.#isMissing(clipId)) return null;
    const told = await this.#askWorkflow(clipId);
    const link =
      typeof told === 'object' ? await this.#unlessPurged(told) : await this.#findInBucket(clipId);
    if (link !== null) this.rememberChannel(link.channelId);
    else if (told === 'busy') throw inDoubt();
    else this.#rememberMiss(clipId, MISS_REMEMBERED_MS);
    return link;
  }

  /**
   * Finds a clip that a complete catalog lacks, because the clip was posted a moment ago, or because a killed worker
   * could not tell the catalog. Asks only the clip's workflow, because the bucket would take one read per channel.
   * Returns null if there is no such clip.
   * @throws ClipInDoubt
   */
  async findUntold(clipId: string): Promise<UnlistedLink | null> {
    if (this.#isMissing(clipId)) return null;
    const told = await this.#askWorkflow(clipId);
    if (told === 'busy') throw inDoubt();
    if (told !== 'unknown') return told;
    this.#rememberMiss(clipId, UNTOLD_MISS_REMEMBERED_MS);
    return null;
  }

  /**
   * Does nothing, or fails as the search for an unknown clip would fail. Without this, readers could tell a hidden clip
   * from an unknown clip while Temporal does not answer.
   * @throws ClipInDoubt
   */
  async seemUnknown(clipId: string): Promise<void> {
    const key = `hidden ${clipId}`;
    if (this.#isMissing(key)) return;
    if ((await this.#askWorkflow(clipId)) === 'busy') throw inDoubt();
    this.#rememberMiss(key, UNTOLD_MISS_REMEMBERED_MS);
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

  #isMissing(key: string): boolean {
    return (this.#misses.get(key) ?? 0) > this.#parts.now();
  }

  #rememberMiss(key: string, rememberMs: number): void {
    this.#misses.set(key, this.#parts.now() + rememberMs);
  }

  /** Never throws. */
  async #askWorkflow(clipId: string): Promise<Told> {
    const deadlineMs = performance.now() + MAX_DESCRIBE_MS;
    const answer = await withDeadline(MAX_DESCRIBE_MS, (signal) =>
      this.#describes.run(
        () => {
          const timeoutMs = Math.max(deadlineMs - performance.now(), 1);
          // A call that never ends must not keep its turn.
          return withDeadline(timeoutMs, () =>
            this.#parts.links.describeClip(clipId, { timeoutMs }),
          );
        },
        { signal },
      ),
    ).catch(() => null);
    if (answer?.kind === 'clip') return toLink(clipId, answer.clip);
    return answer?.kind === 'unknown' ? 'unknown' : 'busy';
  }

  /** The workflow of an ended clip never learns that the clip was purged, but the record says so. Never throws. */
  async #unlessPurged(link: UnlistedLink): Promise<UnlistedLink> {
    if (link.status !== 'deleted' && link.status !== 'stopped') return link;
    const read = () => this.#readLink(link.id, link.channelId);
    const stored = await withDeadline(MAX_PROBE_MS, read).catch(() => null);
    return stored?.status === 'purged' ? stored : link;
  }

  async #findInBucket(clipId: string): Promise<UnlistedLink | null> {
    return await withDeadline(MAX_PROBE_MS, (signal) =>
      this.#probes.run(
        async () => {
          const channelIds = await this.#channelIds();
          for (let from = 0; from < channelIds.length; from += READS_AT_A_TIME) {
            signal.throwIfAborted();
            const group = channelIds.slice(from, from + READS_AT_A_TIME);
            const links = await Promise.all(group.map((id) => this.#readLink(clipId, id)));
            const found = links.find((link) => link !== null);
            if (found) return found;
          }
          return null;
        },
        { signal },
      ),
    );
  }

  async #readLink(clipId: string, channelId: string): Promise<UnlistedLink | null> {
    const [messageId = '', attachmentId = ''] = clipId.split('-');
    const key = recordKey({ channelId, messageId, attachmentId });
    const stored = await this.#parts.bucket.read(key);
    return stored === null ? null : linkInRecord(clipId, channelId, stored.body);
  }

  /** Returns the channels that have a record of their own, and the channels that requests have named. */
  async #channelIds(): Promise<readonly string[]> {
    if (this.#listed.untilMs <= this.#parts.now()) {
      const ids = await this.#listings.run('', () => this.#listChannels());
      this.#listed = { ids, untilMs: this.#parts.now() + CHANNEL_IDS_REMEMBERED_MS };
    }
    return [...new Set([...this.#seenChannels.keys(), ...this.#listed.ids])];
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

function inDoubt(): ClipInDoubt {
  return new ClipInDoubt('Temporal does not answer, so nobody can tell whether the clip exists');
}
