import type { Audience } from '../../catalog/catalog.ts';
import { leaseOf } from '../../clip/lease.ts';
import { allowedUrl } from '../../clip/media-hosts.ts';
import type { RedirectOutcome } from '../../metrics/library-metrics.ts';
import type { LibraryParts } from '../ports.ts';
import { withDeadline } from '../support/deadline.ts';
import type { LinkFinder, KnownLink } from './find-link.ts';
import type { Freshened, FreshLinks } from './fresh-links.ts';
import { enoughMinutes, hasEnoughTime, isStillValid } from './link-time.ts';

/** Where the video of a clip is, or why there is no answer. */
export type Resolution =
  | { outcome: Extract<RedirectOutcome, 'stored' | 'fresh' | 'short'>; location: string }
  | { outcome: 'gone' | 'unknown' }
  | { outcome: 'unavailable'; retryAfterMs: number };

/** When a reader may try again if nothing is known about the end of the fault. */
const DEFAULT_RETRY_MS = 60 * 1000;

/** How long a reader waits for a fresh link if the link at hand is short but still valid, in milliseconds. */
export const MAX_WAIT_WITH_LINK_MS = 1000;

export interface ResolverParts {
  finder: LinkFinder;
  freshLinks: FreshLinks;
  mediaHosts: LibraryParts['mediaHosts'];
  now: () => number;
}

/**
 * Decides what a request for a clip's video gets. The order of the rules is documented in docs/design.md. The result
 * never leads to an origin that is not in MEDIA_HOSTS. Never throws.
 */
export async function resolveLink(
  clipId: string,
  audience: Audience,
  { finder, freshLinks, mediaHosts, now }: ResolverParts,
): Promise<Resolution> {
  let link: KnownLink | null;
  try {
    link = await finder.find(clipId, audience);
  } catch {
    return { outcome: 'unavailable', retryAfterMs: DEFAULT_RETRY_MS };
  }
  if (link === null) return { outcome: 'unknown' };
  if (link.status === 'purged') return { outcome: 'gone' };
  const location = allowedLocation(link.url, mediaHosts);
  if (location !== null && isGoodEnough(link, now())) return { outcome: 'stored', location };
  let retryAfterMs = DEFAULT_RETRY_MS;
  if (isKeptAlive(link)) {
    const fresh = await askForLink(link, { finder, freshLinks, mediaHosts, now });
    if (fresh?.kind === 'link') return { outcome: 'fresh', location: fresh.location };
    // The catalog has not learned of the deletion yet.
    if (fresh?.kind === 'gone') return { outcome: 'gone' };
    if (fresh?.kind === 'none') retryAfterMs = fresh.retryAfterMs;
  }
  // A copy of one's own, if Everclip ever keeps copies, belongs here: after the fresh link, before `deleted`.
  if (link.status === 'deleted') return { outcome: 'gone' };
  if (location !== null && isStillValid(link, now())) return { outcome: 'short', location };
  return { outcome: 'unavailable', retryAfterMs };
}

/**
 * Asks the clip's workflow for a fresh link. Returns null if the link at hand is still valid and the workflow takes
 * longer than MAX_WAIT_WITH_LINK_MS. The next readers then get the fresh link.
 */
async function askForLink(
  link: KnownLink,
  { finder, freshLinks, mediaHosts, now }: ResolverParts,
): Promise<Freshened | null> {
  const isUsable = (): boolean =>
    allowedLocation(link.url, mediaHosts) !== null && isStillValid(link, now());
  const asked = askAndRemember();
  if (!isUsable()) return await asked;
  const answered = await withDeadline(MAX_WAIT_WITH_LINK_MS, () => asked).catch(() => null);
  return answered === null && !isUsable() ? await asked : answered;

  async function askAndRemember(): Promise<Freshened> {
    const fresh = await freshLinks.ask(link.id, {
      minMinutes: enoughMinutes(link),
      isUrgent: !isUsable(),
      judge: (candidate) => {
        const location = allowedLocation(candidate.url, mediaHosts);
        if (location === null) return { kind: 'refused' };
        const times = { ...candidate, issuedAtMs: null, status: link.status };
        return isStillValid(times, now()) ? { kind: 'location', location } : { kind: 'late' };
      },
    });
    if (fresh.kind === 'link') {
      const { url, expiresAtMs } = fresh;
      const issuedAtMs = issuedAtMsOf(url);
      finder.remember({ ...link, url, expiresAtMs, issuedAtMs, isJustFetched: true });
    }
    return fresh;
  }
}

/** Discord may have no better link than a short one. A popular clip would otherwise ask for each reader. */
function isGoodEnough(link: KnownLink, nowMs: number): boolean {
  return hasEnoughTime(link, nowMs) || (link.isJustFetched && isStillValid(link, nowMs));
}

/** True if the clip's workflow runs and has access to the message, so that the workflow can fetch a fresh link. */
function isKeptAlive({ status }: KnownLink): boolean {
  return status === 'live' || status === 'archiving';
}

/** Returns the link in its normal form, or null if its origin is not in MEDIA_HOSTS. */
function allowedLocation(url: string | null, mediaHosts: readonly string[]): string | null {
  return url === null ? null : (allowedUrl(url, mediaHosts)?.href ?? null);
}

function issuedAtMsOf(url: string): number | null {
  const issuedAt = leaseOf(url)?.issuedAt ?? null;
  return issuedAt === null ? null : issuedAt * 1000;
}
