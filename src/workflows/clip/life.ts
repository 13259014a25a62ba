import { patched } from '@temporalio/workflow';
import type { Clip } from '../../clip/clip.ts';
import { isOver } from '../../clip/lease.ts';
import { withDetails, type ClipDetails } from '../../clip/message/details.ts';
import type {
  AdoptedState,
  ClipState,
  ClipStatus,
  EndedStatus,
  RecordedClip,
  RecordState,
} from '../../clip/state.ts';
import type { ClipView } from '../messages.ts';
import { isoTime } from '../time-text.ts';
import { createAlarm, type Alarm } from './alarm.ts';
import { leaseIn } from './lease.ts';
import { adoptPictures, picturesOf } from './pictures.ts';

/**
 * The state that a clip's workflow carries from run to run. Don't rename its fields: recorded histories contain them.
 */
export interface Life extends ClipState {
  refreshes: number;
  /** True after the first write of the record, which adopts an older record if there is one. */
  recorded: boolean;
  /** True if the record differs from this state and must be written. */
  dirty: boolean;
  userSaved: boolean;
  thumbnailTries: number;
  /** True if the previous run ended while a thumbnail was being made. The next run then starts the thumbnail again. */
  thumbnailInterrupted?: boolean;
  /** How often newer pictures failed; absent if they never did. */
  pictureTries?: number;
  /** Epoch milliseconds; null if not known yet. */
  nextRefreshMs: number | null;
  /** What the workflow waits for, in words for the Web UI. */
  waitingFor: string;
  /**
   * The time of the first fetch that did not find the message, in epoch milliseconds; null if the last fetch found the
   * message.
   */
  goneSuspectedAtMs: number | null;
  /** The end of the last refresh. Absent before the first refresh, and after an edit brought a better link. */
  lastFetch?: LastFetch;
  /** The search attributes as last written. Each write is an event, so only changes are written. */
  published: { status: ClipStatus; expiresAt: number | null };
}

export interface LastFetch {
  /** Epoch milliseconds. */
  endedAtMs: number;
  /** The type of the failure; null if the refresh succeeded. */
  failure: string | null;
}

/**
 * The state of one run of a clip's workflow. `life` is carried from run to run, and the other fields belong only to
 * this run.
 */
export interface ClipRun {
  readonly life: Life;
  readonly alarm: Alarm;
  /** True if the message or its attachment is known to be deleted. */
  gone: boolean;
  /** If the record has one of these statuses, this run may start the clip again. */
  readonly restarts: readonly EndedStatus[];
  /**
   * The status of the stored record, if the record says that the clip has ended. The workflow then ends too and does
   * not change the record.
   */
  ended: EndedStatus | 'purged' | null;
  /** True if the bucket has nothing personal of the clip any more. The workflow then deletes its own execution. */
  erased: boolean;
  /** True if a fresh link should be fetched before the alarm rings. */
  refreshWanted: boolean;
  refreshing: boolean;
  /**
   * Since when a refresh is running or an update waits for one, epoch milliseconds; null if neither is the case. An
   * update compares this time with its own, so the time is noted only when `isTimeSettled`.
   */
  refreshDueSinceMs: number | null;
  /** True if an operator cancelled the clip, which therefore ends. */
  stopping: boolean;
  /** True if a thumbnail may be started, because the first record is written or a fresh link allows a new try. */
  thumbnailDue: boolean;
  thumbnailRunning: boolean;
  /** The version of the pictures to make next; null if the clip's pictures are up to date. */
  wantedPictures: number | null;
  picturesRunning: boolean;
  /** True until the first record is written, if the poster's user data are to be saved after it. */
  posterDue: boolean;
  /** True while a local activity saves the poster's user data. */
  savingPoster: boolean;
  /** The number of local activities that run, or whose end the loop has not handled yet. */
  localRunning: number;
  /** True if `life.lastFetch` does not have its final time yet; see noteTimes in wait.ts. */
  fetchJustEnded: boolean;
  /**
   * Callbacks of completed local activities, in the order of completion. The clip's loop calls these callbacks while it
   * waits.
   */
  readonly localEnds: (() => void)[];
  /** How many refreshes succeeded in this run. */
  refreshes: number;
  /** How many updates this run accepted. */
  updates: number;
  /** Callbacks that answer the updates `freshLink` that wait for a link, if they can be answered now. */
  readonly linkRequests: Set<() => void>;
}

/**
 * Returns the workflow's state for a new clip. `published` has the search attributes with which the workflow was
 * started. The user data of a clip that was made from its record count as saved.
 */
export function newLife(clip: Clip, fromRecord: boolean): Life {
  return {
    clip,
    status: 'archiving',
    revision: 0,
    refreshes: 0,
    recorded: false,
    dirty: true,
    // A worker of an older version does not know the option, and saves the user data.
    userSaved: fromRecord && patched('from-record'),
    thumbnailTries: 0,
    nextRefreshMs: null,
    waitingFor: '',
    goneSuspectedAtMs: null,
    published: { status: 'archiving', expiresAt: leaseIn(clip.url)?.expiresAt ?? null },
  };
}

export function newRun(life: Life, restarts: readonly EndedStatus[]): ClipRun {
  const { thumbnailInterrupted = false } = life;
  delete life.thumbnailInterrupted;
  return {
    life,
    alarm: createAlarm(),
    gone: false,
    restarts,
    ended: null,
    erased: false,
    refreshWanted: isOver(leaseIn(life.clip.url), Date.now()),
    refreshing: false,
    refreshDueSinceMs: null,
    stopping: false,
    thumbnailDue: thumbnailInterrupted,
    thumbnailRunning: false,
    wantedPictures: null,
    picturesRunning: false,
    posterDue: false,
    savingPoster: false,
    localRunning: 0,
    fetchJustEnded: false,
    localEnds: [],
    refreshes: 0,
    updates: 0,
    linkRequests: new Set(),
  };
}

function clipStateOf(life: Life): ClipState {
  const { clip, status, revision, facts, thumbnailError, deletedAtMs } = life;
  return {
    clip,
    status,
    revision,
    ...(facts && { facts }),
    ...picturesOf(life),
    ...(thumbnailError && { thumbnailError }),
    ...(deletedAtMs !== undefined && { deletedAtMs }),
  };
}

/**
 * Returns the part of the workflow's state that the record contains. Activities get only this part as input, because
 * the history stores every input.
 */
export function recordStateOf(life: Life): RecordState {
  const { channelName: _, guildName: __, poster, postedBy, ...clip } = life.clip;
  const { id, username, userDataId } = poster;
  const recorded: RecordedClip = { ...clip, poster: { id, username } };
  if (userDataId !== undefined) recorded.poster.userDataId = userDataId;
  if (postedBy) recorded.postedBy = { id: postedBy.id };
  return { ...clipStateOf(life), clip: recorded };
}

/** Merges the state from the stored record of an earlier workflow, and marks the record dirty. */
export function adoptRecord(life: Life, adopted: AdoptedState): void {
  if (adopted.facts) life.facts = { ...adopted.facts, ...life.facts };
  adoptPictures(life, adopted);
  if (life.status === 'archiving' && life.thumbnail !== undefined) life.status = 'live';
  writeAfter(life, adopted.revision);
}

/**
 * Marks the record dirty. `revision` is the revision in the bucket, and the next write gets a higher revision than
 * that.
 */
export function writeAfter(life: Life, revision: number): void {
  life.revision = Math.max(life.revision, revision);
  life.dirty = true;
}

/** Copies the details of a message into the clip. Returns true if the clip changed. */
export function takeDetails(life: Life, details: ClipDetails): boolean {
  const before = life.clip;
  life.clip = withDetails(before, details);
  return life.clip !== before;
}

/** Call this when Discord's answer shows that the message or its channel still exists. */
export function forgetSuspicion(life: Life): void {
  // Histories recorded before this patch keep the time of the earlier 404 here. In these histories, the clip ends if
  // the next fetch also gets a 404.
  if (life.goneSuspectedAtMs !== null && patched('forget-suspicion')) life.goneSuspectedAtMs = null;
}

/** The answer to the query `clip`. */
export function viewOf({ life, refreshing }: ClipRun): ClipView {
  return {
    ...clipStateOf(life),
    refreshes: life.refreshes,
    nextRefresh: refreshing || life.nextRefreshMs === null ? null : isoTime(life.nextRefreshMs),
  };
}
