import { activityInfo } from '@temporalio/activity';
import type { Ports } from './ports.ts';

/**
 * Cancels the workflow that runs this activity, as an operator would. A workflow cannot cancel itself, and only the
 * clip of a canceled execution is restarted by a backfill.
 */
export const createCancelClip =
  ({ cancelWorkflow }: Pick<Ports, 'cancelWorkflow'>) =>
  async (): Promise<void> => {
    const { workflowExecution } = activityInfo();
    if (workflowExecution) await cancelWorkflow(workflowExecution);
  };
