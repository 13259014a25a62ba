import { addAuditCounts, NO_AUDIT_COUNTS } from '../../clip/audit/report.ts';
import type { AuditCounts, AuditProblem } from '../../clip/audit/report.ts';
import type { OpenFault } from '../../clip/audit/repair.ts';
import type { ClipRef } from '../../clip/clip.ts';
import type { Ports } from '../ports.ts';
import { inspectObjects } from './inspect-objects.ts';

export interface CheckRepairsInput {
  channelId: string;
  open: OpenFault[];
}

export interface CheckRepairsResult {
  /** What was repaired or ended since the fault was found. */
  counts: AuditCounts;
  /** The faults that are still open. */
  open: OpenFault[];
  problems: AuditProblem[];
}

/** How many clips are inspected at the same time. */
const CONCURRENT_CLIPS = 8;

type CheckPorts = Pick<Ports, 'bucket' | 'clipExecutions'>;

/**
 * Looks which of the open faults are repaired. If a record was written again, its pictures are checked too, because an
 * audit can't know the pictures of a clip without a record. The same applies to a clip that the audit started.
 * @throws the errors of the bucket and of Temporal
 */
export const createCheckRepairs =
  (ports: CheckPorts) =>
  async ({ channelId, open }: CheckRepairsInput): Promise<CheckRepairsResult> => {
    const result: CheckRepairsResult = { counts: NO_AUDIT_COUNTS, open: [], problems: [] };
    for (let at = 0; at < open.length; at += CONCURRENT_CLIPS) {
      const batch = open.slice(at, at + CONCURRENT_CLIPS);
      const outcomes = await Promise.all(batch.map((each) => checkOne(ports, channelId, each)));
      for (const { repaired, ended, fault, problem } of outcomes) {
        const counts = structuredClone(NO_AUDIT_COUNTS);
        if (repaired !== undefined) counts.repaired[repaired] = 1;
        if (ended === true) counts.ended = 1;
        if (fault !== undefined) result.open.push(fault);
        if (problem !== undefined) {
          counts.unrepaired = 1;
          result.problems.push(problem);
        }
        result.counts = addAuditCounts(result.counts, counts);
      }
    }
    return result;
  };

interface Outcome {
  repaired?: keyof AuditCounts['repaired'];
  ended?: true;
  /** The fault that is open now. */
  fault?: OpenFault;
  problem?: AuditProblem;
}

async function checkOne(
  { bucket, clipExecutions }: CheckPorts,
  channelId: string,
  open: OpenFault,
): Promise<Outcome> {
  const { clip, fault } = open;
  const objects = await inspectObjects(bucket, refOf(channelId, clip));
  // The clip ended after the fault was found. The record says so, and is therefore there.
  if (objects.kind === 'ended') {
    if (fault === 'gone') return { ended: true };
    return fault === 'record' && objects.status !== 'purged' ? { repaired: 'records' } : {};
  }
  if (fault === 'gone' || objects.kind === 'missing' || objects.kind === 'damaged') {
    return { fault: open };
  }
  if (fault === 'new') {
    // The record may be from an earlier execution.
    const { status, isNew } = await clipExecutions.describe(clip);
    if (status !== 'running' || isNew) return { fault: open };
    if (objects.kind === 'sound') return {};
    await clipExecutions.repair(clip, { pictures: true });
    return { fault: { clip, fault: 'thumbnail' } };
  }
  if (fault === 'thumbnail') {
    if (objects.kind === 'missingPicture' || objects.thumbnail === 'notYet') return { fault: open };
    if (objects.thumbnail === 'made') return { repaired: 'thumbnails' };
    return { problem: { clip, problem: 'pictureless' } };
  }
  if (objects.kind === 'sound') return { repaired: 'records' };
  await clipExecutions.repair(clip, { pictures: true });
  return { repaired: 'records', fault: { clip, fault: 'thumbnail' } };
}

function refOf(channelId: string, id: string): ClipRef {
  const [messageId = '', attachmentId = ''] = id.split('-');
  return { channelId, messageId, attachmentId };
}
