import { log } from '@temporalio/activity';
import { clipId, shownTitle } from '../clip/clip.ts';
import type { ClipRecord } from '../clip/record.ts';
import { isExpired, refreshAtMs } from '../clip/lease.ts';
import { lacksExpiry } from '../clip/link.ts';
import type { RecordState } from '../clip/state.ts';
import { withAttemptNumber } from './context/attempt-number.ts';
import type { SaveChannel } from './channel-saver.ts';
import {
  compareAndSetRecord,
  type StoredRecord,
  type WriteOutcome,
} from './compare-and-set-record.ts';
import { describeChanges } from './describe-changes.ts';
import type { Ports } from './ports.ts';
import { startServerClock } from './context/server-time.ts';
import type { ReportUnreadableLink } from './links/unreadable-links.ts';

export interface PersistInput {
  state: RecordState;
  /** True for the workflow's first write: adopt the record of an earlier workflow instead of replacing it. */
  adopt: boolean;
  /** How many attempts to write this revision were made before this activity. */
  earlierAttempts: number;
  /**
   * The workflow's time, epoch milliseconds. Local activities use the workflow's time, because a worker's clock may be
   * wrong.
   */
  nowMs?: number;
}

export interface PersistResult extends WriteOutcome {
  /** When to refresh the link in the record, epoch milliseconds. */
  refreshAtMs: number;
}

type PersistPorts = Pick<Ports, 'bucket' | 'catalog' | 'settings' | 'metrics'> & {
  reportUnreadableLink: ReportUnreadableLink;
  saveChannel: SaveChannel;
};

/** Writes the clip's record. */
export const createPersist =
  ({ bucket, catalog, settings, metrics, reportUnreadableLink, saveChannel }: PersistPorts) =>
  async (input: PersistInput): Promise<PersistResult> => {
    const { state, adopt, earlierAttempts } = input;
    const serverTime = startServerClock(input.nowMs);
    const onStored = (stored: StoredRecord): void => {
      catalog.tell({ kind: 'record', ...stored });
    };
    const onWritten = (replaced: ClipRecord | null): void => {
      metrics.recordWritten(state.status);
      // The first record of a clip is not logged, because the log already says that the clip was found.
      if (state.status === 'archiving') return;
      const what = describeChanges(replaced, state);
      log.info(
        `wrote the record of ${shownTitle(state.clip)} with the status ${state.status}${what && `: ${what}`}`,
      );
    };
    const outcome = await withAttemptNumber(earlierAttempts, (attempt) =>
      compareAndSetRecord(bucket, state, { attempt, adopt, onWritten, onStored }),
    );
    const { url, channelId } = state.clip;
    saveChannel(channelId, { isUnreachable: state.status === 'unreachable' });
    if (adopt && lacksExpiry(url)) reportUnreadableLink(shownTitle(state.clip));
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
