import type { Client } from '@temporalio/client';
import { WorkflowExecutionAlreadyStartedError } from '@temporalio/client';
import { clipSummary, type Clip, type ClipSource } from './clip/clip.ts';
import { clipWorkflowId } from './clip/names.ts';
import { leaseOf } from './clip/lease.ts';
import * as attributes from './clip/search-attributes.ts';
import type { archiveClip } from './workflows/clip/workflow.ts';

/** Live clips go before those of a history. Temporal's scale is 1 (first) to 5, 3 by default. */
const PRIORITY_KEYS: Record<ClipSource, number> = { live: 2, sweep: 4, backfill: 4 };

/** A clip that an operator cancelled stays so, until they ask for it again by a backfill. */
const REUSE_POLICIES: Record<ClipSource, 'REJECT_DUPLICATE' | 'ALLOW_DUPLICATE_FAILED_ONLY'> = {
  live: 'REJECT_DUPLICATE',
  sweep: 'REJECT_DUPLICATE',
  backfill: 'ALLOW_DUPLICATE_FAILED_ONLY',
};

/** A killed worker's tasks are another's after this; the server's default of 10 s is most of a short margin. */
const WORKFLOW_TASK_TIMEOUT = '5s';

/** Search attributes of type Keyword hold at most 255 characters in the dev server's database. */
const LONGEST_KEYWORD = 255;

/**
 * The one way to start a clip's workflow. Safe to repeat: a clip that runs already, or that ended as
 * deleted, is `known`; one that was terminated, cancelled or failed is started again by a backfill,
 * and by nothing else.
 * @throws the client's errors where Temporal can't be reached or refuses the start
 */
export async function startClip(
  client: Client,
  clip: Clip,
  { source, taskQueue }: { source: ClipSource; taskQueue: string },
): Promise<'started' | 'known'> {
  const lease = leaseOf(clip.url);
  try {
    await client.workflow.start<typeof archiveClip>('archiveClip', {
      taskQueue,
      workflowId: clipWorkflowId(clip),
      workflowIdConflictPolicy: 'FAIL',
      workflowIdReusePolicy: REUSE_POLICIES[source],
      args: [clip],
      workflowTaskTimeout: WORKFLOW_TASK_TIMEOUT,
      priority: { priorityKey: PRIORITY_KEYS[source] },
      staticSummary: clipSummary(clip),
      typedSearchAttributes: [
        { key: attributes.clipTitle, value: keyword(clip.filename) },
        { key: attributes.clipState, value: 'archiving' },
        { key: attributes.clipChannel, value: keyword(clip.channelName) },
        ...(clip.guildName === null
          ? []
          : [{ key: attributes.clipGuild, value: keyword(clip.guildName) }]),
        { key: attributes.clipPoster, value: keyword(clip.poster.username) },
        ...(lease === null
          ? []
          : [{ key: attributes.linkExpiresAt, value: new Date(lease.expiresAt * 1000) }]),
      ],
    });
    return 'started';
  } catch (error) {
    if (error instanceof WorkflowExecutionAlreadyStartedError) return 'known';
    throw error;
  }
}

const keyword = (text: string): string => text.slice(0, LONGEST_KEYWORD);
