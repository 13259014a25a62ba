import { WorkflowNotFoundError, type Client } from '@temporalio/client';
import type { ClipExecution, ClipExecutions } from '../activities/audit/clip-executions.ts';
import { workflowIdOfClip } from '../clip/names.ts';
import { clipState } from '../clip/search-attributes.ts';
import { refreshNowSignal, repairSignal } from '../workflows/messages.ts';

/**
 * An execution that is still `archiving` counts as new for this long, in milliseconds. A worker needs less than a second
 * for the first record, but it may be busy or restarting.
 */
const NEW_MS = 60_000;

/** Creates the port through which an audit sees and repairs clips. */
export function createClipExecutions(client: Client): ClipExecutions {
  const handleOf = (clipId: string) => client.workflow.getHandle(workflowIdOfClip(clipId));

  return {
    async describe(clipId): Promise<ClipExecution> {
      const described = await unlessGone(() => handleOf(clipId).describe());
      if (described === null) return { status: 'none', isNew: false };
      const { status, startTime, typedSearchAttributes } = described;
      const isNew =
        typedSearchAttributes.get(clipState) === 'archiving' &&
        Date.now() - startTime.getTime() < NEW_MS;
      return { status: statusOf(status.name), isNew };
    },
    async repair(clipId, repair) {
      await unlessGone(() => handleOf(clipId).signal(repairSignal, repair));
    },
    async checkNow(clipId) {
      await unlessGone(() => handleOf(clipId).signal(refreshNowSignal));
    },
  };
}

function statusOf(name: string): ClipExecution['status'] {
  switch (name) {
    case 'COMPLETED':
      return 'deleted';
    case 'CANCELLED':
      return 'stopped';
    case 'FAILED':
    case 'TERMINATED':
    case 'TIMED_OUT':
      return 'failed';
    default:
      return 'running';
  }
}

/** Returns null if the workflow does not exist or, for a signal, if it has ended. */
async function unlessGone<T>(call: () => Promise<T>): Promise<T | null> {
  try {
    return await call();
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return null;
    throw error;
  }
}
