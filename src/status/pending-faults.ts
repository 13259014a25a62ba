import { WorkflowNotFoundError, type Client } from '@temporalio/client';
import { ValueError } from '@temporalio/common';
import { GRPC_STATUS } from '../temporal/grpc-status.ts';
import { reasonRefused } from '../temporal/refused-for-good.ts';
import { readFailingTask } from './failing-task.ts';
import { listWorkflows } from './list-workflows.ts';
import type { Suspects } from './suspects.ts';

/** An activity, or the task of a workflow, that fails and is being retried. */
export interface PendingFault {
  /** The name of the activity, or `workflow task`. */
  activity: string;
  reason: string;
  /** How many of the inspected workflows have this fault. */
  workflows: number;
  /** The id of one workflow with this fault, to open in the Web UI. */
  example: string;
}

const WORKFLOW_TASK = 'workflow task';

/** How many workflows are described at the same time. */
const CONCURRENT_WORKFLOWS = 20;

/**
 * Finds the activities and workflow tasks that are being retried, in the first workflows of each query. The most
 * frequent faults come first.
 */
export async function findPendingFaults(
  client: Client,
  suspects: readonly Suspects[],
): Promise<PendingFault[]> {
  const faults = new Map<string, PendingFault>();
  const ids = await listIds(client, suspects);
  for (let first = 0; first < ids.length; first += CONCURRENT_WORKFLOWS) {
    const inspected = await Promise.all(
      ids.slice(first, first + CONCURRENT_WORKFLOWS).map(async (workflowId) => ({
        workflowId,
        failing: await failingActivities(client, workflowId),
      })),
    );
    for (const { workflowId, failing } of inspected) {
      for (const { activity, reason } of failing) {
        const key = `${activity} ${reason}`;
        const known = faults.get(key) ?? { activity, reason, workflows: 0, example: workflowId };
        faults.set(key, { ...known, workflows: known.workflows + 1 });
      }
    }
  }
  return [...faults.values()].sort((a, b) => b.workflows - a.workflows);
}

/** Lists each workflow once, in the order of the queries. */
async function listIds(client: Client, suspects: readonly Suspects[]): Promise<string[]> {
  const listed = await Promise.all(
    suspects.map(async ({ query, max, isOptional }) => {
      try {
        return await listWorkflows(client, query, max);
      } catch (error) {
        if (isOptional && reasonRefused(error) !== null) return [];
        throw error;
      }
    }),
  );
  return [...new Set(listed.flat().map(({ workflowId }) => workflowId))];
}

/** Returns the workflow's pending activities, and its pending workflow task, if they have failed at least once. */
async function failingActivities(
  client: Client,
  workflowId: string,
): Promise<Pick<PendingFault, 'activity' | 'reason'>[]> {
  const described = await client.workflow.getHandle(workflowId).describe().catch(nullIfGone);
  if (described === null) return [];
  const failing = (described.raw.pendingActivities ?? []).filter(({ lastFailure }) => lastFailure);
  const faults = failing.map(({ activityType, lastFailure }) => ({
    activity: activityType?.name ?? 'activity',
    reason: lastFailure?.message ?? '',
  }));
  const taskReason = await readFailingTask(client, described).catch(nullIfGone);
  return taskReason === null
    ? faults
    : [...faults, { activity: WORKFLOW_TASK, reason: taskReason }];
}

/**
 * Returns null if the server no longer has the workflow, which then has no faults. The server forgets a workflow that
 * was deleted, or whose retention has ended. Also returns null for a workflow of another program, whose memo cannot be
 * decoded.
 * @throws any other error, because the workflow may have faults
 */
function nullIfGone(error: unknown): null {
  if (error instanceof WorkflowNotFoundError || error instanceof ValueError) return null;
  // A direct call to the gRPC service throws the server's error itself.
  if ((error as { code?: unknown }).code === GRPC_STATUS.NOT_FOUND) return null;
  throw error;
}
