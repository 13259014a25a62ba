import type { Client, WorkflowExecutionInfo } from '@temporalio/client';
import type { ClipStatus } from '../clip/state.ts';
import {
  BACKFILLS_QUERY,
  countClips,
  countOf,
  deadLinksQuery,
  expiringQuery,
  FAILED_QUERY,
  slowQuery,
  SWEEPS_QUERY,
} from '../temporal/clip-queries.ts';
import type { BackfillProgress } from '../workflows/messages.ts';
import { pendingFaults, type PendingFault } from './pending-faults.ts';

/** All that the status screen shows, from Temporal alone. */
export interface Status {
  nowMs: number;
  clips: Record<ClipStatus, number>;
  /** Of clips that can be reached. */
  deadLinks: number;
  /** Reachable clips whose link expires within so many hours, and not within the window before. */
  expiring: { hours: number; count: number }[];
  /** `progress` is null where no worker answers. */
  backfills: { workflowId: string; progress: BackfillProgress | null }[];
  /** What is being retried now. */
  pending: PendingFault[];
  /** Workflows that failed, newest first. */
  failed: { workflowId: string; type: string; at: Date; reason: string }[];
}

const WINDOWS_HOURS = [1, 6, 24];
const HOUR_MS = 60 * 60 * 1000;
/** As many of each list as fit on a screen. */
const MOST_LISTED = 5;
/** A query waits for a worker; where there is none the screen must not. */
const QUERY_MS = 3000;

/** @throws the client's errors where Temporal can't be reached */
export async function readStatus(client: Client, nowMs = Date.now()): Promise<Status> {
  const [clips, deadLinks, expiring, backfills, pending, failed] = await Promise.all([
    countClips(client),
    countOf(client, deadLinksQuery(nowMs)),
    Promise.all(
      WINDOWS_HOURS.map(async (hours, at) => {
        const fromMs = nowMs + (WINDOWS_HOURS[at - 1] ?? 0) * HOUR_MS;
        const query = expiringQuery(nowMs + hours * HOUR_MS, fromMs);
        return { hours, count: await countOf(client, query) };
      }),
    ),
    runningBackfills(client),
    pendingFaults(client, troubled(nowMs)),
    failedWorkflows(client),
  ]);
  return { nowMs, clips, deadLinks, expiring, backfills, pending, failed };
}

/** The workflows among which those are that something keeps from going on. */
const troubled = (nowMs: number): string[] => [
  ...[BACKFILLS_QUERY, SWEEPS_QUERY, deadLinksQuery(nowMs), slowQuery(nowMs)],
  // By default a link is replaced 6 h before its end: one that isn't yet may be one that can't be.
  ...[expiringQuery(nowMs + HOUR_MS, nowMs), expiringQuery(nowMs + 6 * HOUR_MS, nowMs + HOUR_MS)],
];

async function runningBackfills(client: Client): Promise<Status['backfills']> {
  const running = await firstOf(client, BACKFILLS_QUERY);
  return await Promise.all(
    running.map(async ({ workflowId }) => {
      const handle = client.workflow.getHandle(workflowId);
      const progress = await client
        .withDeadline(Date.now() + QUERY_MS, () => handle.query<BackfillProgress>('progress'))
        .catch(() => null);
      return { workflowId, progress };
    }),
  );
}

async function failedWorkflows(client: Client): Promise<Status['failed']> {
  const failed = await firstOf(client, FAILED_QUERY);
  return await Promise.all(
    failed.map(async ({ workflowId, runId, type, closeTime, startTime }) => ({
      workflowId,
      type,
      at: closeTime ?? startTime,
      reason: await failureOf(client, workflowId, runId),
    })),
  );
}

async function failureOf(client: Client, workflowId: string, runId: string): Promise<string> {
  const result = client.workflow.getHandle(workflowId, runId).result();
  return await result.then(
    () => '',
    (error: unknown) => {
      const { cause, message } = error as Error;
      return cause instanceof Error ? cause.message : message;
    },
  );
}

/** The server lists the newest first. */
async function firstOf(client: Client, query: string): Promise<WorkflowExecutionInfo[]> {
  const found: WorkflowExecutionInfo[] = [];
  for await (const execution of client.workflow.list({ query, pageSize: MOST_LISTED })) {
    found.push(execution);
    if (found.length === MOST_LISTED) break;
  }
  return found;
}
