import type { Client } from '@temporalio/client';
import type { ClipStatus } from '../clip/state.ts';

/** The server's list language knows neither `now` nor `ORDER BY` on search attributes: times are filled in. */
const RUNNING = "WorkflowType = 'archiveClip' AND ExecutionStatus = 'Running'";

/** Running clips, so that a run that continued as new counts once; ended ones by how they ended. */
const BY_STATE: Record<ClipStatus, string> = {
  archiving: `${RUNNING} AND ClipState = 'archiving'`,
  live: `${RUNNING} AND ClipState = 'live'`,
  unreachable: `${RUNNING} AND ClipState = 'unreachable'`,
  deleted: "WorkflowType = 'archiveClip' AND ExecutionStatus = 'Completed'",
  stopped: "WorkflowType = 'archiveClip' AND ExecutionStatus = 'Canceled'",
};

/**
 * Of an unreachable clip nobody can fetch a fresh link: that its own is dead, or will be, is known and
 * counted as that state.
 */
const KEPT_ALIVE = `${RUNNING} AND ClipState != 'unreachable'`;

/** Lists clips whose link is dead at `nowMs` although it could be replaced: expired while the workflow runs. */
export const deadLinksQuery = (nowMs: number): string => expiringQuery(nowMs);

/** Lists reachable clips whose link expires before `untilMs` and, where it is given, not before `fromMs`. */
export const expiringQuery = (untilMs: number, fromMs?: number): string =>
  [
    KEPT_ALIVE,
    ...(fromMs === undefined ? [] : [`LinkExpiresAt >= '${new Date(fromMs).toISOString()}'`]),
    `LinkExpiresAt < '${new Date(untilMs).toISOString()}'`,
  ].join(' AND ');

/** Clips that have been without their record or thumbnail since before `nowMs` minus five minutes. */
export const slowQuery = (nowMs: number): string =>
  `${BY_STATE.archiving} AND StartTime < '${new Date(nowMs - 5 * 60_000).toISOString()}'`;

export const SWEEPS_QUERY = "WorkflowType = 'sweep' AND ExecutionStatus = 'Running'";

export const BACKFILLS_QUERY = "WorkflowType = 'backfill' AND ExecutionStatus = 'Running'";

/** What failed for good, backfills with a wrong input most of all. */
export const FAILED_QUERY = "ExecutionStatus = 'Failed' OR ExecutionStatus = 'TimedOut'";

export const countOf = async (client: Client, query: string): Promise<number> =>
  (await client.workflow.count(query)).count;

/** How many clips are in each state; ended ones as far back as the namespace's retention reaches. */
export async function countClips(client: Client): Promise<Record<ClipStatus, number>> {
  const entries = Object.entries(BY_STATE).map(
    async ([state, query]) => [state, await countOf(client, query)] as const,
  );
  return Object.fromEntries(await Promise.all(entries)) as Record<ClipStatus, number>;
}
