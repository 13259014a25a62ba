import {
  archiveOrReviveThread,
  deleteInBulk,
  deleteMessage,
  deleteThread,
  editMessage,
  idle,
  openThread,
  post,
} from './club/actions.ts';
import { CLIP_FORMS, type Form } from './club/posts.ts';
import { Dice } from './dice.ts';
import { FULL_MESSAGES } from './options.ts';
import { pause } from '../wait.ts';
import {
  checkLedger,
  refreshAll,
  resultOf,
  revisions,
  runFault,
  settle,
  type Week,
  type WeekResult,
} from './run-seed.ts';
import { trueClips } from './truth/true-clips.ts';
import { DISCORD_FAULTS, PROCESS_FAULTS, renewSession, turnOffIntent } from './trouble/faults.ts';

/** How large a full week is. */
export interface Size {
  readonly messages: number;
  /** How many of them were posted in the months before Everclip starts. Only a backfill finds these. */
  readonly historyMessages: number;
  readonly threads: number;
}

export const FULL_SIZE: Size = { messages: FULL_MESSAGES, historyMessages: 200, threads: 12 };

const CLIP_PART = 0.15;
const DAY_MS = 86_400_000;
const MAX_HISTORY_DAYS = 200;
/** The longest pauses between two actions, and between two faults, in milliseconds. */
const MAX_ACTION_MS = 120;
const MAX_CALM_MS = 4000;
/** The longest time that a fault lasts, in milliseconds. */
const MAX_FAULT_MS = 4000;
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

/** A week with many messages, while processes and Discord fail at random. */
export async function liveFullWeek(week: Week, size: Size = FULL_SIZE): Promise<WeekResult> {
  const { stack, club, dice } = week;
  // Without this permission, the bot can list only those private threads that it was added to.
  const mayListAll = dice.chance(0.5);
  if (mayListAll) club.emulator.allow(club.channels[0]!.id, 'MANAGE_THREADS');
  for (let threads = 0; threads < size.threads; threads++) openThread(week);
  for (let messages = 0; messages < size.historyMessages; messages++) postHistory(week);
  for (let threads = 0; threads < size.threads / 3; threads++) archiveOrReviveThread(week);
  await Promise.all([stack.worker.start(), stack.ingest.start()]);

  const faults = startFaults(week);
  const backfillAt = dice.count(size.historyMessages, size.messages);
  for (let posted = size.historyMessages; posted < size.messages; posted++) {
    if (posted === backfillAt) await startBackfill(week);
    post(week, randomForm(dice));
    act(week);
    await idle(week, MAX_ACTION_MS);
    if (faults.failure !== null) throw faults.failure;
  }
  await faults.stop();
  checkLedger(club);
  return resultOf(week, await settleWeek(week, mayListAll));
}

function postHistory(week: Week): void {
  const { club, dice } = week;
  const timestamp = new Date(Date.now() - dice.between(1, MAX_HISTORY_DAYS) * DAY_MS);
  post(week, randomForm(dice), { place: dice.pick(club.channels), timestamp });
}

function randomForm(dice: Dice): Form {
  if (dice.chance(CLIP_PART)) return dice.pick(CLIP_FORMS);
  return dice.chance(0.9) ? 'chatter' : 'picture';
}

/** How often each action follows a post. */
const ACTIONS = {
  nothing: 40,
  edit: 8,
  deletion: 1.5,
  bulk: 0.2,
  refresh: 1,
  newThread: 0.4,
  archive: 1,
  lostThread: 0.05,
};

/** Does something else than posting, now and then. */
function act(week: Week): void {
  const action = week.dice.pickWeighted(ACTIONS);
  if (action === 'edit') editMessage(week);
  if (action === 'deletion') deleteMessage(week);
  if (action === 'bulk') deleteInBulk(week);
  if (action === 'newThread') openThread(week);
  if (action === 'archive') archiveOrReviveThread(week);
  if (action === 'lostThread') deleteThread(week);
  if (action === 'refresh') refreshSome(week);
}

/** The time has come for one of the clips to refresh its link. */
function refreshSome({ stack, club, dice }: Week): void {
  const clips = trueClips(club);
  if (clips.length === 0) return;
  const { id } = dice.pick(clips);
  // The clip may have ended, and Temporal may be dead.
  stack.temporal.workflow
    .getHandle(`clip-${id}`)
    .signal('refreshNow')
    .catch(() => undefined);
}

async function startBackfill({ stack }: Week): Promise<void> {
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
      await pause(MAX_FAULT_MS);
    }
  }
}

interface RunningFaults {
  /** Why the faults ended too early; null if they did not. */
  readonly failure: Error | null;
  /** Ends the faults. Afterwards everything runs and nothing is denied. */
  stop(): Promise<void>;
}

/** Lets the processes and Discord fail at random, each one fault after the other. */
function startFaults(week: Week): RunningFaults {
  let failure: Error | null = null;
  let isOver = false;
  // Each has its own dice, because the order in which three loops would use the same dice is not certain.
  const processDice = new Dice(week.dice.count(1, 1e9));
  const discordDice = new Dice(week.dice.count(1, 1e9));

  async function loop(dice: Dice, runNext: (context: Week) => Promise<void>): Promise<void> {
    const own = { ...week, dice };
    while (!isOver) {
      await idle(own, MAX_CALM_MS);
      await runNext(own);
    }
  }
  const processes = loop(processDice, async (own) => {
    const meanwhile = () => idle(own, MAX_FAULT_MS);
    if (own.dice.chance(0.1)) await runFault(own, { turnOffIntent }, 'turnOffIntent', meanwhile);
    else await runFault(own, PROCESS_FAULTS, own.dice.pick(names(PROCESS_FAULTS)), meanwhile);
  });
  const discord = loop(discordDice, async (own) => {
    const name = own.dice.pick(names(DISCORD_FAULTS));
    // Without the intent, Discord refuses new sessions, and ingest ends.
    if (own.conditions.isIntentOff) return;
    await runFault(own, DISCORD_FAULTS, name, () => idle(own, MAX_FAULT_MS));
  });
  const loops = Promise.all([processes, discord]).catch((error: unknown) => {
    failure = error instanceof Error ? error : new Error(String(error));
    isOver = true;
  });
  return {
    get failure() {
      return failure;
    },
    async stop() {
      isOver = true;
      await loops;
      if (failure !== null) throw failure;
    },
  };
}

function names<Name extends string>(faults: Readonly<Record<Name, unknown>>): Name[] {
  return Object.keys(faults) as Name[];
}

/**
 * Lets a day pass, in which each clip refreshes its link and each channel is swept, and then audits everything. Returns
 * the differences that remain.
 */
async function settleWeek(week: Week, mayListAll: boolean): Promise<string[]> {
  await renewSession(week);
  // The first refresh finds deletions, which the clips confirm a minute later.
  await refreshAll(week);
  await pause(QUIET_MS);
  const missed = await untilFound(week);
  const audit = await auditAll(week, missed.expected, mayListAll);
  const before = await revisions(week);
  await refreshAll(week);
  const differences = await settle(week, before, STALL_MS);
  return [...missed.differences, ...audit, ...differences];
}

/**
 * Waits until each clip has a workflow. A private thread that was archived while ingest was deaf is an exception: only
 * an audit finds its clips, because ingest lists only public archived threads (README.md).
 */
async function untilFound(
  week: Week,
): Promise<{ expected: number; differences: readonly string[] }> {
  const { club, look } = week;
  const privateThreads = new Set(
    club.threads.filter(({ isPrivate }) => isPrivate).map(({ id }) => id),
  );
  const deadlineMs = Date.now() + FOUND_TIMEOUT_MS;
  for (;;) {
    const { executions } = await look();
    const known = new Set(executions.map(({ workflowId }) => workflowId));
    const missing = trueClips(club).filter(({ id, exists }) => exists && !known.has(`clip-${id}`));
    const lost = missing.filter(({ channelId }) => !privateThreads.has(channelId));
    const isBackfilled = executions.some(
      ({ workflowId, status }) => workflowId === BACKFILL && status === 'COMPLETED',
    );
    if (isBackfilled && lost.length === 0) return { expected: missing.length, differences: [] };
    if (Date.now() > deadlineMs) {
      const differences = lost.map(({ id }) => `clip ${id} was found by no sweep and no backfill`);
      if (!isBackfilled) differences.push('the backfill has not ended');
      return { expected: missing.length, differences };
    }
    await pause(MAX_FAULT_MS);
  }
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
  const summary = await Promise.race([
    audit.result() as Promise<AuditSummary>,
    pause(AUDIT_TIMEOUT_MS).then(() => null),
  ]);
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
