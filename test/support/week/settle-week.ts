import { pause, valueOrNull } from '../wait.ts';
import { refreshAll, revisions, runFault, settle, type Week } from './run-seed.ts';
import { PROCESS_FAULTS } from './trouble/faults.ts';
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

/** Backfills everything. */
export async function startBackfill({ stack }: Week): Promise<void> {
  const start = () =>
    stack.temporal.workflow.start('backfill', {
      taskQueue: stack.taskQueue,
      workflowId: BACKFILL,
      args: [{ all: true }],
    });
  for (;;) {
    try {
      await start();
      return;
    } catch {
      // Temporal may be dead at the moment.
      await pause(POLL_MS);
    }
  }
}

/** What the end of a week depends on. */
interface Beginning {
  readonly mayListAll: boolean;
  /** From then on, a sweep or the gateway finds each clip. */
  readonly watchedSinceMs: number;
}

/**
 * Lets a day pass, in which each clip refreshes its link and ingest starts again, which sweeps each channel. Then runs
 * the backfill again if it could not read a channel, and audits everything. Returns the differences that remain.
 */
export async function settleWeek(
  week: Week,
  { mayListAll, watchedSinceMs }: Beginning,
): Promise<string[]> {
  // The first refresh finds deletions, which the clips confirm a minute later.
  await refreshAll(week);
  await pause(QUIET_MS);
  await runFault(week, PROCESS_FAULTS, 'restartIngest', () => Promise.resolve());
  const isLive = (clip: TrueClip) => postedAtMs(clip) >= watchedSinceMs;
  const unswept = await untilFound(week, (clip) => isLive(clip) && !wasAdded(clip));
  const unread = await finishBackfill(week, mayListAll);
  const unfound = await untilFound(week, (clip) => !isLive(clip) && !wasAdded(clip));
  const missing = (await missingClips(week)).length;
  const audit = await auditAll(week, missing, mayListAll);
  const before = await revisions(week);
  await refreshAll(week);
  const differences = await settle(week, before, STALL_MS);
  return [
    ...unswept.map(({ id }) => `clip ${id} was found by no sweep`),
    ...unread,
    ...unfound.map(({ id }) => `clip ${id} was found by no backfill`),
    ...audit,
    ...differences,
  ];
}

function postedAtMs({ versions }: TrueClip): number {
  return Date.parse(versions[0]!.message.timestamp);
}

/**
 * True if the message showed the clip only after an edit. If ingest does not hear of the edit, only an audit finds the
 * clip, because a sweep reads each message once (docs/design.md).
 */
function wasAdded({ versions }: TrueClip): boolean {
  return versions[0]!.message.edited_timestamp !== null;
}

async function missingClips({ club, look }: Week): Promise<TrueClip[]> {
  const { executions } = await look();
  const known = new Set(executions.map(({ workflowId }) => workflowId));
  return trueClips(club).filter(({ id, exists }) => exists && !known.has(`clip-${id}`));
}

/**
 * Waits until each of these clips has a workflow. Returns those that have none in the end. A private thread that was
 * archived while ingest was deaf is an exception: only a backfill or an audit finds its clips, because ingest lists only
 * public archived threads (README.md).
 */
async function untilFound(week: Week, isWanted: (clip: TrueClip) => boolean): Promise<TrueClip[]> {
  const privateThreads = new Set(
    week.club.threads.filter(({ isPrivate }) => isPrivate).map(({ id }) => id),
  );
  const deadlineMs = Date.now() + FOUND_TIMEOUT_MS;
  for (;;) {
    const missing = (await missingClips(week)).filter(
      (clip) => isWanted(clip) && !privateThreads.has(clip.channelId),
    );
    if (missing.length === 0 || Date.now() > deadlineMs) return missing;
    await pause(POLL_MS);
  }
}

interface BackfillSummary {
  places: { known: number; failed: number; unreadable: number; reasons: string[] };
}

/**
 * Waits until the backfill has ended. A backfill tells how many channels the bot could not read. If a channel was hidden
 * meanwhile, runs the backfill again. Returns the differences.
 */
async function finishBackfill(week: Week, mayListAll: boolean): Promise<string[]> {
  const wasHidden = week.faults.has('hideChannel');
  let end = await endOfBackfill(week);
  if (end !== null && wasHidden && end.places.failed + end.places.unreadable > 0) {
    await startBackfill(week);
    end = await endOfBackfill(week);
  }
  if (end === null) return ['the backfill has not ended'];
  const { known, failed, unreadable } = end.places;
  // The list of private archived threads is denied to a bot that may not list all of them.
  if (known + failed === 0 && (unreadable === 0 || !mayListAll)) return [];
  return [`the backfill left out channels: ${JSON.stringify(end.places)}`];
}

async function endOfBackfill({ stack }: Week): Promise<BackfillSummary | null> {
  const result = stack.temporal.workflow.getHandle(BACKFILL).result() as Promise<BackfillSummary>;
  return await valueOrNull(result, FOUND_TIMEOUT_MS);
}

interface AuditSummary {
  started: number;
  repaired: { records: number; thumbnails: number };
  unrepaired: number;
  complete: boolean;
}

/**
 * Audits everything. The audit must start the missing clips and find nothing else to do. It is complete only if the bot
 * may list all threads.
 */
async function auditAll({ stack }: Week, missing: number, mayListAll: boolean): Promise<string[]> {
  const audit = await stack.temporal.workflow.start('audit', {
    taskQueue: stack.taskQueue,
    workflowId: 'audit-everything',
    args: [{ all: true }],
  });
  const summary = await valueOrNull(audit.result() as Promise<AuditSummary>, AUDIT_TIMEOUT_MS);
  if (summary === null) return ['the audit has not ended'];
  // `ended` is left open: a clip that its refresh found deleted may still wait for the second fetch.
  const { started, repaired, unrepaired, complete } = summary;
  const found = { started, ...repaired, unrepaired, complete };
  const expected = {
    started: missing,
    records: 0,
    thumbnails: 0,
    unrepaired: 0,
    complete: mayListAll,
  };
  return JSON.stringify(found) === JSON.stringify(expected)
    ? []
    : [`the audit found ${JSON.stringify(found)} instead of ${JSON.stringify(expected)}`];
}
