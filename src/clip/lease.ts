/** When a link was signed and when it dies, in epoch seconds, as its `is` and `ex` parameters say. */
export interface Lease {
  issuedAt: number | null;
  expiresAt: number;
}

const DAY_MS = 24 * 60 * 60 * 1000;

/** A link without `ex` never says when it dies: it is looked at once a day. */
const NO_LEASE_INTERVAL_MS = DAY_MS;

/**
 * Reads a link's lease. `ex` and `is` are hexadecimal epoch seconds; lengths have been 14 days and a
 * day, so nothing is assumed. Returns null where there is no readable `ex`, or one that no calendar
 * holds (the server refuses such a date). A regular expression, because the workflow sandbox needs it too.
 */
export function leaseOf(url: string): Lease | null {
  const expiresAt = hexParameter(url, 'ex');
  if (expiresAt === null) return null;
  return { issuedAt: hexParameter(url, 'is'), expiresAt };
}

function hexParameter(url: string, name: string): number | null {
  const match = new RegExp(`[?&]${name}=([0-9a-f]{1,9})(?:&|#|$)`, 'i').exec(url);
  return match?.[1] === undefined ? null : parseInt(match[1], 16);
}

/** True where the link's lease is over; a link without a lease is never known to be dead. */
export function isExpired(url: string, nowMs: number): boolean {
  const lease = leaseOf(url);
  return lease !== null && lease.expiresAt * 1000 <= nowMs;
}

/** Clips whose links die together are spread over a tenth of the margin, by their ids. */
const SPREAD_OF_MARGIN = 0.1;

const LONGEST_PAUSE_MS = 60 * 60 * 1000;

/**
 * When to refresh a link, in epoch milliseconds: the margin before it dies (never more than a third
 * of its lease), a little earlier by `spreadKey` so that links signed together are not all fetched
 * together. Where that moment is past although the link was fetched just now (Discord may answer
 * with the very same link), waits half of the time that is left, again and again, and backs off in
 * the same way once the link is dead: never less than a fiftieth of the lease, at most an hour.
 */
export function refreshAtMs(link: {
  url: string;
  nowMs: number;
  marginMs: number;
  spreadKey: string;
}): number {
  const lease = leaseOf(link.url);
  if (lease === null) return link.nowMs + NO_LEASE_INTERVAL_MS;
  const expiresAtMs = lease.expiresAt * 1000;
  const { issuedAt } = lease;
  const isCredible = issuedAt !== null && issuedAt < lease.expiresAt;
  const lengthMs = Math.max(expiresAtMs - (isCredible ? issuedAt * 1000 : link.nowMs), 0);
  const marginMs = Math.min(link.marginMs, lengthMs / 3);
  const spreadMs = marginMs * SPREAD_OF_MARGIN * fractionOf(link.spreadKey);
  const wantedMs = Math.floor(expiresAtMs - marginMs - spreadMs);
  if (wantedMs > link.nowMs) return wantedMs;
  const shortestMs = Math.min(Math.max(lengthMs / 50, 1000), 5 * 60 * 1000);
  const halfMs = Math.abs(expiresAtMs - link.nowMs) / 2;
  return Math.ceil(link.nowMs + Math.min(Math.max(halfMs, shortestMs), LONGEST_PAUSE_MS));
}

const SOONEST_ACCESS_MS = 5 * 60 * 1000;

/**
 * When to ask again for a clip that Discord refuses, in epoch milliseconds. While its link lives, at
 * half of the time that is left, so that an access that was lost for a while costs no link; then once
 * a day.
 */
export function askForAccessAtMs(url: string, nowMs: number): number {
  const lease = leaseOf(url);
  const leftMs = lease === null ? 0 : lease.expiresAt * 1000 - nowMs;
  if (leftMs <= 0) return nowMs + DAY_MS;
  return Math.ceil(nowMs + Math.min(Math.max(leftMs / 2, SOONEST_ACCESS_MS), DAY_MS));
}

/** A number from 0 to 1 that depends on the text alone (FNV-1a). */
function fractionOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) {
    hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  }
  return (hash >>> 0) / 0x1_0000_0000;
}
