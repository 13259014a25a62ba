import { activityInfo, cancellationSignal, CompleteAsyncError } from '@temporalio/activity';
import type { Ports } from '../ports.ts';

/**
 * Deletes all executions of the workflow that runs this activity, and the running one last. Their histories have the
 * clip's text, poster and link. Temporal ends the workflow, so no later step of the workflow runs.
 * @throws CompleteAsyncError, so that the worker does not report the end of the activity. Temporal may no longer know
 * the activity, and the SDK would log a warning for each clip. If Temporal still knows it, the activity times out, and
 * the next attempt deletes the execution again.
 */
export const createDeleteOwnExecution =
  ({ executions }: Pick<Ports, 'executions'>) =>
  async (): Promise<void> => {
    const { workflowExecution } = activityInfo();
    if (!workflowExecution) return;
    const { workflowId, runId } = workflowExecution;
    const signal = cancellationSignal();
    await executions.deleteAll(workflowId, { exceptRunId: runId, signal });
    await executions.deleteRun({ workflowId, runId });
    throw new CompleteAsyncError();
  };
