import { WorkflowNotFoundError, type Client } from '@temporalio/client';
import { sweepWorkflowId } from '../../clip/names.ts';
import { idBefore, isSnowflake } from '../../clip/snowflake.ts';
import { sweepNowSignal } from '../../workflows/messages.ts';
import type { sweep, SweepResult } from '../../workflows/sweep.ts';
import type { WatchedChannel } from '../watched-channels.ts';

/**
 * Signals the channel's sweep to read the history now, and starts the sweep if none is running. A new sweep of a
 * channel starts at the newest message, because backfills read older messages. A new sweep of a thread starts where the
 * last one ended, because the sweep of a thread without a clip ends each time. The first sweep of a thread starts before
 * the thread's first message. In a forum post, that message has the same id as the thread.
 */
export async function sweepChannel(
  temporal: Client,
  taskQueue: string,
  { channelId, channelName, isThread, lastMessageId }: WatchedChannel,
): Promise<void> {
  const workflowId = sweepWorkflowId(channelId);
  const after = isThread
    ? ((await findEnd(temporal, workflowId)) ?? idBefore(channelId))
    : isSnowflake(lastMessageId)
      ? lastMessageId
      : channelId;
  await temporal.workflow.signalWithStart<typeof sweep>('sweep', {
    taskQueue,
    workflowId,
    args: [
      {
        channelId,
        channelName,
        after,
        untilQuiet: isThread,
        ...(isThread && { foundClip: false }),
      },
    ],
    signal: sweepNowSignal,
    staticSummary: `sweep of #${channelName}`,
  });
}

/**
 * Returns the id of the last message that the channel's sweep has read, if the sweep has ended by itself. Returns null
 * if the sweep is running, or if Temporal doesn't know its result: its retention is over, or older code ran the sweep.
 */
async function findEnd(temporal: Client, workflowId: string): Promise<string | null> {
  const handle = temporal.workflow.getHandle<typeof sweep>(workflowId);
  try {
    const { status } = await handle.describe();
    if (status.name !== 'COMPLETED') return null;
    const result = (await handle.result()) as Partial<SweepResult> | null;
    return isSnowflake(result?.after) ? result.after : null;
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return null;
    throw error;
  }
}
