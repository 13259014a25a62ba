import { patched } from '@temporalio/workflow';
import { leaseInSeconds, leaseOf, type Lease } from '../../clip/lease.ts';

/**
 * Returns the lease of a link, or null if the link has none. Older code did not understand times in milliseconds, so
 * the patch marks runs with such links.
 */
export function leaseIn(url: string): Lease | null {
  const lease = leaseInSeconds(url);
  if (lease !== null) return lease;
  const inMilliseconds = leaseOf(url);
  return inMilliseconds !== null && patched('millisecond-leases') ? inMilliseconds : null;
}

/**
 * The longest lease that is believed. If a forged link claimed to be valid for centuries, no real link could replace
 * the forged one. Discord's links are valid for a day.
 */
const MAX_LEASE_SECONDS = 10 * 365 * 24 * 60 * 60;

/** True if the first link expires later than the second. A link without a lease is never better or worse. */
export function isBetter(url: string, current: string): boolean {
  const offered = leaseIn(url);
  const held = leaseIn(current);
  return (
    held !== null && offered !== null && offered.expiresAt > held.expiresAt && isBelieved(offered)
  );
}

/** In histories recorded before this patch, every lease is believed. */
function isBelieved({ expiresAt }: Lease): boolean {
  const longestMs = Date.now() + MAX_LEASE_SECONDS * 1000;
  return expiresAt * 1000 <= longestMs || !patched('believable-leases');
}
