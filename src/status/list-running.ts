import type { Client } from '@temporalio/client';
import { GRPC_STATUS } from '../temporal/grpc-status.ts';
import { readFailingTask } from './failing-task.ts';
import { listWorkflows } from './list-workflows.ts';

/** A running backfill or audit. */
export interface RunningWorkflow<Progress> {
  workflowId: string;
  /** How far the workflow has come, or one sentence that says why that is unknown. */
  progress: Progress | string;
}

/** A workflow query waits for a worker. The screen must also work if no worker is running. */
const QUERY_TIMEOUT_MS = 3000;

/**
 * The status codes of a call that timed out. There are two codes, because either the client or the server can end the
 * call.
 */
const ON_TIMEOUT: unknown[] = [GRPC_STATUS.CANCELLED, GRPC_STATUS.DEADLINE_EXCEEDED];

const NO_WORKER = 'no worker answers: start a worker';
const TASK_FAILS = 'its workflow task fails: see Faults';

/**
 * Lists the newest workflows that match a query, at most `max`, and asks each for its progress. Workflows that another
 * workflow has started come last, because each is only a part of that workflow.
 */
export async function listRunning<Progress>(
  client: Client,
  { query, max, taskQueue }: { query: string; max: number; taskQueue: string },
): Promise<RunningWorkflow<Progress>[]> {
  const topmost = await listWorkflows(client, `${query} AND ParentWorkflowId IS NULL`, max);
  const others =
    topmost.length === max
      ? []
      : await listWorkflows(
          client,
          `${query} AND ParentWorkflowId IS NOT NULL`,
          max - topmost.length,
        );
  const running = [...topmost, ...others];
  return await Promise.all(
    running.map(async ({ workflowId }) => {
      const handle = client.workflow.getHandle(workflowId);
      const progress = await client
        .withDeadline(Date.now() + QUERY_TIMEOUT_MS, () => handle.query<Progress>('progress'))
        .catch((error: unknown) => describeSilence(client, { workflowId, taskQueue, error }));
      return { workflowId, progress };
    }),
  );
}

/**
 * Says why a query has no answer. While a workflow task is retried, the server first lets queries wait, and later
 * rejects them. The function recognizes the error texts of server 1.29.
 */
async function describeSilence(
  client: Client,
  { workflowId, taskQueue, error }: { workflowId: string; taskQueue: string; error: unknown },
): Promise<string> {
  const { message, cause } = error as {
    message: string;
    cause?: { code?: unknown; details?: unknown };
  };
  const details = typeof cause?.details === 'string' ? cause.details : message;
  if (/workflow task in failed state/i.test(details)) return TASK_FAILS;
  if (ON_TIMEOUT.includes(cause?.code) || /no poller/i.test(details)) {
    const described = await client.workflow
      .getHandle(workflowId)
      .describe()
      .catch(() => null);
    if (described === null) return NO_WORKER;
    if (described.taskQueue !== taskQueue) {
      return `no worker polls its task queue ${described.taskQueue}: terminate it, and start it with --task-queue ${taskQueue}`;
    }
    const reason = await readFailingTask(client, described).catch(() => null);
    return reason === null ? NO_WORKER : TASK_FAILS;
  }
  return `the progress is unknown: ${details}`;
}
