import { log } from '@temporalio/activity';
import { clipId, shownTitle } from '../clip/clip.ts';
import { hashesOfPeople } from '../clip/forget/people.ts';
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
import { deletePictures, purgeOwnClip } from './forget/bury-clip.ts';
import type { RecentClips } from './forget/recent-clips.ts';
import type { Ports } from './ports.ts';
import { startServerClock } from './context/server-time.ts';
import type { SaveUserInput } from './save-user.ts';
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
  /** The poster, if the workflow wants to know whether their user data are saved. */
  user?: SaveUserInput;
}

export interface PersistResult extends WriteOutcome {
  /** When to refresh the link in the record, epoch milliseconds. */
  refreshAtMs: number;
  /** True if this worker knows that the user data of `user` are saved. */
  userSaved?: true;
}

type PersistPorts = Pick<
  Ports,
  'bucket' | 'catalog' | 'settings' | 'metrics' | 'tidyUserData' | 'forgotten'
> & {
  reportUnreadableLink: ReportUnreadableLink;
  saveChannel: SaveChannel;
  recentClips: RecentClips;
  isUserSaved: (input: SaveUserInput) => boolean;
};

/**
 * Writes the clip's record. If the clip was deleted, ON_DELETE may say that the record is stripped or that the clip is
 * purged.
 */
export const createPersist =
  ({
    bucket,
    catalog,
    settings,
    metrics,
    tidyUserData,
    forgotten,
    reportUnreadableLink,
    saveChannel,
    recentClips,
    isUserSaved,
  }: PersistPorts) =>
  async (input: PersistInput): Promise<PersistResult> => {
    const { state, adopt, earlierAttempts } = input;
    const onDelete = state.status === 'deleted' ? settings.onDelete : 'keep';
    // A clip that the gateway found has started already, because ingest has no access to the bucket.
    if (onDelete === 'purge' || (await forgotten.isForgotten(state.clip))) {
      await purgeOwnClip({ bucket, catalog, tidyUserData }, state.clip);
      metrics.recordWritten(state.status);
      log.info(`purged the clip ${clipId(state.clip)}`);
      return { refreshAtMs: input.nowMs ?? Date.now(), ended: 'purged', erased: true };
    }
    const strips = onDelete === 'strip';
    const serverTime = startServerClock(input.nowMs);
    const onStored = (stored: StoredRecord): void => {
      catalog.tell({ kind: 'record', ...stored });
    };
    const onWritten = (replaced: ClipRecord | null): void => {
      metrics.recordWritten(state.status);
      if (!strips) recentClips.add(state.clip);
      // The first record of a clip is not logged, because the log already says that the clip was found.
      if (state.status === 'archiving') return;
      if (strips) {
        log.info(`stripped the record of the deleted clip ${clipId(state.clip)}`);
        return;
      }
      const what = describeChanges(replaced, state);
      log.info(
        `wrote the record of ${shownTitle(state.clip)} with the status ${state.status}${what && `: ${what}`}`,
      );
    };
    const outcome = await withAttemptNumber(earlierAttempts, (attempt) =>
      compareAndSetRecord(bucket, state, { attempt, adopt, strips, onWritten, onStored }),
    );
    if (strips && outcome.adopted === undefined && outcome.superseded === undefined) {
      await deletePictures(bucket, state.clip);
      outcome.erased = true;
    }
    // A clip whose link was over saves its poster before it finds that it was forgotten.
    if (outcome.erased === true) await tidyUserData(hashesOfPeople(state.clip));
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
    const userSaved = input.user !== undefined && isUserSaved(input.user);
    return { refreshAtMs: dueAtMs, ...(userSaved && { userSaved }), ...outcome };
  };
