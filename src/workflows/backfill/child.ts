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

/** The name of a child's memo. Older workers ignore a memo, but would refuse a further input. */
const NAME_MEMO = 'listedAs';

/** Returns the memo of the child that reads a place which was just listed. */
export function placeMemo({ channelName }: PlaceToRead): Record<string, string> {
  return { [NAME_MEMO]: channelName };
}

/**
 * Returns the name of the place if the backfill that started this one has listed it, which proves that the bot can read
 * it. Null if older code started this backfill, or a person.
 */
export function listedName(): string | null {
  const { parent, memo } = workflowInfo();
  const name = parent && memo?.[NAME_MEMO];
  return typeof name === 'string' ? name : null;
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
