import {
  allHandlersFinished,
  condition,
  continueAsNew,
  setCurrentDetails,
  setHandler,
} from '@temporalio/workflow';
import type { HistoryPageResult } from '../activities/archive-history-page.ts';
import { shownName } from '../clip/clip.ts';
import { snowflakeTimeMs } from '../clip/snowflake.ts';
import { applicationFailure } from '../errors.ts';
import { parseBackfillInput, type BackfillInput } from './backfill-input.ts';
import { isContinued, rejectCarried } from './inputs.ts';
import { progressQuery, type BackfillProgress } from './messages.ts';
import { channelActivities, historyActivities } from './proxies.ts';
import { isoTime } from './time-text.ts';

/** The state that a backfill carries from run to run. */
interface Carried {
  channelName: string;
  /** The next page contains only messages older than this id. If null, the page starts at the newest message. */
  before: string | null;
  progress: BackfillProgress;
  startedAtMs: number;
}

const NO_PROGRESS: BackfillProgress = {
  pages: 0,
  messages: 0,
  clips: 0,
  started: 0,
  known: 0,
  reached: null,
};

/** How many pages one run reads. Each page adds about a dozen events to the history. */
const PAGES_PER_RUN = 100;
/** Discord's maximum for one page of messages. */
const MAX_PAGE_MESSAGES = 100;
/** A rate that was measured over less time than this is meaningless. */
const MIN_RATE_MS = 5000;

/**
 * Reads a channel's history from newest to oldest and starts a workflow for every clip in it.
 * @throws InvalidInput if the input is invalid or the channel cannot be read
 */
export async function backfill(input: BackfillInput, carried?: Carried): Promise<BackfillProgress> {
  const { channelId, before, after, maxMessages = Infinity, revive } = parseBackfillInput(input);
  if (!isContinued()) rejectCarried('backfill', carried);
  const { archiveHistoryPage } = historyActivities('backfill');
  const { checkChannel } = channelActivities();
  let progress = carried?.progress ?? NO_PROGRESS;
  setHandler(progressQuery, () => progress, { description: 'Counts so far' });
  const state = carried ?? {
    channelName: (await checkChannel({ channelId }).catch(rethrowCause)).channelName,
    before: before ?? null,
    progress,
    startedAtMs: Date.now(),
  };
  const showProgress = () => {
    const elapsedMs = Date.now() - state.startedAtMs;
    setCurrentDetails(backfillDetails(state.channelName, progress, elapsedMs));
  };
  for (let pages = 0; progress.messages < maxMessages; pages++) {
    showProgress();
    if (pages === PAGES_PER_RUN) {
      await condition(allHandlersFinished);
      await continueAsNew<typeof backfill>(input, { ...state, progress });
    }
    const page = await archiveHistoryPage({
      channelId,
      older: { before: state.before, after: after ?? null },
      limit: Math.min(MAX_PAGE_MESSAGES, maxMessages - progress.messages),
      ...(revive === true && { revive }),
    }).catch(rethrowCause);
    // A short page may be followed by more messages. Only an empty page is the end of the history.
    if (page.oldest === null) break;
    state.before = page.oldest;
    progress = addPage(progress, page);
  }
  showProgress();
  return progress;
}

/**
 * Rethrows the cause of an activity's failure as the failure of the workflow itself, because people read that failure
 * first.
 */
function rethrowCause(error: unknown): never {
  throw applicationFailure(error) ?? error;
}

function addPage(progress: BackfillProgress, page: HistoryPageResult): BackfillProgress {
  return {
    pages: progress.pages + 1,
    messages: progress.messages + page.messages,
    clips: progress.clips + page.clips,
    started: progress.started + page.started,
    known: progress.known + page.known,
    reached: page.oldest === null ? progress.reached : isoTime(snowflakeTimeMs(page.oldest)),
  };
}

/** Returns the Markdown for "Current Details" in the Web UI. */
export function backfillDetails(
  channelName: string,
  progress: BackfillProgress,
  elapsedMs: number,
): string {
  const { pages, messages, clips, started, known, reached } = progress;
  const name = shownName(channelName);
  const perMinute = elapsedMs < MIN_RATE_MS ? '-' : Math.round((messages * 60_000) / elapsedMs);
  return [
    reached === null ? `**#${name}**, nothing read yet` : `**#${name}**, read back to ${reached}`,
    '',
    `| pages | messages | clips | started | known | messages per minute |`,
    `| --- | --- | --- | --- | --- | --- |`,
    `| ${pages} | ${messages} | ${clips} | ${started} | ${known} | ${perMinute} |`,
  ].join('\n');
}
