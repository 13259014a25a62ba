import {
  allHandlersFinished,
  condition,
  makeContinueAsNewFunc,
  patched,
  setCurrentDetails,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow';
import { shownName } from '../clip/clip.ts';
import { THREAD_QUIET_MS } from '../clip/names.ts';
import { plain } from '../clip/plain.ts';
import {
  check,
  objectOf,
  snowflakeSchema,
  switchSchema,
  textSchema,
} from '../clip/schemas/basics.ts';
import { compareSnowflakes, isSnowflake, snowflakeTimeMs } from '../clip/snowflake.ts';
import { errorFacts, isFailure } from '../errors.ts';
import { isContinued, rejectInput } from './inputs.ts';
import { warnOfUnknownSignals } from './unknown-signal.ts';
import { sweepNowSignal } from './messages.ts';
import { historyActivities } from './proxies.ts';
import { isoTime } from './time-text.ts';

export interface SweepInput {
  channelId: string;
  channelName: string;
  /** Every clip up to this message id already has a workflow. */
  after: string;
  /**
   * True for threads. The number of threads keeps growing, so a thread's sweep ends after two weeks without a message.
   */
  untilQuiet: boolean;
  /**
   * Whether the sweep has found a clip. A sweep that has found none ends after it has read the thread, because most
   * threads never have a clip. Absent if the sweep must not end early: for channels, for threads that ingest can't list
   * once they are archived, and if older code started the sweep.
   */
  foundClip?: boolean;
  /** The number of the thread's messages that this sweep and the sweeps before it have read; 0 if absent. */
  messagesRead?: number;
  /** When the first run of the sweep began, epoch milliseconds; absent in the first run. */
  sweptSinceMs?: number;
}

export interface SweepResult {
  /** Every clip up to this message id already has a workflow. The next sweep of the thread starts here. */
  after: string;
  /** The input `messagesRead` of the next sweep; absent if older code ran the sweep. */
  messagesRead?: number;
}

const inputSchema = objectOf({
  channelId: snowflakeSchema,
  channelName: textSchema,
  after: snowflakeSchema,
  untilQuiet: switchSchema,
});

const ADVICE = 'let ingest start the sweeps of the watched channels';

/** The gateway delivers clips at once. Sweeps only find the clips that the gateway missed. */
const SWEEP_INTERVAL = '1 hour';
const ROUNDS_PER_RUN = 40;
/** Discord's maximum for one page of messages. */
const MAX_PAGE_MESSAGES = 100;
/**
 * How many pages one run reads. A page adds about six events, so a sweep that has many pages to read continues as new.
 */
const PAGES_PER_RUN = 50;
/**
 * The sweep of a thread ends early only if at most this many of the thread's messages were read. When Temporal forgets
 * the sweep's result, the next sweep reads the thread again from its first message. Reading 1,000 messages takes ten
 * requests. If the sweep did not end, its hourly rounds would make as many requests in ten hours.
 */
const MAX_MESSAGES_TO_REREAD = 1000;
/**
 * Failures that end a round of reading, but not the sweep. The channel may be readable in the next round. If the
 * channel no longer exists, a failed workflow would not help.
 */
const UNREADABLE = ['InvalidInput', 'AccessLost', 'MessageGone'] as const;

/**
 * Reads the new messages of a channel every hour and whenever ingest sends the signal `sweepNow`. The sweep is needed
 * because Discord does not later deliver messages that were posted between two gateway sessions. The position in the
 * history is workflow state, so a crash cannot skip a message.
 * @throws InvalidInput if the input is invalid
 */
export async function sweep(input: SweepInput): Promise<SweepResult> {
  if (!isContinued()) {
    const { fault } = check(inputSchema, input);
    if (fault !== null) rejectInput(`the input of sweep is invalid (${fault}): ${ADVICE}`);
  }
  let { after, foundClip, messagesRead = 0 } = input;
  let wanted = true;
  let pages = 0;
  setHandler(
    sweepNowSignal,
    (newestId) => {
      if (!isRead(newestId)) wanted = true;
    },
    { description: 'Read the newest messages now' },
  );
  warnOfUnknownSignals([sweepNowSignal.name]);
  for (let round = 0; round < ROUNDS_PER_RUN; round++) {
    wanted = false;
    const done = await sweepRound();
    if (done === null) break;
    setCurrentDetails(sweepDetails(input.channelName, done.text));
    if (input.untilQuiet && Date.now() - snowflakeTimeMs(after) > THREAD_QUIET_MS) {
      return { after, messagesRead };
    }
    if (done.isRead && needsNoSweep()) return { after, messagesRead };
    await condition(() => wanted, SWEEP_INTERVAL, { summary: 'until the next sweep' });
  }
  await condition(allHandlersFinished);
  const sweptSinceMs = input.sweptSinceMs ?? workflowInfo().startTime.getTime();
  // Ingest lists the sweeps to see since when Everclip has been watching (`createWatchStart`).
  return await makeContinueAsNewFunc<typeof sweep>({ memo: { sweptSinceMs } })({
    ...input,
    after,
    ...(foundClip !== undefined && { foundClip, messagesRead }),
    sweptSinceMs,
  });

  /**
   * True if a signal names a message that this sweep has read. The hourly rounds do not rely on what ingest knows, so they
   * go on as planned.
   */
  function isRead(newestId: unknown): boolean {
    if (!isSnowflake(newestId) || compareSnowflakes(newestId, after) > 0) return false;
    // Older code reads after each signal.
    return patched('sweep-skips-what-is-read');
  }

  /** True for a small thread without a clip, unless a signal that arrived during the round asks for another round. */
  function needsNoSweep(): boolean {
    if (foundClip !== false || messagesRead > MAX_MESSAGES_TO_REREAD || wanted) return false;
    // Older code ignores `foundClip` and goes on, even if newer code has started the sweep.
    return patched('thread-without-clip');
  }

  /**
   * Returns what the round found, in words, and whether it could read the channel. Returns null if this run has read
   * enough pages.
   */
  async function sweepRound(): Promise<{ text: string; isRead: boolean } | null> {
    let started = 0;
    const startedAtMs = Date.now();
    try {
      for (; ; pages++) {
        if (pages >= PAGES_PER_RUN && patched('sweep-pages-per-run')) return null;
        const page = await historyActivities('sweep').archiveHistoryPage({
          channelId: input.channelId,
          newer: { after },
          limit: MAX_PAGE_MESSAGES,
        });
        if (page.newest === null) break;
        started += page.started;
        messagesRead += page.messages;
        if (foundClip === false) foundClip = page.clips > 0;
        after = page.newest;
        // Messages newer than the round's start arrive through the gateway. In a busy channel, a round that also read
        // these messages would never end.
        if (snowflakeTimeMs(after) > startedAtMs && patched('sweep-ends-where-it-began')) break;
      }
    } catch (error) {
      if (!UNREADABLE.some((type) => isFailure(error, type))) throw error;
      return { text: errorFacts(error).message, isRead: false };
    }
    const text = started === 0 ? 'nothing missed' : `found ${started} missed clips`;
    return { text, isRead: true };
  }
}

/** Returns the Markdown for "Current Details" in the Web UI. `text` may contain what a server answered. */
export function sweepDetails(channelName: string, text: string): string {
  return `**#${shownName(channelName)}** swept at ${isoTime(Date.now())}: ${plain(text)}`;
}
