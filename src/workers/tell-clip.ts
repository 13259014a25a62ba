import { WorkflowNotFoundError, type Client } from '@temporalio/client';
import type { TellClip } from '../activities/ports.ts';
import { clipQuery, goneSignal, refreshNowSignal } from '../workflows/messages.ts';

/** How long a clip may take to act on a notice before the next clip is told, in milliseconds. */
const MAX_WAIT_MS = 10_000;

/**
 * Creates the function that tells a clip about the deletion of its channel, and then waits until the clip has acted.
 * So a deletion with thousands of clips queues only a few workflow tasks at a time.
 */
export function createTellClip(client: Client): TellClip {
  return async (workflowId, notice, channelId) => {
    const handle = client.workflow.getHandle(workflowId);
    try {
      if (notice === 'gone') await handle.signal(goneSignal, channelId);
      else await handle.signal(refreshNowSignal);
    } catch (error) {
      if (error instanceof WorkflowNotFoundError) return false;
      throw error;
    }
    // A query is answered after the workflow task that handles the signal.
    const wait = () => (notice === 'gone' ? handle.result() : handle.query(clipQuery));
    // The clip has the signal. If the clip acts late or fails, the other clips must still be told.
    await client.withAbortSignal(AbortSignal.timeout(MAX_WAIT_MS), wait).catch(() => undefined);
    return true;
  };
}
