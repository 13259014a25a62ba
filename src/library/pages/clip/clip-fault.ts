import type { CatalogClip } from '../../../catalog/catalog.ts';
import { hasEnoughTime, isStillValid } from '../../redirect/link-time.ts';
import type { ClipFault } from './clip-view.ts';

/**
 * Returns why the clip's video can't be had right now, or null if it plays. A link that is still valid plays, even if
 * nobody renews it. `failedAtMs` is when Discord last had no link for the clip, epoch milliseconds; null if unknown.
 */
export function faultOf(
  clip: CatalogClip,
  failedAtMs: number | null,
  nowMs: number,
): ClipFault | null {
  if (clip.status === 'deleted') {
    // Nobody renews the link, so the redirect does not lead to a link that is about to expire.
    const plays = clip.url !== null && hasEnoughTime(clip, nowMs);
    return plays ? null : { kind: 'deleted', triedAtMs: null };
  }
  if (clip.url !== null && isStillValid(clip, nowMs)) return null;
  if (clip.status === 'stopped') return { kind: 'stopped', triedAtMs: null };
  const isUnreachable = clip.status === 'unreachable' || failedAtMs !== null;
  return isUnreachable ? { kind: 'unreachable', triedAtMs: failedAtMs } : null;
}
