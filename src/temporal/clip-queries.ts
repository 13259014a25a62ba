import type { Client } from '@temporalio/client';
import type { ClipStatus } from '../clip/state.ts';

// List queries for clips. Temporal's query language has no `now`, so the functions below write a time into the query:
// https://docs.temporal.io/list-filter

const RUNNING = "WorkflowType = 'archiveClip' AND ExecutionStatus = 'Running'";

/** The first three states count only running workflows, because a clip's earlier runs continued as new. */
const BY_STATE: Record<ClipStatus, string> = {
  archiving: `${RUNNING} AND ClipState = 'archiving'`,
  live: `${RUNNING} AND ClipState = 'live'`,
  unreachable: `${RUNNING} AND ClipState = 'unreachable'`,
  deleted: "WorkflowType = 'archiveClip' AND ExecutionStatus = 'Completed'",
  stopped: "WorkflowType = 'archiveClip' AND ExecutionStatus = 'Canceled'",
};

/** Clips that the bot can reach. An unreachable clip can't get a fresh link, so its link may be dead. */
const REACHABLE = `${RUNNING} AND ClipState != 'unreachable'`;

export const SWEEPS_QUERY = "WorkflowType = 'sweep' AND ExecutionStatus = 'Running'";

export const BACKFILLS_QUERY = "WorkflowType = 'backfill' AND ExecutionStatus = 'Running'";

/** Workflows that failed for good: mostly backfills with an invalid input. */
export const FAILED_QUERY = "ExecutionStatus = 'Failed' OR ExecutionStatus = 'TimedOut'";

/** How long a clip may take to get its record and thumbnail before `slowQuery` lists it. */
const SLOW_MS = 5 * 60_000;

/** Returns the query for reachable clips whose link has expired at `nowMs`. */
export function deadLinksQuery(nowMs: number): string {
  return expiringQuery(nowMs);
}

/** Returns the query for reachable clips whose link expires before `untilMs` and, if given, not before `fromMs`. */
export function expiringQuery(untilMs: number, fromMs?: number): string {
  const conditions = [REACHABLE];
  if (fromMs !== undefined) conditions.push(`LinkExpiresAt >= '${new Date(fromMs).toISOString()}'`);
  conditions.push(`LinkExpiresAt < '${new Date(untilMs).toISOString()}'`);
  return conditions.join(' AND ');
}

/** Returns the query for clips that started more than 5 minutes before `nowMs` and are still archiving. */
export function slowQuery(nowMs: number): string {
  return `${BY_STATE.archiving} AND StartTime < '${new Date(nowMs - SLOW_MS).toISOString()}'`;
}

/** Lists the reachable clips whose link has no expiry, or one that Everclip cannot read. Such links may be dead. */
export const NO_EXPIRY_QUERY = `${REACHABLE} AND LinkExpiresAt IS NULL`;

export async function countWorkflows(client: Client, query: string): Promise<number> {
  const { count } = await client.workflow.count(query);
  return count;
}

/** Counts the clips in each state. A deleted or stopped clip is counted until the namespace's retention period ends. */
export async function countClips(client: Client): Promise<Record<ClipStatus, number>> {
  const entries = Object.entries(BY_STATE).map(
    async ([state, query]) => [state, await countWorkflows(client, query)] as const,
  );
  return Object.fromEntries(await Promise.all(entries)) as Record<ClipStatus, number>;
}
