import { patched } from '@temporalio/workflow';
import { isCredible, leaseInSeconds, leaseOf, type Lease } from '../../clip/lease.ts';

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
 * True if the first link expires later than the second. A link without a lease is never better or worse. A link whose
 * lease cannot be true is worse than any link whose lease can be true.
 */
export function isBetter(url: string, current: string): boolean {
  const offered = leaseIn(url);
  const held = leaseIn(current);
  if (offered === null || held === null) return false;
  const isLater = offered.expiresAt > held.expiresAt;
  const canBeTrue = isCredible(offered, Date.now());
  if (canBeTrue && isCredible(held, Date.now())) return isLater;
  // In histories recorded before this patch, every lease is believed.
  return patched('believable-leases') ? canBeTrue : isLater;
}
