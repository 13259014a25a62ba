import { activityInfo, log } from '@temporalio/activity';
import { clipId } from '../clip/clip.ts';
import { isExpired, refreshAtMs } from '../clip/lease.ts';
import type { RecordState } from '../clip/state.ts';
import type { Ports } from './ports.ts';
import { compareAndSetRecord, type WriteOutcome } from './compare-and-set-record.ts';

export interface PersistInput {
  state: RecordState;
  /** The workflow's first write: take over what an earlier workflow's record knows. */
  adopt: boolean;
  /** Attempts at this revision that were made before those of this activity. */
  earlierAttempts: number;
}

export interface PersistResult extends WriteOutcome {
  /** When the link that was written wants a refresh, epoch milliseconds. */
  refreshAtMs: number;
}

/** Writes the clip's record. */
export const createPersist =
  ({ bucket, settings, metrics }: Pick<Ports, 'bucket' | 'settings' | 'metrics'>) =>
  async ({ state, adopt, earlierAttempts }: PersistInput): Promise<PersistResult> => {
    const attempt = earlierAttempts + activityInfo().attempt;
    const outcome = await compareAndSetRecord(bucket, state, {
      ...{ attempt, adopt },
      onWritten() {
        metrics.recordWritten(state.status);
      },
    });
    if (state.status !== 'archiving') {
      log.info(`record of ${state.clip.filename} written: ${state.status}`);
    }
    const nowMs = Date.now();
    return {
      refreshAtMs: isExpired(state.clip.url, nowMs)
        ? nowMs
        : refreshAtMs({
            url: state.clip.url,
            nowMs,
            marginMs: settings.refreshMarginMs,
            spreadKey: clipId(state.clip),
          }),
      ...outcome,
    };
  };
