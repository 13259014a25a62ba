import type { Client, WorkflowExecutionInfo } from '@temporalio/client';
import type { EndedStatus } from '../clip/state.ts';
import {
  BACKFILLS_QUERY,
  countClips,
  countEndedRuns,
  countWorkflows,
  deadLinksQuery,
  expiringQuery,
  FAILED_QUERY,
  NO_EXPIRY_QUERY,
  REPORTED_PROBLEMS_QUERY,
  slowQuery,
  SWEEPS_QUERY,
  type RunningStatus,
  UNKNOWN_TYPES_QUERY,
} from '../temporal/clip-queries.ts';
import { findLateRefreshes, type LateRefreshes } from '../temporal/late-refreshes.ts';
import type { BackfillProgress } from '../workflows/messages.ts';
import { findPendingFaults, type PendingFault } from './pending-faults.ts';

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
  /** `progress` is null if no worker answers. */
  backfills: { workflowId: string; progress: BackfillProgress | null }[];
  /** Activities and workflow tasks that are being retried. */
  pending: PendingFault[];
  /** Workflows that failed, newest first. */
  failed: { workflowId: string; type: string; at: Date; reason: string }[];
}

const HOUR_MS = 60 * 60 * 1000;
const WINDOWS_HOURS = [1, 6, 24];

/** How many backfills and how many failed workflows the screen shows. */
const MAX_LISTED = 5;

/** A workflow query waits for a worker. The screen must also work if no worker is running. */
const QUERY_TIMEOUT_MS = 3000;

/**
 * `marginMs` is how long before its expiry a link should be refreshed.
 * @throws the client's errors if Temporal can't be reached
 */
export async function readStatus(
  client: Client,
  { marginMs, nowMs = Date.now() }: { marginMs: number; nowMs?: number },
): Promise<Status> {
  const [
    clips,
    endedRuns,
    late,
    deadLinks,
    linksWithoutExpiry,
    expiring,
    backfills,
    pending,
    failed,
  ] = await Promise.all([
    countClips(client),
    countEndedRuns(client),
    findLateRefreshes(client, { nowMs, marginMs }),
    countWorkflows(client, deadLinksQuery(nowMs)),
    countWorkflows(client, NO_EXPIRY_QUERY),
    countExpiring(client, nowMs),
    listBackfills(client),
    findPendingFaults(client, suspectQueries(nowMs)),
    listFailures(client),
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
    pending,
    failed,
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

/** Queries that list the workflows most likely to be stuck. */
function suspectQueries(nowMs: number): string[] {
  return [
    REPORTED_PROBLEMS_QUERY,
    UNKNOWN_TYPES_QUERY,
    BACKFILLS_QUERY,
    SWEEPS_QUERY,
    deadLinksQuery(nowMs),
    slowQuery(nowMs),
    NO_EXPIRY_QUERY,
    // By default a link is refreshed 6 h before it expires. If a link expires within an hour, its refresh may be
    // failing.
    expiringQuery(nowMs + HOUR_MS, nowMs),
    expiringQuery(nowMs + 6 * HOUR_MS, nowMs + HOUR_MS),
  ];
}

async function listBackfills(client: Client): Promise<Status['backfills']> {
  const running = await listNewest(client, BACKFILLS_QUERY);
  return await Promise.all(
    running.map(async ({ workflowId }) => {
      const handle = client.workflow.getHandle(workflowId);
      const progress = await client
        .withDeadline(Date.now() + QUERY_TIMEOUT_MS, () =>
          handle.query<BackfillProgress>('progress'),
        )
        .catch(() => null);
      return { workflowId, progress };
    }),
  );
}

async function listFailures(client: Client): Promise<Status['failed']> {
  const failed = await listNewest(client, FAILED_QUERY);
  return await Promise.all(
    failed.map(async ({ workflowId, runId, type, closeTime, startTime }) => ({
      workflowId,
      type,
      at: closeTime ?? startTime,
      reason: await failureReason(client, workflowId, runId),
    })),
  );
}

async function failureReason(client: Client, workflowId: string, runId: string): Promise<string> {
  try {
    await client.workflow.getHandle(workflowId, runId).result();
    return '';
  } catch (error) {
    // "Activity task failed" says less than the failure of the activity.
    let reason = error as Error;
    while (reason.cause instanceof Error) reason = reason.cause;
    return reason.message;
  }
}

/** Lists the first workflows of a query. The server returns the newest first. */
async function listNewest(client: Client, query: string): Promise<WorkflowExecutionInfo[]> {
  const found: WorkflowExecutionInfo[] = [];
  for await (const execution of client.workflow.list({ query, pageSize: MAX_LISTED })) {
    found.push(execution);
    if (found.length === MAX_LISTED) break;
  }
  return found;
}
