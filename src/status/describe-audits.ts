import { RETIREMENT_REASONS, type Retirement } from '../clip/audit/report.ts';
import { shownName } from '../clip/clip.ts';
import type { ChannelAudits } from '../store/read-audits.ts';

/** How many channels the screen lists. */
const MAX_LISTED = 5;

/** A channel counts as overdue if no audit has proven it complete for this many intervals of AUDIT_EVERY. */
const OVERDUE_INTERVALS = 2;

const REASONS: Record<Retirement['reason'], string> = {
  deleted: 'deleted',
  unwatched: 'no longer watched',
  hidden: 'hidden from the bot',
};

/**
 * Says how many channels were audited, and lists those whose last proof is missing or the oldest. Channels that are no
 * longer audited are only counted. `auditEveryMs` is the setting AUDIT_EVERY; null if no audit starts by itself. Returns
 * no line if no channel was audited.
 */
export function describeAudits(
  audits: readonly ChannelAudits[],
  {
    auditEveryMs = null,
    nowMs = Date.now(),
  }: { auditEveryMs?: number | null; nowMs?: number } = {},
): string[] {
  if (audits.length === 0) return [];
  const current = audits.filter(({ retired }) => retired === null);
  const oldestFirst = [...current].sort((a, b) => (a.completeAtMs ?? 0) - (b.completeAtMs ?? 0));
  const complete = current.filter(({ completeAtMs, auditedAtMs }) => completeAtMs === auditedAtMs);
  const listed = oldestFirst.slice(0, MAX_LISTED);
  const others = current.length - listed.length;
  return [
    `channels audited: ${current.length}, of which the last audit proved ${complete.length} complete`,
    ...describeOverdue(current, auditEveryMs, nowMs),
    ...listed.map(describeChannel),
    ...(others > 0 ? [`and ${others} more, each proven complete later than these`] : []),
    ...describeRetired(audits),
  ];
}

function describeOverdue(
  audits: readonly ChannelAudits[],
  auditEveryMs: number | null,
  nowMs: number,
): string[] {
  if (auditEveryMs === null) return [];
  const sinceMs = nowMs - OVERDUE_INTERVALS * auditEveryMs;
  const overdue = audits.filter(({ completeAtMs }) => (completeAtMs ?? 0) < sinceMs);
  if (overdue.length === 0) return [];
  return [`overdue: ${overdue.length} not proven complete since ${timeOf(sinceMs)}`];
}

function describeRetired(audits: readonly ChannelAudits[]): string[] {
  const counts = RETIREMENT_REASONS.map((reason) => ({
    reason,
    count: audits.filter(({ retired }) => retired === reason).length,
  })).filter(({ count }) => count > 0);
  if (counts.length === 0) return [];
  return [
    `left out: ${counts.map(({ reason, count }) => `${count} ${REASONS[reason]}`).join(', ')}`,
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
