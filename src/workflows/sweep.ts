import {
  allHandlersFinished,
  condition,
  continueAsNew,
  patched,
  setCurrentDetails,
  setHandler,
} from '@temporalio/workflow';
import { THREAD_QUIET_MS } from '../clip/names.ts';
import { snowflakeTimeMs } from '../clip/snowflake.ts';
import { errorFacts, isFailure } from '../errors.ts';
import { historyActivities } from './proxies.ts';
import { sweepNowSignal } from './messages.ts';
import { isoTime } from './time-text.ts';

export interface SweepInput {
  channelId: string;
  channelName: string;
  /** Every clip up to this message id has its workflow. */
  after: string;
  /** For threads, of which there are ever more: ends when nothing was posted for two weeks. */
  untilQuiet: boolean;
}

/** The gateway brings clips at once; this only proves that it missed none. */
const SWEEP_EVERY = '1 hour';
const ROUNDS_PER_RUN = 40;
const PAGE_MESSAGES = 100;
/** A page takes half a dozen events: one that catches up on a long absence goes on in a new run. */
const PAGES_PER_RUN = 50;
/**
 * A channel that can't be read now may be readable again at the next round; of one that is gone
 * (MessageGone) the place in its history is worth no failed workflow either.
 */
const UNREADABLE = ['InvalidInput', 'AccessLost', 'MessageGone'] as const;

/**
 * Reads what is new in a channel since the last look, every hour and whenever ingest asks for it
 * (after a new gateway session, whose gap Discord does not replay). The place in the history is in
 * the workflow, so that no crash of anything can skip a message.
 */
export async function sweep(input: SweepInput): Promise<void> {
  let { after } = input;
  let wanted = true;
  let pages = 0;
  setHandler(sweepNowSignal, () => void (wanted = true), {
    description: 'Look at the newest history now',
  });
  for (let round = 0; round < ROUNDS_PER_RUN; round++) {
    wanted = false;
    const found = await sweepOnce();
    if (found === null) break;
    setCurrentDetails(`**#${input.channelName}** swept at ${isoTime(Date.now())}: ${found}`);
    if (input.untilQuiet && Date.now() - snowflakeTimeMs(after) > THREAD_QUIET_MS) return;
    await condition(() => wanted, SWEEP_EVERY, { summary: 'until the next sweep' });
  }
  await condition(allHandlersFinished);
  await continueAsNew<typeof sweep>({ ...input, after });

  /** What it found; null where this run has read enough, and the next one goes on. */
  async function sweepOnce(): Promise<string | null> {
    let started = 0;
    const beganMs = Date.now();
    try {
      for (; ; pages++) {
        if (pages >= PAGES_PER_RUN && patched('sweep-pages-per-run')) return null;
        const page = await historyActivities().archiveHistoryPage({
          channelId: input.channelId,
          newer: { after },
          limit: PAGE_MESSAGES,
        });
        if (page.newest === null) break;
        started += page.started;
        after = page.newest;
        // What was posted since the look began the gateway tells of: where much comes in, a page would
        // follow the other for as long as it does.
        if (snowflakeTimeMs(after) > beganMs && patched('sweep-ends-where-it-began')) break;
      }
    } catch (error) {
      if (UNREADABLE.some((type) => isFailure(error, type))) return errorFacts(error).message;
      throw error;
    }
    return started === 0 ? 'nothing missed' : `${started} clips caught up`;
  }
}
