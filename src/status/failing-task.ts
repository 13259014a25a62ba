import type { Client, WorkflowExecutionDescription } from '@temporalio/client';
import { withoutSecrets } from '../errors.ts';

/** The last events of a history, which contain the failure of a workflow task that is being retried. */
const LAST_EVENTS = 10;

/**
 * Returns why the workflow task of a workflow fails, or null if it does not. Temporal retries such a task for ever, and
 * the workflow makes no progress. The history contains only the first of the failures in a row.
 */
export async function readFailingTask(
  client: Client,
  { workflowId, runId, raw }: WorkflowExecutionDescription,
): Promise<string | null> {
  if ((raw.pendingWorkflowTask?.attempt ?? 1) <= 1) return null;
  const { history } = await client.workflowService.getWorkflowExecutionHistoryReverse({
    namespace: client.options.namespace,
    execution: { workflowId, runId },
    maximumPageSize: LAST_EVENTS,
  });
  for (const event of history?.events ?? []) {
    const failed = event.workflowTaskFailedEventAttributes;
    if (failed) return withoutSecrets(failed.failure?.message ?? 'the worker gave no reason');
    // A task that timed out, because its worker was killed, is not failing.
    if (event.workflowTaskCompletedEventAttributes ?? event.workflowTaskTimedOutEventAttributes) {
      return null;
    }
  }
  return null;
}
