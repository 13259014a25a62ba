import { pause, valueOrNull } from '../wait.ts';
import { places } from './club/club.ts';
import { refreshAll, revisions, runFault, settle, type Week } from './run-seed.ts';
import { PROCESS_FAULTS } from './trouble/faults.ts';
import {
  failureReasons,
  judgeBackfill,
  type BackfillRun,
  type BackfillSummary,
} from './truth/judge-backfill.ts';
import { explainDifferences } from './truth/executions.ts';
import { trueClips, type TrueClip } from './truth/true-clips.ts';

/**
 * After Discord has denied access to a channel, a worker sends no requests for the channel for a minute. After an edit
 * is passed on, ingest holds the next edit of the message for half a minute.
 */
const QUIET_MS = 62_000;
/** A clip that only a refresh finds deleted is fetched again a minute later. */
const STALL_MS = 180_000;
const FOUND_TIMEOUT_MS = 400_000;
const AUDIT_TIMEOUT_MS = 400_000;
const BACKFILL = 'backfill-everything';
const POLL_MS = 4000;

/** A backfill that was started. */
export interface StartedBackfill {
  readonly runId: string;
  /** Epoch milliseconds. */
  readonly startedAtMs: number;
}

/** Backfills everything. */
export async function startBackfill({ stack }: Week): Promise<StartedBackfill> {
  for (;;) {
    const startedAtMs = Date.now();
    try {
      const handle = await stack.temporal.workflow.start('backfill', {
        taskQueue: stack.taskQueue,
        workflowId: BACKFILL,
        args: [{ all: true }],
        // A killed server may have started the backfill before it could say so.
        workflowIdConflictPolicy: 'USE_EXISTING',
      });
      return { runId: handle.firstExecutionRunId, startedAtMs };
    } catch {
      // Temporal may be dead at the moment.
      await pause(POLL_MS);
    }
  }
}

/** What the end of a week depends on. */
interface Beginning {
  /** True if the bot may list all private archived threads. */
  readonly mayListAll: boolean;
  /** From then on, a sweep or the gateway finds each clip. */
  readonly watchedSinceMs: number;
  readonly backfill: StartedBackfill;
}

/** How a week ended. */
interface Ending {
  readonly differences: readonly string[];
  /** What happened as the docs say, but is worth knowing. */
  readonly notes: readonly string[];
}

/**
 * Lets a day pass, in which each clip refreshes its link and ingest starts again, which sweeps each channel. Then runs
 * the backfill again if a channel was hidden from it, and audits everything.
 */
export async function settleWeek(week: Week, beginning: Beginning): Promise<Ending> {
  const { mayListAll, watchedSinceMs, backfill } = beginning;
  // Only text channels have private threads.
  const closedLists = mayListAll ? 0 : week.club.privateParents;
  // The first refresh finds deletions, which the clips confirm a minute later.
  await refreshAll(week);
  await pause(QUIET_MS);
  await runFault(week, PROCESS_FAULTS, 'restartIngest', () => Promise.resolve());
  const unswept = await untilFound(week, (clip) => mustBeKnown(week, clip, watchedSinceMs));
  const backfilled = await finishBackfill(week, backfill, closedLists);
  const missing = (await missingClips(week)).length;
  const audit = await auditAll(week, missing, closedLists);
  const before = await revisions(week);
  await refreshAll(week);
  const differences = await settle(week, before, STALL_MS);
  const notes = await explainDifferences(week.stack.temporal, differences);
  return {
    differences: [
      ...unswept.map(({ id }) => `clip ${id} was found neither by a sweep nor by the gateway`),
      ...backfilled.differences,
      ...audit,
      ...differences,
    ],
    notes: [...backfilled.notes, ...notes],
  };
}

/**
 * True if ingest must have heard of the clip or a sweep must have found it. If ingest did not hear of an edit that added a
 * clip, only a backfill or an audit finds the clip, because a sweep reads each message once (docs/design.md). The same
 * holds for a private thread that was archived while ingest was deaf, because ingest lists only public archived threads
 * (README.md).
 */
function mustBeKnown(
  { conditions, club }: Week,
  { news, sinceMs, channelId, versions }: TrueClip,
  watchedSinceMs: number,
): boolean {
  if (news.isHeard && !conditions.mayHaveForgotten(sinceMs, news.isHeld)) return true;
  const isPrivate = club.threads.some(({ id, isPrivate }) => isPrivate && id === channelId);
  const isLive = Date.parse(versions[0]!.message.timestamp) >= watchedSinceMs;
  return isLive && !news.isEdit && !isPrivate;
}

async function missingClips({ club, look }: Week): Promise<TrueClip[]> {
  const { executions } = await look();
  const known = new Set(executions.map(({ workflowId }) => workflowId));
  return trueClips(club).filter(({ id, exists }) => exists && !known.has(`clip-${id}`));
}

/** Waits until each of these clips has a workflow. Returns those that have none in the end. */
async function untilFound(week: Week, isWanted: (clip: TrueClip) => boolean): Promise<TrueClip[]> {
  const deadlineMs = Date.now() + FOUND_TIMEOUT_MS;
  for (;;) {
    const missing = (await missingClips(week)).filter(isWanted);
    if (missing.length === 0 || Date.now() > deadlineMs) return missing;
    await pause(POLL_MS);
  }
}

/** Waits until the backfill has ended. If a channel was hidden meanwhile, runs the backfill again. */
async function finishBackfill(
  week: Week,
  started: StartedBackfill,
  closedLists: number,
): Promise<Ending> {
  const first = await judgeEnd(week, started, closedLists);
  if (first.run === null || !week.conditions.wasHidden(first.run)) return first;
  const second = await judgeEnd(week, await startBackfill(week), closedLists);
  return {
    differences: [...first.differences, ...second.differences],
    notes: [...first.notes, ...second.notes],
  };
}

/** Waits until a backfill has ended, and judges it. */
async function judgeEnd(
  { stack, club, conditions, look }: Week,
  { runId, startedAtMs }: StartedBackfill,
  closedLists: number,
): Promise<Ending & { run: BackfillRun | null }> {
  const { temporal } = stack;
  const result = temporal.workflow.getHandle(BACKFILL, runId).result() as Promise<BackfillSummary>;
  const summary = await valueOrNull(result, FOUND_TIMEOUT_MS);
  if (summary === null) {
    return { run: null, differences: ['the backfill has not ended'], notes: [] };
  }
  const { executions } = await look();
  const ends = executions.filter(({ workflowId }) => workflowId === BACKFILL);
  const toMs = Math.max(...ends.map(({ endedAtMs }) => endedAtMs ?? Date.now()));
  const run = { fromMs: startedAtMs, toMs, summary };
  const differences = judgeBackfill(run, { club, conditions, executions, closedLists });
  const notes = await failureReasons(temporal, run, executions);
  const { reasons } = summary.places;
  const told = reasons.map((reason) => `the backfill says: ${reason}`);
  return { run, differences, notes: [...notes, ...told] };
}

interface AuditSummary {
  started: number;
  repaired: { records: number; thumbnails: number };
  unrepaired: number;
  channels: number;
  completeChannels: number;
  unreadable: unknown[];
  complete: boolean;
}

/**
 * Audits everything. The audit must read each place, start the missing clips and find nothing else to do. It is complete
 * only if the bot may list all threads.
 */
async function auditAll(
  { stack, club }: Week,
  missing: number,
  closedLists: number,
): Promise<string[]> {
  const audit = await stack.temporal.workflow.start('audit', {
    taskQueue: stack.taskQueue,
    workflowId: 'audit-everything',
    args: [{ all: true }],
  });
  const summary = await valueOrNull(audit.result() as Promise<AuditSummary>, AUDIT_TIMEOUT_MS);
  if (summary === null) return ['the audit has not ended'];
  // `ended` is left open: a clip that its refresh found deleted may still wait for the second fetch.
  const { started, repaired, unrepaired, channels, completeChannels, complete } = summary;
  const found = {
    started,
    ...repaired,
    unrepaired,
    channels,
    completeChannels,
    unreadable: summary.unreadable.length,
    complete,
  };
  const all = places(club).length;
  const expected = {
    started: missing,
    records: 0,
    thumbnails: 0,
    unrepaired: 0,
    channels: all,
    completeChannels: all,
    unreadable: closedLists,
    complete: closedLists === 0,
  };
  return JSON.stringify(found) === JSON.stringify(expected)
    ? []
    : [`the audit found ${JSON.stringify(found)} instead of ${JSON.stringify(expected)}`];
}
