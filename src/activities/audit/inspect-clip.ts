import { log } from '@temporalio/activity';
import type { AuditCounts, ProblemKind } from '../../clip/audit/report.ts';
import type { OpenFault } from '../../clip/audit/repair.ts';
import { clipId, clipSummary, type Clip, type ClipRef } from '../../clip/clip.ts';
import type { MessageContext } from '../../clip/message.ts';
import { clipOfRecord } from '../../clip/record/clip-of-record.ts';
import type { Ports } from '../ports.ts';
import { inspectObjects } from './inspect-objects.ts';

export type InspectPorts = Pick<Ports, 'bucket' | 'startClip' | 'clipExecutions'>;

/** What an audit found out about one clip. */
export interface ClipFinding {
  /** How the clip counts. Null if no message shows the clip, or if Temporal refuses it. */
  counts: keyof Pick<AuditCounts, 'known' | 'started' | 'stopped'> | null;
  /** The fault that the clip's workflow was told of, or `new` if the workflow has just started. */
  fault?: OpenFault['fault'];
  problem?: ProblemKind;
}

/**
 * Compares a clip that a message shows with the bucket and with the clip's workflow. Starts a missing workflow, and
 * tells a running workflow of missing or damaged objects. If there is neither a workflow nor a record, the clip starts:
 * a clip that was missed looks the same as a stopped clip whose record is lost and whose workflow Temporal has forgotten.
 * @throws the errors of the bucket and of Temporal; InvalidInput if Temporal refuses the clip
 */
export async function inspectShownClip(
  { bucket, startClip, clipExecutions }: InspectPorts,
  clip: Clip,
): Promise<ClipFinding> {
  const objects = await inspectObjects(bucket, clip);
  if (objects.kind === 'ended') {
    if (objects.status === 'stopped') return { counts: 'stopped' };
    return {
      counts: 'known',
      ...(objects.status === 'deleted' && { problem: 'deleted' as const }),
    };
  }
  const id = clipId(clip);
  const { status, isNew } = await clipExecutions.describe(id);
  // Temporal may have forgotten the workflow of a clip that an operator stopped. Only the record said so.
  if (status === 'none' && objects.kind === 'damaged') return { counts: 'known', problem: 'lost' };
  switch (status) {
    case 'none':
    case 'failed':
      return { counts: await startClip(clip, 'audit'), fault: 'new' };
    case 'stopped':
      return { counts: 'stopped', problem: 'lost' };
    case 'deleted':
      return { counts: 'known', problem: 'lost' };
    case 'running':
      if (objects.kind === 'sound') return { counts: 'known' };
      if (isNew) return { counts: 'known', fault: 'new' };
  }
  const pictures = objects.kind === 'missingPicture';
  await clipExecutions.repair(id, { pictures });
  return { counts: 'known', fault: pictures ? 'thumbnail' : 'record' };
}

/**
 * Checks a clip that has a record, but that no message shows. Tells a running workflow to fetch the message now: the
 * workflow ends if Discord proves that the message or the attachment is deleted. If Temporal does not know the workflow,
 * or if it failed, it starts from the record for this purpose. Then `ON_DELETE` applies to each clip, whoever has lost
 * its workflow.
 * @throws the errors of the bucket and of Temporal; InvalidInput if Temporal refuses the clip
 */
export async function inspectHiddenClip(
  { bucket, startClip, clipExecutions }: InspectPorts,
  clip: ClipRef,
  place: Pick<MessageContext, 'channelName' | 'guildName'>,
): Promise<ClipFinding> {
  const objects = await inspectObjects(bucket, clip);
  if (objects.kind === 'ended') return { counts: null };
  const id = clipId(clip);
  const { status } = await clipExecutions.describe(id);
  if (status === 'running') {
    await clipExecutions.checkNow(id);
    return { counts: null, fault: 'gone' };
  }
  // Somebody has deleted the record since it was listed.
  if (objects.kind === 'missing') return { counts: null };
  if (status === 'stopped' || status === 'deleted' || objects.kind === 'damaged') {
    return { counts: null, problem: 'lost' };
  }
  const described = clipOfRecord(objects.record, place);
  if (described === null) return { counts: null, problem: 'orphaned' };
  await startClip(described, 'audit', { fromRecord: true });
  await clipExecutions.checkNow(id);
  log.info(
    `started from its record, to ask Discord whether it is deleted: ${clipSummary(described)}`,
  );
  return { counts: null, fault: 'gone' };
}
