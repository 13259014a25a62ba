import type { Client } from '@temporalio/client';
import { sweepWorkflowId } from '../../clip/names.ts';
import { idBefore } from '../../clip/snowflake.ts';
import { sweepNowSignal } from '../../workflows/messages.ts';
import type { sweep } from '../../workflows/sweep.ts';
import type { WatchedChannel } from '../watched-channels.ts';

/**
 * Signals the channel's sweep to read the history now, and starts the sweep if none is running. The sweep
 * of a channel starts at the newest message, because older clips belong to a backfill. The sweep of a
 * thread starts before the first message: in a forum post, that message has the id of the thread.
 */
export async function sweepChannel(
  temporal: Client,
  taskQueue: string,
  { channelId, channelName, isThread, lastMessageId }: WatchedChannel,
): Promise<void> {
  await temporal.workflow.signalWithStart<typeof sweep>('sweep', {
    taskQueue,
    workflowId: sweepWorkflowId(channelId),
    args: [
      {
        channelId,
        channelName,
        after: isThread ? idBefore(channelId) : (lastMessageId ?? channelId),
        untilQuiet: isThread,
      },
    ],
    signal: sweepNowSignal,
    staticSummary: `sweep of #${channelName}`,
  });
}
