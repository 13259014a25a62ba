import type { Client } from '@temporalio/client';

/** A workflow in Temporal's list. */
export interface ListedWorkflow {
  workflowId: string;
  runId: string;
  type: string;
  /** The time at which the workflow ended, or at which it started if it is still running. */
  at: Date;
}

/**
 * Lists at most `max` workflows. The server returns the newest first. The client's own `list` also decodes the memo of
 * each workflow, and fails if another program wrote a memo that Everclip cannot decode.
 * @throws the client's errors
 */
export async function listWorkflows(
  client: Client,
  query: string,
  max: number,
): Promise<ListedWorkflow[]> {
  const { namespace } = client.options;
  const found: ListedWorkflow[] = [];
  let nextPageToken: Uint8Array = new Uint8Array();
  do {
    const page = await client.workflowService.listWorkflowExecutions({
      namespace,
      query,
      pageSize: max - found.length,
      nextPageToken,
    });
    for (const { execution, type, startTime, closeTime } of page.executions) {
      found.push({
        workflowId: execution?.workflowId ?? '',
        runId: execution?.runId ?? '',
        type: type?.name ?? '',
        at: new Date(Number((closeTime ?? startTime)?.seconds ?? 0) * 1000),
      });
    }
    ({ nextPageToken } = page);
  } while (nextPageToken.length > 0 && found.length < max);
  return found.slice(0, max);
}
