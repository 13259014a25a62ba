import { patched } from '@temporalio/workflow';
import type { Clip } from '../../clip/clip.ts';
import { leaseOf } from '../../clip/lease.ts';
import type { AdoptedState, ClipState, ClipStatus, RecordState } from '../../clip/state.ts';
import type { ClipEdit, ClipView } from '../messages.ts';
import { isoTime } from '../time-text.ts';

/** All that a clip's workflow carries from run to run. */
export interface Life extends ClipState {
  refreshes: number;
  /** The record has been written once, so there is nothing to adopt any more. */
  recorded: boolean;
  /** The record must be written (again). */
  dirty: boolean;
  userSaved: boolean;
  thumbnailTries: number;
  /** Epoch milliseconds; null: not known yet. */
  nextRefreshMs: number | null;
  /** Why the workflow waits until then. */
  waitingFor: string;
  /** When a fetch first did not find the message, epoch milliseconds: asked once more before it is believed. */
  goneSuspectedAtMs: number | null;
  /** What the search attributes say, so that they are written only when they change. */
  published: { status: ClipStatus; expiresAt: number | null };
}

/** A clip's state when its workflow starts, as its starter told it to the search attributes. */
export function newLife(clip: Clip): Life {
  return {
    clip,
    status: 'archiving',
    revision: 0,
    refreshes: 0,
    recorded: false,
    dirty: true,
    userSaved: false,
    thumbnailTries: 0,
    nextRefreshMs: null,
    waitingFor: '',
    goneSuspectedAtMs: null,
    published: { status: 'archiving', expiresAt: leaseOf(clip.url)?.expiresAt ?? null },
  };
}

/** Of a life, the clip's state: what carries it from run to run is nobody else's business. */
export function stateOf(life: Life): ClipState {
  const { clip, status, revision, facts, thumbnail, thumbnailError, deletedAtMs } = life;
  return {
    clip,
    status,
    revision,
    ...(facts && { facts }),
    ...(thumbnail !== undefined && { thumbnail }),
    ...(thumbnailError && { thumbnailError }),
    ...(deletedAtMs !== undefined && { deletedAtMs }),
  };
}

/** Of a life, what its record is made of: an activity's input holds nothing else. */
export function recordStateOf(life: Life): RecordState {
  const { channelName: _, guildName: __, poster, ...clip } = life.clip;
  const { id, username } = poster;
  return { ...stateOf(life), clip: { ...clip, poster: { id, username } } };
}

/** Takes over what the stored record of an earlier workflow knows. */
export function adopt(life: Life, adopted: AdoptedState): void {
  if (adopted.facts) life.facts = { ...adopted.facts, ...life.facts };
  if (adopted.thumbnail !== undefined) life.thumbnail ??= adopted.thumbnail;
  writeAfter(life, adopted.revision);
}

/** Has the record written once more, as a revision later than the one that stands in the bucket. */
export function writeAfter(life: Life, revision: number): void {
  life.revision = Math.max(life.revision, revision);
  life.dirty = true;
}

/** One sentence for whoever started a clip by hand with the wrong input; null where it will do. */
export function faultOf(clip: Partial<Clip> | undefined): string | null {
  const missing = (
    ['messageId', 'attachmentId', 'channelId', 'url', 'filename', 'poster'] as const
  ).filter((name) => !clip?.[name]);
  return missing.length === 0
    ? null
    : `archiveClip needs a clip with ${missing.join(', ')}: start clips with a backfill of their channel instead`;
}

/** Takes an edit of the message: the record is written again only where it changes something. */
export function takeEdit(life: Life, { description, url }: ClipEdit): void {
  const { clip } = life;
  forgetSuspicion(life);
  if (description !== clip.description) {
    clip.description = description;
    life.dirty = true;
  }
  const [now, then] = [leaseOf(clip.url), leaseOf(url)];
  if (now && then && then.expiresAt > now.expiresAt) {
    clip.url = url;
    life.nextRefreshMs = null;
    life.dirty = true;
  }
}

/** To be called where Discord speaks of the message, or of its channel, as of one that is there. */
export function forgetSuspicion(life: Life): void {
  // Runs of before this rule ended where this one goes on.
  if (life.goneSuspectedAtMs !== null && patched('forget-suspicion')) life.goneSuspectedAtMs = null;
}

/** The answer to the query `clip`. */
export const viewOf = (life: Life, refreshing: boolean): ClipView => ({
  ...stateOf(life),
  refreshes: life.refreshes,
  nextRefresh: refreshing || life.nextRefreshMs === null ? null : isoTime(life.nextRefreshMs),
});
