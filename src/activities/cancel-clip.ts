import { activityInfo } from '@temporalio/activity';
import type { Ports } from './ports.ts';

/**
 * Cancels the workflow that runs this activity, as an operator would. A workflow cannot cancel itself. A backfill
 * restarts a stopped clip only if the execution was canceled.
 */
export const createCancelClip =
  ({ cancelWorkflow }: Pick<Ports, 'cancelWorkflow'>) =>
  async (): Promise<void> => {
    const { workflowExecution } = activityInfo();
    if (workflowExecution) await cancelWorkflow(workflowExecution);
  };
