import { ChildWorkflowFailure, workflowInfo } from '@temporalio/workflow';
import { shownName } from '../../clip/clip.ts';
import { backfillWorkflowId } from '../../clip/names.ts';
import { applicationFailure, errorFacts } from '../../errors.ts';
import type { BackfillInput } from '../backfill-input.ts';

/** A channel or thread that a child workflow reads. */
export interface PlaceToRead {
  channelId: string;
  channelName: string;
}

/** How many of the places that follow a child gets to know. Its three neighbours may have begun some of them. */
const NEXT_PLACES = 6;

/** What a child knows of the place that it reads. Older workers ignore a memo, but would refuse a further input. */
export interface PlaceMemo extends Record<string, unknown> {
  /** The name of the place. Its backfill has just listed it as readable. */
  listedAs: string;
  /** The ids of the places that are probably read next, in order. Absent if the backfill has an upper bound. */
  nextPlaces?: string[];
}

/** Returns the memo of the child that reads a place which was just listed, while the places of `waiting` wait. */
export function placeMemo(
  { before }: BackfillInput,
  { channelName }: PlaceToRead,
  waiting: readonly PlaceToRead[],
): PlaceMemo {
  const nextPlaces = waiting.slice(0, NEXT_PLACES).map(({ channelId }) => channelId);
  return { listedAs: channelName, ...(before === undefined && { nextPlaces }) };
}

/** Returns the memo of this child, or null if older code started this backfill, or a person. */
export function readPlaceMemo(): PlaceMemo | null {
  const { parent, memo } = workflowInfo();
  return parent && typeof memo?.listedAs === 'string' ? (memo as PlaceMemo) : null;
}

/** The reason why a place may be incomplete that another backfill is still reading. */
export function stillBusy({ channelId, channelName }: PlaceToRead): string {
  return `#${shownName(channelName, channelId)}: another backfill is still reading it, perhaps with other bounds: run the backfill again after it`;
}

/** Returns the reason of a child's failure, such as the missing permission. */
export function failureReason(error: unknown): string {
  const cause = error instanceof ChildWorkflowFailure ? (error.cause ?? error) : error;
  return errorFacts(applicationFailure(cause) ?? cause).message;
}

/** The input of the backfill of one channel or thread. */
export function placeInput(input: BackfillInput, channelId: string): BackfillInput {
  const { before, after, revive } = input;
  return {
    channelId,
    threads: false,
    ...(before !== undefined && { before }),
    ...(after !== undefined && { after }),
    ...(revive !== undefined && { revive }),
  };
}

/**
 * People start the backfill of a guild as `backfill-<guildId>`. In old guilds, a channel has the same id as the guild,
 * so that channel's backfill gets another workflow id.
 */
export function childWorkflowId(channelId: string): string {
  const workflowId = backfillWorkflowId(channelId);
  return workflowId === workflowInfo().workflowId ? `${workflowId}-channel` : workflowId;
}
