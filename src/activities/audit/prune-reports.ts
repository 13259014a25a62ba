import { auditedChannelId, auditsOfChannel, parseAuditVerdict } from '../../clip/audit/report.ts';
import type { BucketPort } from '../ports.ts';

/** How many of its newest reports a channel keeps. Each listing of all reports goes through all of them. */
const KEPT_REPORTS = 10;

/**
 * Deletes the old reports of a channel. The newest reports stay, and so does the newest report that says that the
 * channel is complete.
 * @throws the errors of the bucket
 */
export async function pruneReports(
  bucket: Pick<BucketPort, 'list' | 'read' | 'delete'>,
  channelId: string,
): Promise<void> {
  const keys: string[] = [];
  for await (const { key } of bucket.list(auditsOfChannel(channelId))) {
    if (auditedChannelId(key) === channelId) keys.push(key);
  }
  if (keys.length <= KEPT_REPORTS) return;
  let isProven = false;
  for (const [at, key] of keys.sort().reverse().entries()) {
    const isNewestProof = !isProven && (await isComplete(bucket, key));
    if (isNewestProof) isProven = true;
    else if (at >= KEPT_REPORTS) await bucket.delete(key);
  }
}

async function isComplete(bucket: Pick<BucketPort, 'read'>, key: string): Promise<boolean> {
  const stored = await bucket.read(key);
  return stored !== null && parseAuditVerdict(stored.body)?.complete === true;
}
