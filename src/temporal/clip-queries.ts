import type { Client } from '@temporalio/client';
import { WORKFLOW_TYPES } from '../clip/names.ts';
import type { ClipStatus, EndedStatus } from '../clip/state.ts';

// List queries for clips. Temporal's query language has no `now`, so the functions below write a time into the query:
// https://docs.temporal.io/list-filter

const DELETING_TYPES = [
  'deletion',
  'forgetUser',
  'purgeChannel',
  'purgeClip',
  'rememberUser',
  'tidyUserData',
] as const satisfies readonly (typeof WORKFLOW_TYPES)[number][];

const RUNNING = "WorkflowType = 'archiveClip' AND ExecutionStatus = 'Running'";

/** The states of a clip whose workflow runs. */
export type RunningStatus = Exclude<ClipStatus, EndedStatus>;

/** A clip has at most one running workflow, so each of these queries counts clips. */
const RUNNING_BY_STATE: Record<RunningStatus, string> = {
  archiving: `${RUNNING} AND ClipState = 'archiving'`,
  live: `${RUNNING} AND ClipState = 'live'`,
  unreachable: `${RUNNING} AND ClipState = 'unreachable'`,
};

/** A clip that was restarted has more than one closed run, so these queries count runs and not clips. */
const ENDED_BY_STATUS: Record<EndedStatus, string> = {
  deleted: "WorkflowType = 'archiveClip' AND ExecutionStatus = 'Completed'",
  stopped: "WorkflowType = 'archiveClip' AND ExecutionStatus = 'Canceled'",
};

export const UNREACHABLE_QUERY = RUNNING_BY_STATE.unreachable;

/**
 * Clips that need a valid link. An unreachable clip can't get a fresh link, so its link may be dead. A deleted clip whose
 * workflow runs is about to delete its own history.
 */
const REACHABLE = `${RUNNING} AND ClipState != 'unreachable' AND ClipState != 'deleted'`;

/**
 * Clips that may not have a record yet, running or closed. A clip's state is `archiving` until its record and its
 * thumbnail are written, and stays so if its run ends early.
 */
export const UNRECORDED_QUERY = "WorkflowType = 'archiveClip' AND ClipState = 'archiving'";

/** The workflows of clips, running or closed. */
export const CLIPS_QUERY = "WorkflowType = 'archiveClip'";

export const SWEEPS_QUERY = "WorkflowType = 'sweep' AND ExecutionStatus = 'Running'";

export const BACKFILLS_QUERY = "WorkflowType = 'backfill' AND ExecutionStatus = 'Running'";

export const AUDITS_QUERY =
  "(WorkflowType = 'audit' OR WorkflowType = 'auditChannel') AND ExecutionStatus = 'Running'";

/** Workflows that tell the clips of a deleted place, or that forget clips and people. */
export const DELETIONS_QUERY = `ExecutionStatus = 'Running' AND WorkflowType IN (${DELETING_TYPES.map((type) => `'${type}'`).join(', ')})`;

/** Clips that are deleting their own history, because their record was stripped or purged. */
export const ERASING_QUERY = `${RUNNING} AND ClipState = 'deleted'`;

/** Workflows that failed for good, mostly backfills with an invalid input. */
export const FAILED_QUERY = "ExecutionStatus = 'Failed' OR ExecutionStatus = 'TimedOut'";

/** Workflows whose task fails again and again. The server sets the attribute after some failures in a row. */
export const REPORTED_PROBLEMS_QUERY =
  "ExecutionStatus = 'Running' AND TemporalReportedProblems IN ('category=WorkflowTaskFailed', 'category=WorkflowTaskTimedOut')";

/** Running workflows of a type that Everclip does not have. They wait for a worker that knows the type. */
export const UNKNOWN_TYPES_QUERY = [
  "ExecutionStatus = 'Running'",
  ...WORKFLOW_TYPES.map((type) => `WorkflowType != '${type}'`),
].join(' AND ');

/**
 * Limits a query to the workflows on a task queue. Other programs may use the same namespace, and their workflows have
 * other task queues.
 */
export function onTaskQueue(query: string, taskQueue: string): string {
  return `(${query}) AND TaskQueue = '${quoted(taskQueue)}'`;
}

/** Returns the query for all runs of a workflow, running or closed. */
export function runsQuery(workflowId: string): string {
  return `WorkflowId = '${quoted(workflowId)}'`;
}

function quoted(text: string): string {
  return text.replaceAll("'", "''");
}

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

/** Returns the query for reachable clips whose link is still valid at `untilMs`. */
export function validBeyondQuery(untilMs: number): string {
  return `${REACHABLE} AND LinkExpiresAt >= '${new Date(untilMs).toISOString()}'`;
}

/** Returns the query for clips that started more than 5 minutes before `nowMs` and are still archiving. */
export function slowQuery(nowMs: number): string {
  return `${RUNNING_BY_STATE.archiving} AND StartTime < '${new Date(nowMs - SLOW_MS).toISOString()}'`;
}

/**
 * Lists the reachable clips whose link has no expiry, or an expiry that Everclip cannot read. Such links may be dead.
 */
export const NO_EXPIRY_QUERY = `${REACHABLE} AND LinkExpiresAt IS NULL`;

export async function countWorkflows(
  client: Pick<Client, 'workflow'>,
  query: string,
): Promise<number> {
  const { count } = await client.workflow.count(query);
  return count;
}

/** Counts the clips in each state. Clips whose workflow has ended are not counted. */
export async function countClips(client: Client): Promise<Record<RunningStatus, number>> {
  return await countEach(client, RUNNING_BY_STATE);
}

/**
 * Counts the runs that ended because their clip was deleted or stopped. Temporal forgets a run when the namespace's
 * retention period is over, and then the run is no longer counted.
 */
export async function countEndedRuns(client: Client): Promise<Record<EndedStatus, number>> {
  return await countEach(client, ENDED_BY_STATUS);
}

async function countEach<K extends string>(
  client: Client,
  queries: Record<K, string>,
): Promise<Record<K, number>> {
  const entries = Object.entries<string>(queries).map(
    async ([name, query]) => [name, await countWorkflows(client, query)] as const,
  );
  return Object.fromEntries(await Promise.all(entries)) as Record<K, number>;
}
