import type { CatalogLink } from '../../catalog/catalog.ts';

const MINUTE_MS = 60 * 1000;

/** A link with this much time left is good enough for a person who watches a clip, pauses it and seeks in it. */
export const ENOUGH_MINUTES = 10;
/**
 * Links with short leases, such as the demo's, never have ten minutes left. A clip's workflow renews such a link when a
 * third of its lease is left (src/clip/lease.ts). So a link with less than a sixth is late.
 */
const ENOUGH_OF_LEASE = 1 / 6;

/** A reader needs some time to follow a redirect. If a link has less time left, the link counts as expired. */
export const MIN_LEFT_MS = 3000;

type LinkTimes = Pick<CatalogLink, 'expiresAtMs' | 'issuedAtMs' | 'status'>;

/**
 * Returns how many minutes a link must be valid: ten minutes, or a sixth of its lease if that is shorter, but at least
 * the time that a reader needs to follow a redirect.
 */
export function enoughMinutes({ issuedAtMs, expiresAtMs }: LinkTimes): number {
  if (issuedAtMs === null || expiresAtMs === null || issuedAtMs >= expiresAtMs) {
    return ENOUGH_MINUTES;
  }
  const enoughMs = Math.max((expiresAtMs - issuedAtMs) * ENOUGH_OF_LEASE, MIN_LEFT_MS);
  return Math.min(ENOUGH_MINUTES, enoughMs / MINUTE_MS);
}

/** True if the link is valid for long enough that no fresh link is needed. */
export function hasEnoughTime(link: LinkTimes, nowMs: number): boolean {
  return hasTime(link, nowMs, enoughMinutes(link) * MINUTE_MS);
}

/** True if a reader can still follow a redirect to the link. */
export function isStillValid(link: LinkTimes, nowMs: number): boolean {
  return hasTime(link, nowMs, MIN_LEFT_MS);
}

/** A link without a readable expiry counts as valid, unless the clip was deleted, because then nobody renews it. */
function hasTime({ expiresAtMs, status }: LinkTimes, nowMs: number, minLeftMs: number): boolean {
  if (expiresAtMs === null) return status !== 'deleted';
  return expiresAtMs - nowMs >= minLeftMs;
}
