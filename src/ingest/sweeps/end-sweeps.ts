import { WorkflowNotFoundError, type Client } from '@temporalio/client';
import { sweepWorkflowId, sweptChannelId } from '../../clip/names.ts';
import type { WatchBounds } from '../../discord/channels/watch-bounds.ts';
import { findWatchState } from '../../discord/channels/watch-state.ts';
import type { Get } from '../../discord/rest-client.ts';
import { onTaskQueue, SWEEPS_QUERY } from '../../temporal/clip-queries.ts';

/** Lists the ids of the channels whose sweeps run on this task queue. */
export async function listRunningSweeps(temporal: Client, taskQueue: string): Promise<string[]> {
  const query = onTaskQueue(SWEEPS_QUERY, taskQueue);
  const found: string[] = [];
  for await (const { workflowId } of temporal.workflow.list({ query })) {
    const channelId = sweptChannelId(workflowId);
    if (channelId !== null) found.push(channelId);
  }
  return found;
}

/** Cancels the channel's sweep, unless the sweep has already ended. */
export async function endSweep(temporal: Client, channelId: string): Promise<void> {
  try {
    await temporal.workflow.getHandle(sweepWorkflowId(channelId)).cancel();
  } catch (error) {
    if (!(error instanceof WorkflowNotFoundError)) throw error;
  }
}

/**
 * True if the channel was deleted, or if CHANNEL_IDS and EXCLUDE_CHANNEL_IDS do not allow the channel. False if the bot
 * cannot see the channel, or the parent of the thread, at the moment. The sweep of a hidden channel must go on, because
 * the sweep stores how far the channel has been read. For the same reason, a sweep in a guild that GUILD_IDS does not
 * allow goes on: the setting may be wrong, and compatible servers may leave out a channel's guild. The worker reads
 * nothing in such a guild (`requireAllowedGuild`).
 * @throws a failure of `errors.ts` if Discord itself did not answer
 */
export async function isUnwatched(
  get: Get,
  bounds: Pick<WatchBounds, 'channelIds' | 'excludeChannelIds'>,
  channelId: string,
): Promise<boolean> {
  const state = await findWatchState(get, { ...bounds, guildIds: [] }, channelId);
  return state === 'deleted' || state === 'unwatched';
}
