import type { BucketPort } from '../activities/ports.ts';
import {
  AUDITS_PREFIX,
  auditedChannelId,
  parseAuditVerdict,
  parseRetirement,
  retiredChannelId,
  retirementKey,
  type AuditVerdict,
  type Retirement,
} from '../clip/audit/report.ts';

/** What the reports in the bucket say about one channel. */
export interface ChannelAudits {
  channelId: string;
  channelName: string;
  /** When the last audit of the channel began, epoch milliseconds. */
  auditedAtMs: number;
  /** When the last audit that left no fault began; null if none of the stored audits did. */
  completeAtMs: number | null;
  /** Why the channel is no longer audited; null if it still is. */
  retired: Retirement['reason'] | null;
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
  const retired = new Set<string>();
  for await (const { key } of bucket.list(AUDITS_PREFIX)) {
    const retiredId = retiredChannelId(key);
    if (retiredId !== null) retired.add(retiredId);
    const channelId = auditedChannelId(key);
    if (channelId === null) continue;
    keysOf.set(channelId, [...(keysOf.get(channelId) ?? []), key]);
  }
  const channels = [...keysOf].map(([id, keys]) => ({ keys, hasNote: retired.has(id) }));
  const found: (ChannelAudits | null)[] = [];
  for (let at = 0; at < channels.length; at += CONCURRENT_CHANNELS) {
    const batch = channels.slice(at, at + CONCURRENT_CHANNELS);
    found.push(...(await Promise.all(batch.map((channel) => readChannel(bucket, channel)))));
  }
  return found.filter((each) => each !== null);
}

/** Returns null if none of the objects is a report. */
async function readChannel(
  bucket: Pick<BucketPort, 'read'>,
  { keys, hasNote }: { keys: string[]; hasNote: boolean },
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
  const audits = {
    channelId: newest.channelId,
    channelName: newest.channelName,
    auditedAtMs: Date.parse(newest.startedAt),
    completeAtMs: complete && Date.parse(complete.startedAt),
  };
  return { ...audits, retired: hasNote ? await readRetirement(bucket, audits) : null };
}

/** Returns why the channel is no longer audited; null if it was audited after that. */
async function readRetirement(
  bucket: Pick<BucketPort, 'read'>,
  { channelId, auditedAtMs }: Pick<ChannelAudits, 'channelId' | 'auditedAtMs'>,
): Promise<ChannelAudits['retired']> {
  const stored = await bucket.read(retirementKey(channelId));
  const retirement = stored && parseRetirement(stored.body);
  return retirement && Date.parse(retirement.at) > auditedAtMs ? retirement.reason : null;
}
