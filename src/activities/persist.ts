import { log } from '@temporalio/activity';
import { clipId } from '../clip/clip.ts';
import { isExpired, refreshAtMs } from '../clip/lease.ts';
import { lacksExpiry } from '../clip/link.ts';
import type { RecordState } from '../clip/state.ts';
import { withAttemptNumber } from './context/attempt-number.ts';
import { compareAndSetRecord, type WriteOutcome } from './compare-and-set-record.ts';
import type { Ports } from './ports.ts';
import { startServerClock } from './context/server-time.ts';
import type { ReportUnreadableLink } from './links/unreadable-links.ts';

export interface PersistInput {
  state: RecordState;
  /** True for the workflow's first write: adopt the record of an earlier workflow instead of replacing it. */
  adopt: boolean;
  /** How many attempts to write this revision were made before this activity. */
  earlierAttempts: number;
  /** The workflow's time, epoch milliseconds. Local activities compute with it, because a worker's clock may be wrong. */
  nowMs?: number;
}

export interface PersistResult extends WriteOutcome {
  /** When to refresh the link in the record, epoch milliseconds. */
  refreshAtMs: number;
}

type PersistPorts = Pick<Ports, 'bucket' | 'settings' | 'metrics'> & {
  reportUnreadableLink: ReportUnreadableLink;
};

/** Writes the clip's record. */
export const createPersist =
  ({ bucket, settings, metrics, reportUnreadableLink }: PersistPorts) =>
  async (input: PersistInput): Promise<PersistResult> => {
    const { state, adopt, earlierAttempts } = input;
    const serverTime = startServerClock(input.nowMs);
    const onWritten = () => metrics.recordWritten(state.status);
    const outcome = await withAttemptNumber(earlierAttempts, (attempt) =>
      compareAndSetRecord(bucket, state, { attempt, adopt, onWritten }),
    );
    if (state.status !== 'archiving') {
      log.info(`wrote the record of ${state.clip.filename} with the status ${state.status}`);
    }
    const { url } = state.clip;
    if (adopt && lacksExpiry(url)) reportUnreadableLink(state.clip.filename);
    const nowMs = serverTime();
    const dueAtMs = isExpired(url, nowMs)
      ? nowMs
      : refreshAtMs({
          url,
          nowMs,
          marginMs: settings.refreshMarginMs,
          spreadKey: clipId(state.clip),
        });
    return { refreshAtMs: dueAtMs, ...outcome };
  };
