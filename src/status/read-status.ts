import type { Client } from '@temporalio/client';
import type { EndedStatus } from '../clip/state.ts';
import {
  AUDITS_QUERY,
  BACKFILLS_QUERY,
  countClips,
  countEndedRuns,
  countWorkflows,
  deadLinksQuery,
  expiringQuery,
  FAILED_QUERY,
  NO_EXPIRY_QUERY,
  onTaskQueue,
  type RunningStatus,
} from '../temporal/clip-queries.ts';
import {
  findLateRefreshes,
  marginOfLeases,
  type LateRefreshes,
} from '../temporal/late-refreshes.ts';
import type { AuditProgress, BackfillProgress } from '../workflows/messages.ts';
import { listRunning, type RunningWorkflow } from './list-running.ts';
import { listWorkflows } from './list-workflows.ts';
import { findPendingFaults, type PendingFault } from './pending-faults.ts';
import { suspects } from './suspects.ts';

/** Everything that the status screen shows. */
export interface Status {
  nowMs: number;
  clips: Record<RunningStatus, number>;
  /** Runs that ended because their clip was deleted or stopped. A clip that was restarted has more than one run. */
  endedRuns: Record<EndedStatus, number>;
  /** Reachable clips whose link has expired. */
  deadLinks: number;
  /** Reachable clips whose link has no expiry that Everclip can read. Such links may be dead. */
  linksWithoutExpiry: number;
  /** Null if refreshes keep up. */
  late: LateRefreshes | null;
  /** Reachable clips whose link expires within `hours`, without the clips that an earlier entry of the list counts. */
  expiring: { hours: number; count: number }[];
  /** The newest backfills. `backfillCount` counts all that run. */
  backfills: RunningWorkflow<BackfillProgress>[];
  backfillCount: number;
  /** The newest audits that run. `auditCount` counts all that run. */
  audits: RunningWorkflow<AuditProgress>[];
  auditCount: number;
  /** Activities and workflow tasks that are being retried. */
  pending: PendingFault[];
  /** The newest workflows that failed, newest first. */
  failed: { workflowId: string; type: string; at: Date; reason: string }[];
  /** How many workflows failed, and the query that lists them. */
  allFailed: { count: number; query: string };
}

const HOUR_MS = 60 * 60 * 1000;
const WINDOWS_HOURS = [1, 6, 24];

/** The most backfills, audits or failed workflows that the screen lists. */
const MAX_LISTED = 5;

export interface StatusOptions {
  /** How long before its expiry a link should be refreshed. */
  marginMs: number;
  /** The task queue of Everclip's workflows. */
  taskQueue: string;
  nowMs?: number;
}

/**
 * Asks Temporal for everything that the screen shows.
 * @throws the client's errors if Temporal can't be reached
 */
export async function readStatus(
  client: Client,
  { marginMs, taskQueue, nowMs = Date.now() }: StatusOptions,
): Promise<Status> {
  const failedQuery = onTaskQueue(FAILED_QUERY, taskQueue);
  const [
    clips,
    endedRuns,
    late,
    deadLinks,
    linksWithoutExpiry,
    expiring,
    backfills,
    audits,
    pending,
    failed,
    backfillCount,
    auditCount,
    failedCount,
  ] = await Promise.all([
    countClips(client),
    countEndedRuns(client),
    findLateRefreshes(client, { nowMs, marginMs }),
    countWorkflows(client, deadLinksQuery(nowMs)),
    countWorkflows(client, NO_EXPIRY_QUERY),
    countExpiring(client, nowMs),
    listRunning<BackfillProgress>(client, { query: BACKFILLS_QUERY, max: MAX_LISTED, taskQueue }),
    listRunning<AuditProgress>(client, { query: AUDITS_QUERY, max: MAX_LISTED, taskQueue }),
    marginOfLeases(client, { nowMs, marginMs }).then((usedMarginMs) =>
      findPendingFaults(client, suspects({ nowMs, marginMs: usedMarginMs, taskQueue })),
    ),
    listFailures(client, failedQuery),
    countWorkflows(client, BACKFILLS_QUERY),
    countWorkflows(client, AUDITS_QUERY),
    countWorkflows(client, failedQuery),
  ]);
  return {
    nowMs,
    clips,
    endedRuns,
    deadLinks,
    linksWithoutExpiry,
    late,
    expiring,
    backfills,
    backfillCount,
    audits,
    auditCount,
    pending,
    failed,
    allFailed: { count: failedCount, query: failedQuery },
  };
}

async function countExpiring(client: Client, nowMs: number): Promise<Status['expiring']> {
  return await Promise.all(
    WINDOWS_HOURS.map(async (hours, index) => {
      const fromMs = nowMs + (WINDOWS_HOURS[index - 1] ?? 0) * HOUR_MS;
      const query = expiringQuery(nowMs + hours * HOUR_MS, fromMs);
      return { hours, count: await countWorkflows(client, query) };
    }),
  );
}

async function listFailures(client: Client, query: string): Promise<Status['failed']> {
  const failed = await listWorkflows(client, query, MAX_LISTED);
  return await Promise.all(
    failed.map(async ({ workflowId, runId, type, at }) => ({
      workflowId,
      type,
      at,
      reason: await failureReason(client, workflowId, runId),
    })),
  );
}

async function failureReason(client: Client, workflowId: string, runId: string): Promise<string> {
  try {
    await client.workflow.getHandle(workflowId, runId).result();
    return '';
  } catch (error) {
    // The message of the outer error may be only "Activity task failed". The innermost cause says what went wrong.
    let reason = error as Error;
    while (reason.cause instanceof Error) reason = reason.cause;
    return reason.message;
  }
}
