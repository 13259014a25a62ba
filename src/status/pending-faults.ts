import type { Client } from '@temporalio/client';
import { REPORTED_PROBLEMS_QUERY } from '../temporal/clip-queries.ts';
import { reasonRefused } from '../temporal/refused-for-good.ts';
import { readFailingTask } from './failing-task.ts';

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

/** How many workflows of each query are inspected. A few workflows are enough, because most faults affect all clips. */
const MAX_INSPECTED = 20;

/**
 * Finds the activities and workflow tasks that are being retried, in the first workflows of each query. The most frequent faults come
 * first.
 */
export async function findPendingFaults(
  client: Client,
  queries: string[],
): Promise<PendingFault[]> {
  const faults = new Map<string, PendingFault>();
  const seen = new Set<string>();
  for (const query of queries) {
    const ids: string[] = [];
    try {
      for await (const { workflowId } of client.workflow.list({ query, pageSize: MAX_INSPECTED })) {
        if (!seen.has(workflowId)) ids.push(workflowId);
        seen.add(workflowId);
        if (ids.length === MAX_INSPECTED) break;
      }
    } catch (error) {
      // Servers before 1.30 don't have the search attribute.
      const isUnknownAttribute = query === REPORTED_PROBLEMS_QUERY && reasonRefused(error) !== null;
      if (!isUnknownAttribute) throw error;
    }
    const inspected = await Promise.all(ids.map((id) => failingActivities(client, id)));
    for (const [index, activities] of inspected.entries()) {
      for (const { activity, reason } of activities) {
        const key = `${activity} ${reason}`;
        const example = ids[index] ?? '';
        const known = faults.get(key) ?? { activity, reason, workflows: 0, example };
        faults.set(key, { ...known, workflows: known.workflows + 1 });
      }
    }
  }
  return [...faults.values()].sort((a, b) => b.workflows - a.workflows);
}

/** Returns the workflow's pending activities, and its pending workflow task, if they have failed at least once. */
async function failingActivities(
  client: Client,
  workflowId: string,
): Promise<Pick<PendingFault, 'activity' | 'reason'>[]> {
  // If the workflow has ended in the meantime, no activity is pending.
  const described = await client.workflow
    .getHandle(workflowId)
    .describe()
    .catch(() => null);
  if (described === null) return [];
  const failing = (described.raw.pendingActivities ?? []).filter(({ lastFailure }) => lastFailure);
  const faults = failing.map(({ activityType, lastFailure }) => ({
    activity: activityType?.name ?? 'activity',
    reason: lastFailure?.message ?? '',
  }));
  const taskReason = await readFailingTask(client, described).catch(() => null);
  return taskReason === null
    ? faults
    : [...faults, { activity: WORKFLOW_TASK, reason: taskReason }];
}
