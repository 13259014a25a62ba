import type { Client } from '@temporalio/client';
import { sweepWorkflowId } from '../clip/names.ts';
import { idBefore } from '../clip/snowflake.ts';
import { sweepNowSignal } from '../workflows/messages.ts';
import type { sweep } from '../workflows/sweep.ts';
import type { WatchedChannel } from './watched-channels.ts';

/**
 * Has a channel's sweep look now, and starts the sweep where there is none. A new sweep of a channel
 * begins where the channel ends now (older clips are a backfill's), that of a thread at its first
 * message: that of a forum post has the thread's own id, so one before it.
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
