import { cancellationSignal, log } from '@temporalio/activity';
import { setTimeout as pause } from 'node:timers/promises';
import {
  AUDITS_PREFIX,
  auditedChannelId,
  endOfAudit,
  parseRetirement,
  retiredChannelId,
  retirementKey,
  type Retirement,
} from '../../clip/audit/report.ts';
import type { Ports } from '../ports.ts';
import { withHeartbeat } from '../with-heartbeat.ts';

export interface RetireChannelsInput {
  /** When the audit began, epoch milliseconds. */
  startedAtMs: number;
}

/** The time between two heartbeats, in milliseconds. */
const HEARTBEAT_INTERVAL_MS = 2000;

/** One audit asks Discord about this many channels at most. The next audit asks about the others. */
const MAX_ASKED = 500;

/** The pause between two requests, in milliseconds. Discord bans an IP address after 10,000 denied ones in 10 minutes. */
const REQUEST_PAUSE_MS = 100;

/**
 * Notes which of the channels with a report are no longer audited: those that an audit of everything did not reach, and
 * that are deleted, not allowed by the settings, or hidden from the bot. Asks Discord about each of these channels once.
 * If the channel is audited again later, the report counts and not the note. Returns the number of channels.
 * @throws the errors of the bucket, and the failures of `DiscordPort.findWatchState`
 */
export const createRetireChannels =
  ({ discord, bucket, settings }: Pick<Ports, 'discord' | 'bucket' | 'settings'>) =>
  ({ startedAtMs }: RetireChannelsInput): Promise<number> =>
    withHeartbeat(HEARTBEAT_INTERVAL_MS, async () => {
      const signal = cancellationSignal();
      const missed = await listMissed(bucket, startedAtMs);
      let retired = 0;
      for (const channelId of missed.slice(0, MAX_ASKED)) {
        const state = await discord.findWatchState(channelId, settings.channelIds);
        if (state !== 'watched') {
          const retirement: Retirement = { channelId, reason: state, at: new Date().toISOString() };
          await bucket.write(retirementKey(channelId), JSON.stringify(retirement, null, 2), {
            contentType: 'application/json',
            cacheControl: 'no-cache',
          });
          retired += 1;
        }
        await pause(REQUEST_PAUSE_MS, undefined, { signal });
      }
      if (retired > 0) log.info(`${retired} audited channels are no longer audited`);
      return retired;
    });

/** Lists the channels whose newest report is from before `startedAtMs`, and that are not retired yet. */
async function listMissed(bucket: Ports['bucket'], startedAtMs: number): Promise<string[]> {
  const auditedAtMs = new Map<string, number>();
  const retired = new Set<string>();
  for await (const { key } of bucket.list(AUDITS_PREFIX)) {
    const retiredId = retiredChannelId(key);
    if (retiredId !== null) retired.add(retiredId);
    const channelId = auditedChannelId(key);
    if (channelId === null) continue;
    auditedAtMs.set(channelId, Math.max(endOfAudit(key), auditedAtMs.get(channelId) ?? 0));
  }
  const missed: string[] = [];
  for (const [channelId, atMs] of auditedAtMs) {
    if (atMs >= startedAtMs) continue;
    const stored = retired.has(channelId) ? await bucket.read(retirementKey(channelId)) : null;
    const retirement = stored && parseRetirement(stored.body);
    if (retirement === null || Date.parse(retirement.at) < atMs) missed.push(channelId);
  }
  return missed;
}
