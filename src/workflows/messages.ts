import { defineQuery, defineSignal } from '@temporalio/workflow';
import type { ClipState } from '../clip/state.ts';

/** What an edit of the message changed for one of its clips. */
export interface ClipEdit {
  description: string;
  /** A link signed just now. */
  url: string;
}

/** The message, or the attachment on it, was deleted. */
export const goneSignal = defineSignal('gone');

/** The message was edited and the clip is still on it. */
export const editedSignal = defineSignal<[ClipEdit]>('edited');

/** Fetch a fresh link now: for an operator who gave access back, or who doubts a link. */
export const refreshNowSignal = defineSignal('refreshNow');

/** A clip's state as a person reads it. */
export interface ClipView extends ClipState {
  refreshes: number;
  /** ISO time of the next refresh; null while one is under way. */
  nextRefresh: string | null;
}

export const clipQuery = defineQuery<ClipView>('clip');

/** Counts of a backfill so far, and at its end its result. */
export interface BackfillProgress {
  pages: number;
  messages: number;
  clips: number;
  /** Clips whose workflow this backfill started. */
  started: number;
  /** Clips that had a workflow already. */
  known: number;
  /** ISO time of the oldest message read; null before the first page. */
  reached: string | null;
}

export const progressQuery = defineQuery<BackfillProgress>('progress');

/** Look at the channel's newest history now: ingest was away, or isn't sure. */
export const sweepNowSignal = defineSignal('sweepNow');
