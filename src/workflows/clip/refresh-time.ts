import { clipId } from '../../clip/clip.ts';
import { isOver, refreshLeaseAtMs } from '../../clip/lease.ts';
import { leaseIn } from './lease.ts';
import type { Life } from './life.ts';

const HOUR_MS = 60 * 60 * 1000;
const DAY_MS = 24 * HOUR_MS;
/** If the worker was busy, an activity's result may be this old when the workflow gets the result. */
const MAX_LATENESS_MS = 60 * 1000;

/**
 * Returns the time of the next refresh, as an activity computed it. If that time is too early or too late by the
 * workflow's own clock, the clock of the worker that ran the activity is wrong. The workflow then computes the time
 * itself, with the longest margin, because it does not know REFRESH_MARGIN.
 */
export function credibleRefreshMs({ clip }: Life, refreshAtMs: number): number {
  const nowMs = Date.now();
  const lease = leaseIn(clip.url);
  const isTooEarly = refreshAtMs < nowMs - MAX_LATENESS_MS;
  const isTooLate = refreshAtMs > latestRefreshMs();
  if (!isTooEarly && !isTooLate) return refreshAtMs;
  return refreshLeaseAtMs({ lease, nowMs, marginMs: Infinity, spreadKey: clipId(clip) });

  function latestRefreshMs(): number {
    if (lease === null) return nowMs + DAY_MS + MAX_LATENESS_MS;
    if (isOver(lease, nowMs)) return nowMs + HOUR_MS + MAX_LATENESS_MS;
    return lease.expiresAt * 1000;
  }
}
