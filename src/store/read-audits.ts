import type { BucketPort } from '../activities/ports.ts';
import {
  AUDITS_PREFIX,
  auditedChannelId,
  parseAuditVerdict,
  type AuditVerdict,
} from '../clip/audit/report.ts';

/** What the reports in the bucket say about one channel. */
export interface ChannelAudits {
  channelId: string;
  channelName: string;
  /** When the last audit of the channel began, epoch milliseconds. */
  auditedAtMs: number;
  /** When the last audit that left no fault began; null if none of the stored audits did. */
  completeAtMs: number | null;
}

/** How many channels are read at the same time. */
const CONCURRENT_CHANNELS = 8;

/**
 * Reads the newest reports of each channel, back to the last report that says that the channel is complete.
 * @throws the errors of the bucket
 */
export async function readAudits(
  bucket: Pick<BucketPort, 'list' | 'read'>,
): Promise<ChannelAudits[]> {
  const keysOf = new Map<string, string[]>();
  for await (const { key } of bucket.list(AUDITS_PREFIX)) {
    const channelId = auditedChannelId(key);
    if (channelId === null) continue;
    keysOf.set(channelId, [...(keysOf.get(channelId) ?? []), key]);
  }
  const channels = [...keysOf.values()];
  const found: (ChannelAudits | null)[] = [];
  for (let at = 0; at < channels.length; at += CONCURRENT_CHANNELS) {
    const batch = channels.slice(at, at + CONCURRENT_CHANNELS);
    found.push(...(await Promise.all(batch.map((keys) => readChannel(bucket, keys)))));
  }
  return found.filter((each) => each !== null);
}

/** Returns null if none of the objects is a report. */
async function readChannel(
  bucket: Pick<BucketPort, 'read'>,
  keys: string[],
): Promise<ChannelAudits | null> {
  let newest: AuditVerdict | null = null;
  let complete: AuditVerdict | null = null;
  for (const key of keys.sort().reverse()) {
    const stored = await bucket.read(key);
    const verdict = stored && parseAuditVerdict(stored.body);
    if (verdict === null) continue;
    newest ??= verdict;
    if (!verdict.complete) continue;
    complete = verdict;
    break;
  }
  if (newest === null) return null;
  return {
    channelId: newest.channelId,
    channelName: newest.channelName,
    auditedAtMs: Date.parse(newest.startedAt),
    completeAtMs: complete && Date.parse(complete.startedAt),
  };
}
