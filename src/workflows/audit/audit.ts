import { ChildWorkflowFailure, WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import {
  allHandlersFinished,
  CancellationScope,
  condition,
  continueAsNew,
  executeChild,
  log,
  ParentClosePolicy,
  patched,
  setCurrentDetails,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow';
import { addAuditCounts, NO_AUDIT_COUNTS } from '../../clip/audit/report.ts';
import type { AuditCounts, AuditReport } from '../../clip/audit/report.ts';
import { shownName } from '../../clip/clip.ts';
import { auditWorkflowId, REQUEST_PRIORITIES } from '../../clip/names.ts';
import type { Place, PlaceCursor, PlaceScope, UnreadablePlace } from '../../clip/places/place.ts';
import { plain } from '../../clip/plain.ts';
import { errorFacts, invalidInput } from '../../errors.ts';
import { isContinued, rejectCarried } from '../inputs.ts';
import { auditProgressQuery } from '../messages.ts';
import { auditPlaceActivities } from '../proxies.ts';
import type { auditChannel } from './channel.ts';
import { rethrowCause } from './failures.ts';
import { parseAuditInput, type AuditInput } from './input.ts';

/** The sum of the audits of several channels. */
export interface AuditSummary extends AuditCounts {
  /** How many channels and threads were audited. */
  channels: number;
  /** How many of them were proven complete. */
  completeChannels: number;
  /** True if all of them were proven complete, and `unreadable` is empty. */
  complete: boolean;
  /**
   * The channels that could not be audited, and the channels of which the bot cannot list all threads, at most
   * MAX_UNREADABLE, with the reason.
   */
  unreadable: UnreadablePlace[];
}

/** The state that an audit carries from run to run. */
interface Carried {
  /** The scopes that are still to be audited. The first of them is being audited. */
  scopes: PlaceScope[];
  /** Where the listing of the first scope goes on; null if it has not begun. */
  cursor: PlaceCursor | null;
  /** The places of the last listed page that are still to be audited. */
  places: Pick<Place, 'channelId' | 'channelName'>[];
  /** The ids of the places that were audited, because scopes may overlap and a listing may name a thread twice. */
  done?: string[];
  summary: AuditSummary;
  /** When the first run began, epoch milliseconds; absent if older code began the audit. */
  startedAtMs?: number;
}

/** Each channel adds about a dozen events to the history. */
const CHANNELS_PER_RUN = 25;

/** So many ids of audited places are carried to the next run. They take 0.4 MB of the 2 MB that Temporal allows. */
const MAX_DONE = 20_000;

/** The result names at most this many reasons. */
const MAX_UNREADABLE = 100;
/** The current details name at most this many reasons. */
const MAX_SHOWN_REASONS = 10;

/**
 * Audits a channel, a guild or all watched channels, one channel after another. If the input names a channel, and
 * nothing but this channel was audited or unreadable, the result is its report.
 * @throws InvalidInput if the input is invalid, or if the only channel or guild cannot be read
 */
export async function audit(
  input: AuditInput,
  carried?: Carried,
): Promise<AuditReport | AuditSummary> {
  const { threads, ...scope } = parseAuditInput(input);
  if (!isContinued()) rejectCarried('audit', carried);
  const { findAuditScopes, listAuditPlaces } = auditPlaceActivities();
  const startedAtMs = carried ? carried.startedAtMs : Date.now();
  let summary: AuditSummary = carried?.summary ?? {
    ...NO_AUDIT_COUNTS,
    channels: 0,
    completeChannels: 0,
    complete: true,
    unreadable: [],
  };
  setHandler(auditProgressQuery, () => summary, { description: 'Counts so far' });
  let places = carried?.places ?? [];
  const done = new Set(carried?.done);
  let cursor = carried?.cursor ?? null;
  let scopes = carried?.scopes ?? (await findAuditScopes(scope).catch(rethrowCause));
  let only: AuditReport | null = null;
  let audited = 0;
  for (;;) {
    const [place, ...others] = places;
    if (place !== undefined && done.has(place.channelId)) {
      places = others;
    } else if (place !== undefined) {
      done.add(place.channelId);
      setCurrentDetails(auditDetails(summary, place.channelName));
      only = await auditPlace(place);
      places = others;
      audited += 1;
    } else {
      const [first, ...later] = scopes;
      if (first === undefined) break;
      const page = await listAuditPlaces({ scope: first, threads, cursor }).catch(toUnreadable);
      places = page.readable;
      addUnreadable(page.unreadable);
      cursor = page.next;
      if (cursor === null) scopes = later;
    }
    // The pages of a listing may have long lists of channels.
    const isLong = audited >= CHANNELS_PER_RUN || workflowInfo().continueAsNewSuggested;
    if (isLong && (places.length > 0 || scopes.length > 0)) {
      await condition(allHandlersFinished);
      await continueAsNew<typeof audit>(input, {
        scopes,
        cursor,
        places,
        done: [...done].slice(-MAX_DONE),
        summary,
        ...(startedAtMs !== undefined && { startedAtMs }),
      });
    }
  }
  setCurrentDetails(auditDetails(summary, null));
  if ('all' in scope && threads) await retireChannels();
  const [unreadable] = summary.unreadable;
  if (summary.channels === 0 && 'channelId' in scope && unreadable?.channelId === scope.channelId) {
    throw invalidInput(unreadable.reason);
  }
  const isSingle = summary.channels === 1 && summary.unreadable.length === 0;
  return isSingle && only !== null && 'channelId' in scope ? only : summary;

  /** Notes which channels are no longer audited. The audit is over, so a failure does not matter: the next one tries again. */
  async function retireChannels(): Promise<void> {
    if (startedAtMs === undefined || !patched('retire-channels')) return;
    try {
      await auditPlaceActivities().retireChannels({ startedAtMs });
    } catch (error) {
      if (CancellationScope.current().consideredCancelled) throw error;
      log.warn(`could not note which channels are no longer audited: ${errorFacts(error).message}`);
    }
  }

  /** Returns null if the channel can't be audited, or if another audit of the channel is running. */
  async function auditPlace({ channelId, channelName }: Carried['places'][0]) {
    try {
      const report = await executeChild<typeof auditChannel>('auditChannel', {
        workflowId: auditWorkflowId(channelId),
        args: [{ channelId }],
        parentClosePolicy: ParentClosePolicy.ABANDON,
        priority: { priorityKey: REQUEST_PRIORITIES.audit },
        staticSummary: `audit of #${shownName(channelName, channelId)}`,
      });
      summary = {
        ...summary,
        ...addAuditCounts(summary, report),
        channels: summary.channels + 1,
        completeChannels: summary.completeChannels + Number(report.complete),
        complete: summary.complete && report.complete,
      };
      return report;
    } catch (error) {
      if (CancellationScope.current().consideredCancelled) throw error;
      const cause = error instanceof ChildWorkflowFailure ? (error.cause ?? error) : error;
      if (isOnlyChannel(channelId)) throw cause;
      const reason =
        cause instanceof WorkflowExecutionAlreadyStartedError
          ? 'another audit of the channel is running: its report will be in the bucket'
          : errorFacts(cause).message;
      // A large server may have more unreadable places than are kept, so this one replaces the last one.
      const kept = summary.unreadable.slice(0, MAX_UNREADABLE - 1);
      const unreadable = [...kept, { channelId, channelName, reason }];
      summary = { ...summary, unreadable, complete: false };
      return null;
    }
  }

  /** A scope that can't be listed must not hold up the others. If it is the only scope, the audit fails. */
  function toUnreadable(error: unknown): Awaited<ReturnType<typeof listAuditPlaces>> {
    const [first] = scopes;
    const isOneOfMany = 'all' in scope && first !== undefined && 'channelId' in first;
    if (!isOneOfMany || CancellationScope.current().consideredCancelled) return rethrowCause(error);
    const { channelId } = first;
    const { message: reason } = errorFacts(error);
    return {
      readable: [],
      unreadable: [{ channelId, channelName: channelId, reason }],
      next: null,
    };
  }

  function isOnlyChannel(channelId: string): boolean {
    const isFirst = summary.channels === 0 && places.length === 1 && scopes.length === 0;
    return 'channelId' in scope && scope.channelId === channelId && isFirst;
  }

  function addUnreadable(found: readonly UnreadablePlace[]): void {
    if (found.length === 0) return;
    const unreadable = [...summary.unreadable, ...found].slice(0, MAX_UNREADABLE);
    summary = { ...summary, unreadable, complete: false };
  }
}

/** Returns the Markdown for "Current Details" in the Web UI. `channelName` is the channel that is audited now. */
export function auditDetails(summary: AuditSummary, channelName: string | null): string {
  const { channels, completeChannels, unreadable, unrepaired } = summary;
  const now = channelName === null ? 'finished' : `now #${shownName(channelName)}`;
  return [
    `**${channels} channels audited**, ${completeChannels} proven complete; ${now}`,
    '',
    `${unrepaired} faults remain, ${unreadable.length} channels or lists of threads could not be read`,
    ...unreadable.slice(0, MAX_SHOWN_REASONS).map(({ reason }) => `- ${plain(reason)}`),
  ].join('\n');
}
