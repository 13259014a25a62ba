import { WorkflowNotFoundError, type Client } from '@temporalio/client';
import { shownName } from '../../clip/clip.ts';
import { sweepWorkflowId } from '../../clip/names.ts';
import { idBefore, isSnowflake, snowflakeTimeMs } from '../../clip/snowflake.ts';
import { sweepNowSignal } from '../../workflows/messages.ts';
import type { sweep, SweepResult } from '../../workflows/sweep.ts';
import type { WatchedChannel } from '../watched-channels.ts';

/**
 * Signals the channel's sweep to read the history now, and starts the sweep if none is running. A running sweep ignores
 * the signal if it has read the newest message. A new sweep of a channel starts at the newest message, because backfills
 * read older messages. The first sweep of a channel that was created since Everclip has been watching starts before the
 * channel's first message: ingest may have been down when the channel was created, and clips were posted since.
 *
 * A new sweep of a thread starts where the thread's last sweep ended. Such a restart is common, because a sweep that finds
 * no clip in a thread ends after it has read the thread. The first sweep of a thread starts before the thread's first
 * message. In a forum post, that message has the same id as the thread.
 * @param isArchiveListed returns whether the server lists the archived threads of a parent channel
 * @param findWatchStart returns since when Everclip has been watching (`createWatchStart`)
 */
export async function sweepChannel(
  temporal: Client,
  taskQueue: string,
  channel: WatchedChannel,
  isArchiveListed: (parentId: string) => Promise<boolean>,
  findWatchStart: () => Promise<number | null>,
): Promise<void> {
  const { channelId, channelName, isThread, listingParentId, lastMessageId, newestId } = channel;
  const workflowId = sweepWorkflowId(channelId);
  const last = isThread ? await findEnd(temporal, workflowId) : null;
  const startsAtFirst =
    isThread || (await isCreatedSince(temporal, channelId, await findWatchStart()));
  const newest = isSnowflake(lastMessageId) ? lastMessageId : channelId;
  const mayEndEarly = listingParentId !== null && (await isArchiveListed(listingParentId));
  await temporal.workflow.signalWithStart<typeof sweep, [newestId?: string]>('sweep', {
    taskQueue,
    workflowId,
    args: [
      {
        channelId,
        channelName,
        after: last?.after ?? (startsAtFirst ? idBefore(channelId) : newest),
        untilQuiet: isThread,
        ...(mayEndEarly && { foundClip: false, messagesRead: last?.messagesRead ?? 0 }),
      },
    ],
    signal: sweepNowSignal,
    signalArgs: isSnowflake(newestId) ? [newestId] : [],
    staticSummary: `sweep of #${shownName(channelName)}`,
  });
}

/**
 * True if the channel was created after `startMs`, and Temporal knows no sweep of it. A sweep that has ended says that the
 * channel was excluded for a while, and its older clips are not wanted.
 */
async function isCreatedSince(
  temporal: Client,
  channelId: string,
  startMs: number | null,
): Promise<boolean> {
  if (startMs === null || snowflakeTimeMs(channelId) <= startMs) return false;
  try {
    await temporal.workflow.getHandle(sweepWorkflowId(channelId)).describe();
    return false;
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return true;
    throw error;
  }
}

/**
 * Returns the result of the channel's last sweep, if the sweep has ended by itself. Returns null if the sweep is
 * running, or if Temporal doesn't have the result. The result is missing if the sweep's retention is over, or if older
 * code ran the sweep.
 */
async function findEnd(temporal: Client, workflowId: string): Promise<SweepResult | null> {
  try {
    const { status, runId } = await temporal.workflow.getHandle(workflowId).describe();
    if (status.name !== 'COMPLETED') return null;
    // Wait only for this run. Another process may have started a new sweep in the meantime, whose result may come only
    // after two weeks.
    const run = temporal.workflow.getHandle<typeof sweep>(workflowId, runId, { followRuns: false });
    const result = (await run.result()) as SweepResult | null;
    return isSnowflake(result?.after) ? result : null;
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return null;
    throw error;
  }
}
