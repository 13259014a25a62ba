import { BoundedMap } from '../../bounded-map.ts';
import type { Audience, CatalogLink } from '../../catalog/catalog.ts';
import { messageOf } from '../../errors.ts';
import { createLogLimit } from '../../log-limit.ts';
import { canSee, seesChannel } from '../access.ts';
import type { LibraryParts } from '../ports.ts';
import { withDeadline } from '../support/deadline.ts';
import { SingleFlight } from '../support/single-flight.ts';
import { hasEnoughTime } from './link-time.ts';
import type { UnlistedLink } from './unlisted-link.ts';
import { LinksWithoutCatalog } from './without-catalog.ts';

/** A link in the catalog is at most this much older than the answer to a reader. */
export const LINK_REMEMBERED_MS = 5000;
/**
 * While the catalog does not answer, a link is used that was found at most this long ago, in milliseconds. Asking the
 * workflows of all popular clips at once would slow down the workflows that renew links.
 */
export const STALE_LINK_MS = 60_000;
/**
 * After a failure, the catalog is not asked for this long, in milliseconds, so that readers don't wait. Then one search
 * at a time asks the catalog, until it answers.
 */
export const CATALOG_PAUSE_MS = 1000;
const MAX_LINKS = 10_000;

/** If the catalog takes longer than this, the link is looked for without the catalog. */
const MAX_CATALOG_MS = 2000;

/** What the redirect needs to know of a clip. */
export interface KnownLink extends UnlistedLink {
  /** Null if the catalog did not answer. The channel's record then decides. */
  isPublic: boolean | null;
  /** True if the clip's workflow has just returned the link, so that asking again would return the same link. */
  isJustFetched: boolean;
}

interface Remembered {
  link: KnownLink;
  untilMs: number;
  /** From when on the link is not used any more, even if the catalog does not answer. */
  staleMs: number;
}

/** Finds the links of clips that a reader may see: in the catalog, or without it. */
export class LinkFinder {
  readonly #parts: LibraryParts;
  readonly #unlisted: LinksWithoutCatalog;
  readonly #remembered: BoundedMap<string, Remembered>;
  readonly #flights = new SingleFlight<KnownLink | null>();
  readonly #logLimit = createLogLimit();
  /** When the catalog last failed, epoch milliseconds; null if it has answered since. */
  #catalogFailedAtMs: number | null = null;
  #isTryingCatalog = false;
  /** The number of calls of the catalog so far, and the newest call whose outcome is known. */
  #calls = 0;
  #newestOutcome = 0;

  constructor(parts: LibraryParts) {
    this.#parts = parts;
    this.#unlisted = new LinksWithoutCatalog(parts);
    this.#remembered = new BoundedMap(MAX_LINKS, ({ staleMs }) => staleMs <= parts.now());
  }

  /**
   * Returns null if there is no such clip, or if the reader may not see the clip.
   * @throws any error if this can't be told at the moment
   */
  async find(clipId: string, audience: Audience): Promise<KnownLink | null> {
    const remembered = this.#remembered.get(clipId);
    const link =
      remembered !== undefined && remembered.untilMs > this.#parts.now()
        ? remembered.link
        : await this.#flights.run(clipId, () => this.#look(clipId));
    if (link === null || (await this.#isVisible(link, audience))) return link;
    const isInCatalog = link.isPublic !== null && this.#catalogFailedAtMs === null;
    await this.#unlisted.seemUnknown(clipId, { isInCatalog });
    return null;
  }

  /** Remembers a link for a few seconds. Later, the catalog has learned the link too. */
  remember(link: KnownLink): void {
    const nowMs = this.#parts.now();
    const untilMs = nowMs + LINK_REMEMBERED_MS;
    this.#remembered.set(link.id, { link, untilMs, staleMs: nowMs + STALE_LINK_MS });
  }

  async #isVisible(link: KnownLink, audience: Audience): Promise<boolean> {
    const { channelId, isPublic } = link;
    if (isPublic !== null) return canSee(audience, { channelId, isPublic });
    return seesChannel(audience, channelId) || (await this.#unlisted.isPublic(channelId));
  }

  async #look(clipId: string): Promise<KnownLink | null> {
    const before = this.#remembered.get(clipId);
    const found = await this.#lookAnew(clipId);
    if (found === before?.link) return found;
    if (found === null) {
      this.#remembered.delete(clipId);
      return null;
    }
    const after = this.#remembered.get(clipId);
    // A fresh link that came during a slow search is newer than what the search found.
    const isNewer = after !== undefined && after !== before && after.link.isJustFetched;
    if (isNewer && found.status !== 'purged') return after.link;
    this.remember(found);
    return found;
  }

  /** Returns the link that is remembered if the catalog does not answer and that link is good enough. */
  async #lookAnew(clipId: string): Promise<KnownLink | null> {
    const stale = this.#findStale(clipId);
    const asked = this.#mayAskCatalog() ? this.#lookInCatalog(clipId) : undefined;
    // If the catalog has failed, its answer may take long. The call goes on, to notice when the catalog is back.
    if (stale !== null && this.#catalogFailedAtMs !== null) return stale;
    const link = await asked;
    if (link === undefined && stale !== null) return stale;
    if (link) {
      this.#unlisted.rememberChannel(link.channelId);
      return { ...link, isJustFetched: false };
    }
    const unlisted =
      link === undefined
        ? await this.#unlisted.find(clipId)
        : await this.#unlisted.findUntold(clipId);
    return unlisted && { ...unlisted, isPublic: null, isJustFetched: false };
  }

  /** Returns the link that was found not long ago, if a reader can still use the link. */
  #findStale(clipId: string): KnownLink | null {
    const remembered = this.#remembered.get(clipId);
    const nowMs = this.#parts.now();
    if (remembered === undefined || remembered.staleMs <= nowMs) return null;
    return hasEnoughTime(remembered.link, nowMs) ? remembered.link : null;
  }

  #mayAskCatalog(): boolean {
    if (this.#catalogFailedAtMs === null) return true;
    const isPausing = this.#parts.now() - this.#catalogFailedAtMs < CATALOG_PAUSE_MS;
    return !isPausing && !this.#isTryingCatalog;
  }

  /** A call that began before a call with a known outcome says nothing new. */
  #noteOutcome(call: number, failedAtMs: number | null): void {
    if (call < this.#newestOutcome) return;
    this.#newestOutcome = call;
    this.#catalogFailedAtMs = failedAtMs;
  }

  /** Never throws. Returns undefined if the catalog can't tell, because it does not answer or lacks clips. */
  async #lookInCatalog(clipId: string): Promise<CatalogLink | null | undefined> {
    const call = ++this.#calls;
    const isTrial = this.#catalogFailedAtMs !== null;
    this.#isTryingCatalog ||= isTrial;
    try {
      const answer = await withDeadline(MAX_CATALOG_MS, async () => {
        const link = await this.#parts.catalog.findLink(clipId);
        if (link !== null) return link;
        return (await this.#parts.catalog.isComplete()) ? null : undefined;
      });
      this.#noteOutcome(call, null);
      return answer;
    } catch (error) {
      this.#noteOutcome(call, this.#parts.now());
      const reason = messageOf(error);
      if (this.#logLimit.mayLog(reason)) {
        this.#parts.log.warn({ reason }, 'the catalog does not answer; finding links without it');
      }
      return undefined;
    } finally {
      if (isTrial) this.#isTryingCatalog = false;
    }
  }
}
