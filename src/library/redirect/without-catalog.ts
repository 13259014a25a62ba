import { BoundedMap } from '../../bounded-map.ts';
import type { LibraryParts } from '../ports.ts';
import { withDeadline } from '../support/deadline.ts';
import { Limiter } from '../support/limiter.ts';
import { RecordsInBucket } from './records-in-bucket.ts';
import { toLink, type UnlistedLink } from './unlisted-link.ts';

/** How long the workflow may take to answer, in milliseconds. */
export const MAX_DESCRIBE_MS = 2000;

export const MISS_REMEMBERED_MS = 60 * 1000;
/** Shorter, because the link of a clip may be posted before the clip's workflow has started. */
export const UNTOLD_MISS_REMEMBERED_MS = 5 * 1000;
const MAX_MISSES = 10_000;

/** Strangers can ask for many unknown clips, so only a few workflows are asked at a time. */
export const MAX_DESCRIBES = 20;
export const MAX_WAITING_DESCRIBES = 100;

/** Nobody can tell at the moment whether there is a clip with this id, because Temporal does not answer. */
export class ClipInDoubt extends Error {
  override name = 'ClipInDoubt';
}

/** What Temporal says of a clip. `busy` is no answer, so the clip may exist. */
type Told = UnlistedLink | 'unknown' | 'busy';

type Parts = Pick<LibraryParts, 'bucket' | 'links' | 'channelIds' | 'now'>;

/**
 * Finds links of clips while the catalog is unavailable, or if the catalog lacks a clip. A clip's id does not name the
 * clip's channel. So the record is looked for in a few channels, then the clip's workflow is asked, and if there is no
 * workflow, the record is looked for in all other channels. A clip is missing only if Temporal says so, because
 * `channels/` may lack the clip's channel.
 */
export class LinksWithoutCatalog {
  readonly #parts: Parts;
  readonly #records: RecordsInBucket;
  readonly #misses: BoundedMap<string, number>;
  readonly #describes = new Limiter({
    maxRunning: MAX_DESCRIBES,
    maxWaiting: MAX_WAITING_DESCRIBES,
  });

  constructor(parts: Parts) {
    this.#parts = parts;
    this.#records = new RecordsInBucket(parts);
    this.#misses = new BoundedMap(MAX_MISSES, (untilMs) => untilMs <= parts.now());
  }

  /** Notes the channel of a clip, so that later clips are looked for in the channel first. */
  rememberChannel(channelId: string): void {
    this.#records.rememberChannel(channelId);
  }

  /**
   * Returns null if there is no such clip.
   * @throws ClipInDoubt, or any error if the workflow is not known or has ended, and the bucket does not answer
   */
  async find(clipId: string): Promise<UnlistedLink | null> {
    if (this.#isMissing(clipId)) return null;
    const absentFrom = new Set<string>();
    // Reading the bucket costs less than a task of a workflow, and works while Temporal is away.
    const stored = await this.#records.look(clipId, absentFrom);
    const told = stored ?? (await this.#askWorkflow(clipId));
    const link = stored ?? (await this.#findTold(clipId, told, absentFrom));
    if (link !== null) this.rememberChannel(link.channelId);
    else if (told === 'busy') throw inDoubt();
    else this.#rememberMiss(clipId, MISS_REMEMBERED_MS);
    return link;
  }

  /**
   * Finds a clip that a complete catalog lacks, because the clip was posted a moment ago, or because a killed worker
   * could not tell the catalog. Asks the clip's workflow, because the bucket would take one read per channel. Returns null
   * if there is no such clip.
   * @throws ClipInDoubt, or any error if the workflow has ended and the bucket does not answer
   */
  async findUntold(clipId: string): Promise<UnlistedLink | null> {
    if (this.#isMissing(clipId)) return null;
    const told = await this.#askWorkflow(clipId);
    if (told === 'busy') throw inDoubt();
    if (told !== 'unknown') return await this.#unlessPurged(told);
    this.#rememberMiss(clipId, UNTOLD_MISS_REMEMBERED_MS);
    return null;
  }

  /**
   * Does nothing, or fails as the search for an unknown clip would fail. Without this, readers could tell a hidden clip
   * from an unknown clip while Temporal or the bucket does not answer. `isInCatalog` is false if the catalog could not
   * tell, because then the bucket is asked too.
   * @throws ClipInDoubt, or any error if the bucket is asked and does not answer
   */
  async seemUnknown(clipId: string, { isInCatalog }: { isInCatalog: boolean }): Promise<void> {
    const key = `hidden ${clipId}`;
    if (this.#isMissing(key)) return;
    if ((await this.#askWorkflow(clipId)) === 'busy') throw inDoubt();
    if (!isInCatalog) await this.#records.probe(clipId, new Set());
    this.#rememberMiss(key, isInCatalog ? UNTOLD_MISS_REMEMBERED_MS : MISS_REMEMBERED_MS);
  }

  /**
   * True if the channel's record says that @everyone may read the channel.
   * @throws any error if the bucket does not answer
   */
  async isPublic(channelId: string): Promise<boolean> {
    return await this.#records.isPublic(channelId);
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

  /** Returns what Temporal told, or looks for the record in the channels that were not read yet. */
  async #findTold(
    clipId: string,
    told: Told,
    absentFrom: Set<string>,
  ): Promise<UnlistedLink | null> {
    return typeof told === 'object'
      ? await this.#unlessPurged(told)
      : await this.#records.probe(clipId, absentFrom);
  }

  /**
   * The workflow of an ended clip never learns that the clip was purged, but the record says so.
   * @throws any error if the bucket does not answer
   */
  async #unlessPurged(link: UnlistedLink): Promise<UnlistedLink> {
    if (link.status !== 'deleted' && link.status !== 'stopped') return link;
    const stored = await this.#records.read(link.id, link.channelId);
    return stored?.status === 'purged' ? stored : link;
  }
}

function inDoubt(): ClipInDoubt {
  return new ClipInDoubt('Temporal does not answer, so nobody can tell whether the clip exists');
}
