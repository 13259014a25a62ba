import { shownName } from '../clip/clip.ts';
import type { ChannelAudits } from '../store/read-audits.ts';

/** How many channels the screen lists. */
const MAX_LISTED = 5;

/**
 * Says how many channels were audited, and lists those whose last proof is missing or the oldest. Returns no line if no
 * channel was audited.
 */
export function describeAudits(audits: readonly ChannelAudits[]): string[] {
  if (audits.length === 0) return [];
  const oldestFirst = [...audits].sort((a, b) => (a.completeAtMs ?? 0) - (b.completeAtMs ?? 0));
  const complete = audits.filter(({ completeAtMs, auditedAtMs }) => completeAtMs === auditedAtMs);
  const listed = oldestFirst.slice(0, MAX_LISTED);
  const others = audits.length - listed.length;
  return [
    `channels audited: ${audits.length}, of which the last audit proved ${complete.length} complete`,
    ...listed.map(describeChannel),
    ...(others > 0 ? [`and ${others} more, each proven complete later than these`] : []),
  ];
}

function describeChannel({ channelId, channelName, ...audit }: ChannelAudits): string {
  const { auditedAtMs, completeAtMs } = audit;
  const name = `#${shownName(channelName, channelId)}`;
  if (completeAtMs === auditedAtMs) return `${name}: complete at ${timeOf(completeAtMs)}`;
  const last = completeAtMs === null ? 'never proven complete' : `last ${timeOf(completeAtMs)}`;
  return `${name}: faults at ${timeOf(auditedAtMs)}, ${last}; see audits/${channelId}/ in the bucket`;
}

function timeOf(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19)}Z`;
}
