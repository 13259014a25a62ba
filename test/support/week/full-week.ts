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
import { until } from '../wait.ts';
import { checkLedger, resultOf, runFault, type Week, type WeekResult } from './run-seed.ts';
import { settleWeek, startBackfill, type StartedBackfill } from './settle-week.ts';
import { DISCORD_FAULTS, PROCESS_FAULTS, turnOffIntent } from './trouble/faults.ts';
import { trueClips } from './truth/true-clips.ts';

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
  await untilWatched(week);
  const watchedSinceMs = Date.now();

  const faults = startFaults(week);
  const backfillAt = dice.count(size.historyMessages, size.messages - 1);
  let backfill: StartedBackfill | null = null;
  for (let posted = size.historyMessages; posted < size.messages; posted++) {
    if (posted === backfillAt) backfill = await startBackfill(week);
    post(week, randomForm(dice));
    act(week);
    await idle(week, MAX_ACTION_MS);
    if (faults.failure !== null) throw faults.failure;
  }
  await faults.stop();
  checkLedger(club);
  if (backfill === null) throw new Error('the backfill was not started');
  const ending = await settleWeek(week, { mayListAll, watchedSinceMs, backfill });
  return resultOf(week, ending.differences, ending.notes);
}

/**
 * Waits until each channel has a sweep. A channel's first sweep begins at the channel's newest message, so only a
 * backfill finds clips that were posted before it.
 */
async function untilWatched({ club, look }: Week): Promise<void> {
  await until('the first sweeps', async () => {
    const { executions } = await look();
    const ids = new Set(executions.map(({ workflowId }) => workflowId));
    return club.channels.every(({ id }) => ids.has(`sweep-${id}`));
  });
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
    const isIntent = own.dice.chance(0.1);
    // Without the intent, Discord refuses the new session of an ingest that has just lost one, and ingest ends.
    if (isIntent && own.conditions.isDeaf) return;
    if (isIntent) await runFault(own, { turnOffIntent }, 'turnOffIntent', meanwhile);
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
