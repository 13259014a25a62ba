/**
 * When a link was signed and when it expires, in epoch seconds. The link contains these two times as the parameters
 * `is` and `ex`.
 */
export interface Lease {
  issuedAt: number | null;
  expiresAt: number;
}

const HOUR_MS = 60 * 60 * 1000;
const DAY_MS = 24 * HOUR_MS;

/** A link without `ex` does not say when it expires, so it is refreshed once a day. So is a link that claims too much. */
const NO_LEASE_INTERVAL_MS = DAY_MS;

/**
 * The maximum number of hexadecimal digits of a time in seconds. A time with more digits would be too large for
 * Temporal's dates.
 */
const MAX_SECONDS_DIGITS = 9;
/**
 * The number of hexadecimal digits of a time in milliseconds, for all times since the year 2004. Some compatible
 * servers use milliseconds.
 */
const MILLISECONDS_DIGITS = 11;
const MAX_MILLISECONDS = Date.UTC(2100, 0, 1);

/**
 * Reads a link's lease from its parameters `ex` and `is`, which are hexadecimal epoch seconds or milliseconds. Discord's
 * leases were once 14 days long and later one day, so no length is assumed. Returns null if `ex` is missing, invalid or
 * too large for Temporal's dates. Uses a regular expression because this code also runs in the workflow sandbox.
 */
export function leaseOf(url: string): Lease | null {
  const expiresAt = timeIn(url, 'ex');
  return expiresAt === null ? null : { issuedAt: timeIn(url, 'is'), expiresAt };
}

/** Like `leaseOf`, but returns null for times in milliseconds. Old histories replay only with this function. */
export function leaseInSeconds(url: string): Lease | null {
  const expiresAt = secondsIn(url, 'ex');
  return expiresAt === null ? null : { issuedAt: secondsIn(url, 'is'), expiresAt };
}

function timeIn(url: string, name: string): number | null {
  const hex = parameter(url, name);
  if (hex?.length !== MILLISECONDS_DIGITS) return secondsIn(url, name);
  const timeMs = parseInt(hex, 16);
  return timeMs > MAX_MILLISECONDS ? null : Math.floor(timeMs / 1000);
}

function secondsIn(url: string, name: string): number | null {
  const hex = parameter(url, name);
  return hex === null || hex.length > MAX_SECONDS_DIGITS ? null : parseInt(hex, 16);
}

/** Returns a parameter that consists of hexadecimal digits. */
function parameter(url: string, name: string): string | null {
  return new RegExp(`[?&]${name}=([0-9a-f]+)(?:&|#|$)`, 'i').exec(url)?.[1] ?? null;
}

/** The longest lease that is believed. Discord's links were never valid for more than two weeks. */
const MAX_LEASE_MS = 366 * DAY_MS;

/**
 * True if a link with this lease can exist. If a forged link could claim to be valid for centuries, no real link would
 * ever replace the forged one.
 */
export function isCredible({ expiresAt }: Pick<Lease, 'expiresAt'>, nowMs: number): boolean {
  return expiresAt * 1000 <= nowMs + MAX_LEASE_MS;
}

/** True if the link's lease is over. A link without a lease never counts as expired. */
export function isExpired(url: string, nowMs: number): boolean {
  return isOver(leaseOf(url), nowMs);
}

/** True if the lease is over. */
export function isOver(lease: Lease | null, nowMs: number): boolean {
  return lease !== null && lease.expiresAt * 1000 <= nowMs;
}

/** No link is refreshed while more than this part of its lease is left, even if the margin is larger. */
const MAX_MARGIN_OF_LEASE = 1 / 3;
/** The refreshes of links that expire together are spread over this part of the margin, according to the clip's id. */
const SPREAD_OF_MARGIN = 0.1;
/**
 * A tenth of a short margin would be too short. After an outage, all links are refreshed at once. With links of 30 s,
 * they would come together again every 20 s, and each further outage would add more links to the burst.
 */
const MIN_SPREAD_MS = 10 * 1000;
const MAX_SPREAD_OF_MARGIN = 0.5;
/**
 * If a fetch returns a link that expires no later than the old link, the pause before the next fetch stays within these
 * bounds.
 */
const MIN_PAUSE_OF_LEASE = 1 / 50;
const MIN_PAUSE_FLOOR_MS = 1000;
const MIN_PAUSE_CEILING_MS = 5 * 60 * 1000;
const MAX_PAUSE_MS = HOUR_MS;

/**
 * Returns when to refresh a link, which is `marginMs` before the link expires, in epoch milliseconds. A margin longer
 * than a third of the lease counts as a third of the lease. Each `spreadKey` moves the time slightly earlier by a
 * different amount, so that links signed together are not fetched together.
 *
 * If the computed time has already passed, Discord may have returned the same link again. The pause is then half of the
 * time left until the expiry. After the expiry, the pause is half of the time since the expiry. A pause is at most an
 * hour. The minimum pause is a fiftieth of the lease, limited to the range from 1 s to 5 min.
 */
export function refreshAtMs({ url, ...options }: { url: string } & RefreshOptions): number {
  return refreshLeaseAtMs({ lease: leaseOf(url), ...options });
}

interface RefreshOptions {
  nowMs: number;
  marginMs: number;
  spreadKey: string;
}

/** Like `refreshAtMs`, for a link with this lease. */
export function refreshLeaseAtMs(link: { lease: Lease | null } & RefreshOptions): number {
  const { lease } = link;
  if (lease === null || !isCredible(lease, link.nowMs)) return link.nowMs + NO_LEASE_INTERVAL_MS;
  const expiresAtMs = lease.expiresAt * 1000;
  const { issuedAt } = lease;
  const hasCredibleStart = issuedAt !== null && issuedAt < lease.expiresAt;
  const lengthMs = Math.max(expiresAtMs - (hasCredibleStart ? issuedAt * 1000 : link.nowMs), 0);
  const marginMs = Math.min(link.marginMs, lengthMs * MAX_MARGIN_OF_LEASE);
  const maxSpreadMs = Math.min(
    Math.max(marginMs * SPREAD_OF_MARGIN, MIN_SPREAD_MS),
    marginMs * MAX_SPREAD_OF_MARGIN,
  );
  const spreadMs = maxSpreadMs * fractionOf(link.spreadKey);
  const wantedMs = Math.floor(expiresAtMs - marginMs - spreadMs);
  if (wantedMs > link.nowMs) return wantedMs;
  const minPauseMs = Math.min(
    Math.max(lengthMs * MIN_PAUSE_OF_LEASE, MIN_PAUSE_FLOOR_MS),
    MIN_PAUSE_CEILING_MS,
  );
  const halfMs = Math.abs(expiresAtMs - link.nowMs) / 2;
  return Math.ceil(link.nowMs + Math.min(Math.max(halfMs, minPauseMs), MAX_PAUSE_MS));
}

const MIN_ACCESS_PAUSE_MS = 5 * 60 * 1000;

/**
 * Returns when to retry a clip that Discord denied access to, epoch milliseconds. While the link is valid, the pause is
 * half of the time left, so that the link survives a short loss of access. After the expiry, the pause is a day.
 */
export function askForAccessAtMs(lease: Lease | null, nowMs: number): number {
  const leftMs = lease === null ? 0 : lease.expiresAt * 1000 - nowMs;
  if (leftMs <= 0) return nowMs + DAY_MS;
  return Math.ceil(nowMs + Math.min(Math.max(leftMs / 2, MIN_ACCESS_PAUSE_MS), DAY_MS));
}

/** FNV-1a, 32 bits: http://www.isthe.com/chongo/tech/comp/fnv/ */
const FNV_OFFSET_BASIS = 0x811c9dc5;
const FNV_PRIME = 0x01000193;

/** Returns a number from 0 to 1 that depends only on the text. */
function fractionOf(text: string): number {
  let hash = FNV_OFFSET_BASIS;
  for (let i = 0; i < text.length; i++) {
    hash = Math.imul(hash ^ text.charCodeAt(i), FNV_PRIME);
  }
  return (hash >>> 0) / 2 ** 32;
}
