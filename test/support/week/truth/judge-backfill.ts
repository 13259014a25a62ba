import type { Client } from '@temporalio/client';
import { places, type Club, type Place } from '../club/club.ts';
import type { Conditions, Span } from '../trouble/conditions.ts';
import type { Execution } from './executions.ts';
import { trueClips } from './true-clips.ts';

/** What a backfill of everything says in the end. */
export interface BackfillSummary {
  readonly places: {
    readonly found: number;
    readonly done: number;
    readonly known: number;
    readonly failed: number;
    readonly unreadable: number;
    readonly reasons: readonly string[];
  };
}

/** A backfill of everything that has ended. */
export interface BackfillRun extends Span {
  readonly summary: BackfillSummary;
}

interface Facts {
  readonly club: Club;
  readonly conditions: Conditions;
  readonly executions: readonly Execution[];
  /** The number of channels in which the bot may not list all private archived threads. */
  readonly closedLists: number;
}

/**
 * Returns what is wrong with a backfill of everything. It must read each place that was there when it began, unless the
 * bot could not read the place at some moment of the backfill. What it has read, it must have found.
 */
export function judgeBackfill(run: BackfillRun, facts: Facts): string[] {
  const { club, conditions, executions } = facts;
  const children = childrenOf(run, executions);
  const byPlace = new Map(children.map((child) => [channelIdOf(child), child]));
  const unread = places(club).filter(
    ({ id, ownerId }) =>
      createdAtMs(id) < run.fromMs && !conditions.wasHidden(run, ownerId) && !byPlace.has(id),
  );
  const started = new Set(executions.map(({ workflowId }) => workflowId));
  const overlooked = trueClips(club).filter(({ id, exists, channelId, sinceMs }) => {
    const child = byPlace.get(channelId);
    const isRead = child?.status === 'COMPLETED' && sinceMs < child.startedAtMs;
    return exists && isRead && !started.has(`clip-${id}`);
  });
  return [
    ...judgeCounts(run, children, facts),
    ...children
      .filter((child) => child.status !== 'COMPLETED' && !mayFail(child, facts))
      .map(({ workflowId, status }) => `${workflowId} is ${status}, but its channel was readable`),
    ...unread.map(({ id, name }) => `the backfill did not read #${name} (${id})`),
    ...overlooked.map(({ id }) => `clip ${id} was not found by the backfill of its channel`),
  ];
}

function judgeCounts(
  run: BackfillRun,
  children: readonly Execution[],
  { club, conditions, closedLists }: Facts,
): string[] {
  const { found, done, known, failed, unreadable } = run.summary.places;
  const completed = children.filter(({ status }) => status === 'COMPLETED').length;
  const counts = { found, done, failed };
  const expected = {
    found: children.length + known,
    done: completed,
    failed: children.length - completed,
  };
  // Such a thread may be in two of the lists. If it is still being read then, it counts as known.
  const isTurned = club.threadTurns.some(({ atMs }) => atMs >= run.fromMs && atMs <= run.toMs);
  return [
    ...(JSON.stringify(counts) === JSON.stringify(expected)
      ? []
      : [`the backfill counts ${JSON.stringify(counts)} instead of ${JSON.stringify(expected)}`]),
    ...(known === 0 || isTurned ? [] : [`the backfill left ${known} places to other backfills`]),
    // A channel that is hidden while the backfill lists it is unreadable too.
    ...(unreadable === closedLists || conditions.wasHidden(run)
      ? []
      : [`the backfill could not read ${unreadable} places or lists instead of ${closedLists}`]),
  ];
}

/** Returns why backfills of channels have failed, for people. */
export async function failureReasons(
  temporal: Client,
  run: BackfillRun,
  executions: readonly Execution[],
): Promise<string[]> {
  const failures = childrenOf(run, executions).filter(({ status }) => status !== 'COMPLETED');
  return await Promise.all(
    failures.map(async ({ workflowId, runId }) => {
      const reason = await temporal.workflow
        .getHandle(workflowId, runId)
        .result()
        .then(String, (error: unknown) => String((error as Error).cause ?? error));
      return `${workflowId} failed: ${reason}`;
    }),
  );
}

const CHILD_ID = /^backfill-(\d+)$/;

/** Returns the backfills of single channels and threads that the run has started, oldest first. */
function childrenOf({ fromMs, toMs }: Span, executions: readonly Execution[]): Execution[] {
  return executions
    .filter(({ workflowId }) => CHILD_ID.test(workflowId))
    .filter(({ startedAtMs }) => startedAtMs >= fromMs && startedAtMs <= toMs)
    .sort((a, b) => a.startedAtMs - b.startedAtMs);
}

function channelIdOf({ workflowId }: Execution): string {
  return CHILD_ID.exec(workflowId)![1]!;
}

/** A backfill must fail only if the bot could not read the channel meanwhile, or if the thread was deleted. */
function mayFail(child: Execution, { club, conditions }: Facts): boolean {
  const span = { fromMs: child.startedAtMs, toMs: child.endedAtMs ?? Infinity };
  const isOfChild = ({ id }: Place): boolean => id === channelIdOf(child);
  const lost = club.lostThreads.find(isOfChild);
  if (lost !== undefined && lost.lostAtMs <= span.toMs) return true;
  const place = lost ?? places(club).find(isOfChild);
  return place !== undefined && conditions.wasHidden(span, place.ownerId);
}

/** https://docs.discord.com/developers/reference#snowflakes */
function createdAtMs(id: string): number {
  return Number(BigInt(id) >> 22n) + 1_420_070_400_000;
}
