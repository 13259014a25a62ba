import { WorkflowNotFoundError, type Client } from '@temporalio/client';

/** Creates the function that requests the cancellation of one run of a workflow. */
export function createCancelWorkflow(client: Client) {
  return async ({ workflowId, runId }: { workflowId: string; runId: string }): Promise<void> => {
    try {
      await client.workflow.getHandle(workflowId, runId).cancel();
    } catch (error) {
      if (!(error instanceof WorkflowNotFoundError)) throw error;
    }
  };
}
