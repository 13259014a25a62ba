import type { Client } from '@temporalio/client';
import { sweepWorkflowId } from '../../clip/names.ts';
import { idBefore, isSnowflake } from '../../clip/snowflake.ts';
import { sweepNowSignal } from '../../workflows/messages.ts';
import type { sweep } from '../../workflows/sweep.ts';
import type { WatchedChannel } from '../watched-channels.ts';

/**
 * Signals the channel's sweep to read the history now, and starts the sweep if none is running. A new sweep of a
 * channel starts at the newest message, because backfills read older messages. A new sweep of a thread starts before
 * the thread's first message. In a forum post, the first message has the same id as the thread.
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
        after: isThread
          ? idBefore(channelId)
          : isSnowflake(lastMessageId)
            ? lastMessageId
            : channelId,
        untilQuiet: isThread,
      },
    ],
    signal: sweepNowSignal,
    staticSummary: `sweep of #${channelName}`,
  });
}
