import {
  allHandlersFinished,
  condition,
  continueAsNew,
  setCurrentDetails,
  setHandler,
} from '@temporalio/workflow';
import { snowflakeTimeMs } from '../clip/snowflake.ts';
import type { HistoryPageResult } from '../activities/archive-history-page.ts';
import { applicationFailure, invalidInput } from '../errors.ts';
import { channelActivities, historyActivities } from './proxies.ts';
import { backfillDetails } from './details.ts';
import { parseBackfillInput, type BackfillInput } from './backfill-input.ts';
import { progressQuery, type BackfillProgress } from './messages.ts';
import { isoTime } from './time-text.ts';

/** What a backfill carries from run to run. */
interface Carried {
  channelName: string;
  /** The next page ends before this message; null: at the newest. */
  before: string | null;
  progress: BackfillProgress;
  startedAtMs: number;
}

const NOTHING_YET: BackfillProgress = {
  pages: 0,
  messages: 0,
  clips: 0,
  started: 0,
  known: 0,
  reached: null,
};

/** A page takes about a dozen events. */
const PAGES_PER_RUN = 100;
/** The most that Discord gives in one page. */
const PAGE_MESSAGES = 100;

/** Pages a channel's history from newest to oldest and starts a workflow for every clip in it. */
export async function backfill(input: BackfillInput, carried?: Carried): Promise<BackfillProgress> {
  const { channelId, before, after, maxMessages = Infinity } = parseBackfillInput(input);
  const { archiveHistoryPage } = historyActivities();
  const { checkChannel } = channelActivities();
  let progress = carried?.progress ?? NOTHING_YET;
  setHandler(progressQuery, () => progress, { description: 'Counts so far' });
  const state = carried ?? {
    channelName: (await checkChannel({ channelId }).catch(throwInvalidInput)).channelName,
    before: before ?? null,
    progress,
    startedAtMs: Date.now(),
  };
  const show = () => {
    setCurrentDetails(backfillDetails(state.channelName, progress, Date.now() - state.startedAtMs));
  };
  for (let pages = 0; progress.messages < maxMessages; pages++) {
    show();
    if (pages === PAGES_PER_RUN) {
      await condition(allHandlersFinished);
      await continueAsNew<typeof backfill>(input, { ...state, progress });
    }
    const page = await archiveHistoryPage({
      channelId,
      older: { before: state.before, after: after ?? null },
      limit: Math.min(PAGE_MESSAGES, maxMessages - progress.messages),
    }).catch(throwInvalidInput);
    // A short page need not be the last one: only an empty page is the end.
    if (page.oldest === null) break;
    state.before = page.oldest;
    progress = added(progress, page);
  }
  show();
  return progress;
}

/** What is wrong with the input is the workflow's own failure: what a person reads first. */
function throwInvalidInput(error: unknown): never {
  const failure = applicationFailure(error);
  throw failure?.type === 'InvalidInput' ? invalidInput(failure.message) : error;
}

const added = (progress: BackfillProgress, page: HistoryPageResult): BackfillProgress => ({
  pages: progress.pages + 1,
  messages: progress.messages + page.messages,
  clips: progress.clips + page.clips,
  started: progress.started + page.started,
  known: progress.known + page.known,
  reached: page.oldest === null ? progress.reached : isoTime(snowflakeTimeMs(page.oldest)),
});
