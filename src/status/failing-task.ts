import type { Client, WorkflowExecutionDescription } from '@temporalio/client';
import { withoutSecrets } from '../errors.ts';

/** The last events of a history, which contain the failure of a workflow task that is being retried. */
const LAST_EVENTS = 10;

/**
 * A task also times out if its worker is killed, and succeeds on the next worker. So a task that timed out counts as
 * failing only from this attempt on.
 */
const MIN_ATTEMPT_AFTER_TIMEOUTS = 3;

/**
 * Returns why the workflow task of a workflow fails, or null if it does not. Temporal retries such a task for ever, and
 * the workflow makes no progress. If the task fails several times in a row, the history contains only the first of
 * these failures.
 */
export async function readFailingTask(
  client: Client,
  { workflowId, runId, raw }: WorkflowExecutionDescription,
): Promise<string | null> {
  const attempt = raw.pendingWorkflowTask?.attempt ?? 1;
  if (attempt <= 1) return null;
  const { history } = await client.workflowService.getWorkflowExecutionHistoryReverse({
    namespace: client.options.namespace,
    execution: { workflowId, runId },
    maximumPageSize: LAST_EVENTS,
  });
  for (const event of history?.events ?? []) {
    const failed = event.workflowTaskFailedEventAttributes;
    if (failed) return withoutSecrets(failed.failure?.message ?? 'the worker gave no reason');
    if (event.workflowTaskTimedOutEventAttributes) return describeTimeouts(attempt);
    if (event.workflowTaskCompletedEventAttributes) return null;
  }
  return null;
}

function describeTimeouts(attempt: number): string | null {
  if (attempt < MIN_ATTEMPT_AFTER_TIMEOUTS) return null;
  return `the worker did not answer in time, ${attempt - 1} times in a row`;
}
