import type { Client } from '@temporalio/client';
import { countWorkflows, expiringQuery, validBeyondQuery } from './clip-queries.ts';

/** Links that should have been refreshed already. */
export interface LateRefreshes {
  links: number;
  /** How late the most overdue of these refreshes is, in milliseconds. The true value may be up to an eighth higher. */
  lateMs: number;
}

/** A link is refreshed at the latest when a third of its lease is left (src/clip/lease.ts). */
const MARGINS_PER_LEASE = 3;
/**
 * A refresh counts as late after this part of the margin. If Discord returns the same link again, the next fetch may
 * come an hour later, which is a sixth of the default margin.
 */
const SLACK_OF_MARGIN = 1 / 4;
/** How often an interval is halved. */
const HALVINGS = 3;
/** Leases are assumed to be longer than this. */
const MIN_LEASE_MS = 10_000;
/** A refresh that is due in the same second is not late. */
const MIN_LATE_MS = 1000;
const UNITS: readonly [name: string, ms: number][] = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['min', 60_000],
];
/**
 * A duration is written in a unit if it is at least this many units long. A shorter duration is written in the next
 * smaller unit.
 */
const MIN_UNITS = 2;
/** The search for the most overdue refresh stops at this lateness. */
const MAX_LATE_MS = 30 * 24 * 60 * 60 * 1000;

/**
 * Returns the refreshes that are late, or null if refreshes keep up. `marginMs` is how long before its expiry a link
 * should be refreshed.
 *
 * Temporal knows when each link expires. Temporal cannot sort links by their expiry, and does not know how long their
 * leases are. So this function counts links a few times with different limits. The counts find the most overdue
 * refresh, and the length of short leases.
 */
export async function findLateRefreshes(
  client: Pick<Client, 'workflow'>,
  options: { nowMs: number; marginMs: number },
): Promise<LateRefreshes | null> {
  const { nowMs } = options;
  const marginMs = await marginOfLeases(client, options);
  const countLate = (lateMs: number): Promise<number> =>
    countWorkflows(client, expiringQuery(nowMs + marginMs - lateMs));
  const slackMs = Math.max(marginMs * SLACK_OF_MARGIN, MIN_LATE_MS);
  const links = await countLate(slackMs);
  if (links === 0) return null;
  let lateMs = slackMs;
  while (lateMs < MAX_LATE_MS && (await countLate(2 * lateMs)) > 0) lateMs *= 2;
  lateMs = await findLast(lateMs, 2 * lateMs, async (ms) => (await countLate(ms)) > 0);
  return { links, lateMs };
}

/** Says in one sentence how far refreshes have fallen behind, and what to do. */
export function describeLateRefreshes({ links, lateMs }: LateRefreshes): string {
  const what = links === 1 ? '1 link is overdue' : `${links} links are overdue, one of them`;
  return `refreshes have fallen behind: ${what} by at least ${formatDuration(lateMs)}; if no fault explains it, add workers or raise DISCORD_REQUESTS_PER_SECOND`;
}

/** Formats a duration in one unit, and rounds it down. */
function formatDuration(ms: number): string {
  const unit = UNITS.find(([, size]) => ms >= MIN_UNITS * size);
  return unit ? `${Math.floor(ms / unit[1])} ${unit[0]}` : `${Math.floor(ms / 1000)} s`;
}

/**
 * Returns `marginMs`, or a shorter margin if leases are short, because links with short leases are refreshed closer to
 * their expiry. A lease is at least as long as the longest time for which any link is still valid.
 */
export async function marginOfLeases(
  client: Pick<Client, 'workflow'>,
  { nowMs, marginMs }: { nowMs: number; marginMs: number },
): Promise<number> {
  const isAnyValidFor = async (ms: number): Promise<boolean> =>
    (await countWorkflows(client, validBeyondQuery(nowMs + ms))) > 0;
  const leaseMs = marginMs * MARGINS_PER_LEASE;
  if (await isAnyValidFor(leaseMs)) return marginMs;
  let high = leaseMs;
  while (high > MIN_LEASE_MS && !(await isAnyValidFor(high / 2))) high /= 2;
  // If no link is valid, the leases are unknown, and only dead links count.
  if (high <= MIN_LEASE_MS) return 0;
  return (await findLast(high / 2, high, isAnyValidFor)) / MARGINS_PER_LEASE;
}

/**
 * Returns approximately the highest number between `low` and `high` that passes the test. `low` is expected to pass the
 * test, and `high` is expected to fail it.
 */
async function findLast(
  low: number,
  high: number,
  passes: (middle: number) => Promise<boolean>,
): Promise<number> {
  let [lowest, highest] = [low, high];
  for (let halving = 0; halving < HALVINGS; halving++) {
    const middle = (lowest + highest) / 2;
    if (await passes(middle)) lowest = middle;
    else highest = middle;
  }
  return lowest;
}
