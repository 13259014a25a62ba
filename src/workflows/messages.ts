import { defineQuery, defineSignal, defineUpdate } from '@temporalio/workflow';
import type { AuditCounts } from '../clip/audit/report.ts';
import type { UnreadablePlace } from '../clip/places/place.ts';
import type { ClipRepair } from '../clip/audit/repair.ts';
import type { ClipDetails } from '../clip/message/details.ts';
import type { ClipState } from '../clip/state.ts';

/** The fields of a clip that an edit of its message can change. */
export interface ClipEdit {
  description: string;
  /** A freshly signed link. */
  url: string;
  /** The other details of the clip that the message contains; absent if an older ingest process sent the edit. */
  details?: ClipDetails;
}

/**
 * The message or its attachment was deleted. If the signal names a channel, only a clip of this channel ends. The clips
 * of a deleted channel are found through the keys in the bucket, which anybody with access to the bucket can forge.
 */
export const goneSignal = defineSignal<[channelId?: string]>('gone');

/** The message was edited, and the clip is still in it. */
export const editedSignal = defineSignal<[ClipEdit]>('edited');

/** Fetch a fresh link now. Operators send this signal after they restore access or if they doubt a link. */
export const refreshNowSignal = defineSignal('refreshNow');

/**
 * Write the record again, and with `pictures` also make the thumbnail and the poster image again. Audits send this signal
 * if these objects are missing or damaged in the bucket.
 */
export const repairSignal = defineSignal<[ClipRepair]>('repair');

export interface FreshLinkInput {
  /** For how many minutes the link must still be valid, from 0 to 1,440; 10 if absent. */
  minMinutes?: number;
}

/**
 * A link that is valid for at least as long as asked. If the link's whole lease is shorter than that, at least a third
 * of the lease is left. If Discord has just returned a link that is valid for a shorter time, the result is that link.
 */
export interface FreshLink {
  url: string;
  /** Epoch seconds; null if the link has no expiry. */
  expiresAt: number | null;
}

/**
 * Returns a link of a clip that will still be valid for some time. Fetches a fresh link only if necessary. Fails with
 * InvalidInput, MessageGone (the clip was deleted), AccessLost or LinkUnavailable. The input may be left out.
 */
export const freshLinkUpdate = defineUpdate<FreshLink, [FreshLinkInput]>('freshLink');

/** A clip's state in a form that people can read. */
export interface ClipView extends ClipState {
  refreshes: number;
  /** ISO time of the next refresh; null while a refresh is running. */
  nextRefresh: string | null;
}

export const clipQuery = defineQuery<ClipView>('clip');

/** The counts of a backfill so far, and its result at the end. */
export interface BackfillProgress {
  pages: number;
  messages: number;
  clips: number;
  /** Clips whose workflow this backfill started. */
  started: number;
  /** Clips that already had a workflow. */
  known: number;
  /** ISO time of the oldest message read; null before the first page. */
  reached: string | null;
  /** Absent if the backfill reads a single channel and has listed all of its threads. */
  places?: PlaceCounts;
  /** What Discord's search found before the pages got there. Absent if nothing was searched. */
  search?: SearchCounts | undefined;
}

/**
 * How many clips a backfill found with Discord's search. The pages find the same clips again, and count the started ones
 * as known.
 */
export interface SearchCounts {
  /** Each answer of the search counts as a page. */
  pages: number;
  clips: number;
  /** Clips whose workflow was started. */
  started: number;
}

/** How far a backfill of more than one channel or thread has come. */
export interface PlaceCounts {
  /** How many channels and threads that the bot can read were found so far. */
  found: number;
  /** How many of these were read to the end. */
  done: number;
  /** How many of these another backfill was already reading, and still reads at the end. */
  known: number;
  /** How many of these could not be read to the end. */
  failed: number;
  /** How many other channels and threads the bot cannot read, and how many lists of threads it cannot read. */
  unreadable: number;
  /** Why channels and threads are missing, one sentence each; at most 20. */
  reasons: string[];
}

/**
 * What an audit has counted so far. `audit` counts only what it has finished: `channels` channels and threads, without
 * those that are `unreadable`. The answer of `auditChannel` lacks these two fields.
 */
export type AuditProgress = AuditCounts & {
  channels?: number;
  unreadable?: UnreadablePlace[];
};

/** The counts of an audit so far. */
export const auditProgressQuery = defineQuery<AuditProgress>('progress');

export const progressQuery = defineQuery<BackfillProgress>('progress');

/** The counts of a backfill, for the backfill that started it. */
export interface PlaceProgress {
  channelId: string;
  progress: BackfillProgress;
}

export const placeProgressSignal = defineSignal<[PlaceProgress]>('placeProgress');

/** These people may have no clip left. The signal carries hashes of the ids of their user data (`hashOfId`). */
export const maybeUnusedSignal = defineSignal<[string[]]>('maybeUnused');

/**
 * Read the channel's newest messages now. Ingest sends this signal after a gap in its gateway session. The argument is the
 * id of the channel's newest message, if ingest knows it for sure. A sweep that has read that message has nothing to do.
 */
export const sweepNowSignal = defineSignal<[newestId?: string]>('sweepNow');
