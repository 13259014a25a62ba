import { WorkflowNotFoundError, type Client } from '@temporalio/client';
import { DiscordAPIError, Routes, type Client as Discord } from 'discord.js';
import { RESTJSONErrorCodes, type APIChannel } from 'discord-api-types/v10';
import { sweepWorkflowId, sweptChannelId } from '../clip/names.ts';

/** Channels whose sweeps run on our task queue. */
export async function sweptChannels(temporal: Client, taskQueue: string): Promise<string[]> {
  const query = `WorkflowType = 'sweep' AND ExecutionStatus = 'Running' AND TaskQueue = '${taskQueue}'`;
  const found: string[] = [];
  for await (const { workflowId } of temporal.workflow.list({ query })) {
    const channelId = sweptChannelId(workflowId);
    if (channelId !== null) found.push(channelId);
  }
  return found;
}

/** Cancels a channel's sweep; where it has ended meanwhile, so much the better. */
export async function endSweep(temporal: Client, channelId: string): Promise<void> {
  try {
    await temporal.workflow.getHandle(sweepWorkflowId(channelId)).cancel();
  } catch (error) {
    if (!(error instanceof WorkflowNotFoundError)) throw error;
  }
}

/**
 * Whether a channel is watched no more: it was deleted, or is none of `channelIds` (empty: all are
 * watched). One that the bot merely can't see at the moment keeps its sweep, which knows how far the
 * channel is read.
 */
export async function isUnwatched(
  discord: Pick<Discord, 'rest'>,
  channelIds: readonly string[],
  channelId: string,
): Promise<boolean> {
  try {
    const channel = (await discord.rest.get(Routes.channel(channelId))) as APIChannel;
    const parentId = 'thread_metadata' in channel ? channel.parent_id : null;
    const ids = [channelId, ...(parentId ? [parentId] : [])];
    return channelIds.length > 0 && !ids.some((id) => channelIds.includes(id));
  } catch (error) {
    if (!(error instanceof DiscordAPIError)) throw error;
    // What can't be seen may be a thread of a channel that is watched.
    if (error.status === 403) return false;
    if (error.status === 404) return error.code === RESTJSONErrorCodes.UnknownChannel;
    throw error;
  }
}
