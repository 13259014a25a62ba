import type { Client } from '@temporalio/client';
import { CLIP_PRIORITIES, deletionWorkflowId } from '../../clip/names.ts';
import type { DeletedPlace } from '../../clip/schemas/deleted-place.ts';
import type { deletion } from '../../workflows/deletion.ts';

/**
 * Starts the workflow that tells the clips of a deleted channel, thread or guild. If such a workflow is still running,
 * the new one replaces it, because a guild may remove the bot twice within minutes.
 */
export async function reportDeletion(
  temporal: Client,
  taskQueue: string,
  place: DeletedPlace,
): Promise<void> {
  const isGuild = 'guildId' in place;
  const id = isGuild ? place.guildId : place.channelId;
  await temporal.workflow.start<typeof deletion>('deletion', {
    taskQueue,
    workflowId: deletionWorkflowId(id),
    workflowIdConflictPolicy: 'TERMINATE_EXISTING',
    args: [place],
    priority: { priorityKey: CLIP_PRIORITIES.found },
    staticSummary: `deletion of the ${isGuild ? 'server' : 'channel'} ${id}`,
  });
}
