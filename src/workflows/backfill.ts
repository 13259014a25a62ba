import {
  allHandlersFinished,
  condition,
  continueAsNew,
  getExternalWorkflowHandle,
  patched,
  setCurrentDetails,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow';
import type { HistoryPageResult } from '../activities/history/page-progress.ts';
import { shownName } from '../clip/clip.ts';
import type { ChannelKind } from '../clip/places/place.ts';
import { snowflakeTimeMs } from '../clip/snowflake.ts';
import { invalidInput } from '../errors.ts';
import { backfillScope, parseBackfillInput, type BackfillInput } from './backfill-input.ts';
import { backfillPlaces } from './backfill/backfill-places.ts';
import { beginPlaces, type CarriedPlaces } from './backfill/carried-places.ts';
import { readPlaceMemo } from './backfill/child.ts';
import { backfillDetails } from './backfill/details.ts';
import { NO_PROGRESS, rethrowCause } from './backfill/progress.ts';
import { createRarityCheck, searchClips } from './backfill/search.ts';
import { isContinued, rejectCarried } from './inputs.ts';
import {
  placeProgressSignal,
  progressQuery,
  type BackfillProgress,
  type PlaceProgress,
} from './messages.ts';
import { channelActivities, historyActivities } from './proxies.ts';
import { isoTime } from './time-text.ts';

/** The state that the backfill of a single channel carries from run to run. */
interface Carried {
  channelName: string;
  /** The next page contains only messages older than this id. If null, the page starts at the newest message. */
  before: string | null;
  progress: BackfillProgress;
  startedAtMs: number;
  /** Absent if older code started the backfill. */
  kind?: ChannelKind;
  /** True if the channel was searched, or if its search was left out. Absent otherwise. */
  isSearched?: true;
}

/** How many calls one run makes. Each call adds about a dozen events to the history. */
const CALLS_PER_RUN = 100;
/**
 * How many pages a call reads. The server limits calls, not pages, so with more pages a call, a backfill would take more
 * from the links that must be refreshed.
 */
const PAGES_PER_CALL = 5;
/** Discord's maximum for one page of messages. */
const MAX_PAGE_MESSAGES = 100;
/** How many pages a backfill reads before it tells its progress to the backfill that started it. */
const PAGES_PER_REPORT = 10;

/**
 * Reads the history of a channel, or of all channels and threads that the input names, from newest to oldest, and starts
 * a workflow for every clip in it. If there is more than one channel or thread, each gets a backfill of its own.
 * @throws InvalidInput if the input is invalid or the channel cannot be read
 */
export async function backfill(
  input: BackfillInput,
  carried?: Carried | CarriedPlaces,
): Promise<BackfillProgress> {
  const parsed = parseBackfillInput(input);
  if (!isContinued()) rejectCarried('backfill', carried);
  if (carried && 'waiting' in carried) return await backfillPlaces(parsed, carried);
  const scope = backfillScope(parsed);
  if ('channelId' in scope) return await backfillChannel(parsed, scope.channelId, carried);
  // Older code failed, because it did not know these inputs.
  if (!patched('backfill-of-places')) throw invalidInput('this version backfills only a channel');
  return await backfillPlaces(
    parsed,
    beginPlaces('all' in scope ? 'all servers' : `server ${scope.guildId}`),
  );
}

/** Backfills the channel itself, and then its threads. A category or a forum has no messages of its own. */
async function backfillChannel(
  input: BackfillInput,
  channelId: string,
  carried?: Carried,
): Promise<BackfillProgress> {
  const { threads, maxMessages } = input;
  let progress = carried?.progress ?? NO_PROGRESS;
  setHandler(progressQuery, () => progress, { description: 'Counts so far' });
  const state = carried ?? (await beginChannel(input, channelId));
  const title = () => `#${shownName(state.channelName, channelId)}`;
  if (state.kind === 'category' || state.kind === 'forum') {
    if (maxMessages !== undefined) {
      throw invalidInput(`${title()} has no messages of its own: leave out maxMessages`);
    }
    if (state.kind === 'forum' && threads === false) {
      throw invalidInput(`${title()} has only threads: leave out "threads": false`);
    }
    return await backfillPlaces(input, beginPlaces(title()));
  }
  progress = await readHistory(input, channelId, { ...state, progress }, (newest) => {
    progress = newest;
  });
  const readsThreads = threads !== false && maxMessages === undefined;
  if (state.kind !== 'threaded' || !readsThreads) return progress;
  return await backfillPlaces(
    input,
    beginPlaces(title(), { progress, startedAtMs: state.startedAtMs }),
  );
}

async function beginChannel(input: BackfillInput, channelId: string): Promise<Carried> {
  const state = { before: input.before ?? null, progress: NO_PROGRESS, startedAtMs: Date.now() };
  const memo = readPlaceMemo();
  // The first call that reads pages looks the place up.
  if (memo !== null) return { ...state, channelName: memo.listedAs };
  const { checkChannel } = channelActivities();
  // The backfills of single places leave threads out, and need no request for what their channel holds.
  const isPlace = input.threads === false && workflowInfo().parent !== undefined;
  const acceptContainer = !isPlace;
  const { channelName, kind } = await checkChannel({
    channelId,
    ...(acceptContainer && { acceptContainer }),
  }).catch(rethrowCause);
  return { ...state, channelName, startedAtMs: Date.now(), ...(kind !== undefined && { kind }) };
}

/** Reads the history of one channel or thread, and calls `onProgress` after each page. */
async function readHistory(
  input: BackfillInput,
  channelId: string,
  state: Carried,
  onProgress: (progress: BackfillProgress) => void,
): Promise<BackfillProgress> {
  const { after, maxMessages = Infinity, revive } = input;
  const { archiveHistoryPage } = historyActivities('backfill');
  const memo = readPlaceMemo();
  let { progress } = state;
  const showProgress = () => {
    const elapsedMs = Date.now() - state.startedAtMs;
    setCurrentDetails(backfillDetails(state.channelName, progress, elapsedMs));
  };
  const setProgress = (newest: BackfillProgress) => {
    progress = newest;
    onProgress(progress);
  };
  const isRare = createRarityCheck();
  /** Searches the older messages for clips, at most once per channel. With a maximum, only the pages may start clips. */
  const searchIfRare = async (read: HistoryPageResult) => {
    const pages = read.pages ?? [read];
    const rare = pages.map((page) => isRare(page)).at(-1);
    // After a short page, there is probably nothing left to find.
    const maySearch = rare && pages.at(-1)?.messages === MAX_PAGE_MESSAGES;
    if (!maySearch || state.isSearched || maxMessages !== Infinity) return;
    state.isSearched = true;
    if (read.oldest === null || !patched('search-for-rare-clips')) return;
    const bounds = { before: read.oldest, after: after ?? null };
    await searchClips({ channelId, ...bounds, revive: revive === true }, (search) => {
      setProgress({ ...progress, search });
      showProgress();
    });
  };
  for (let calls = 0; progress.messages < maxMessages; calls++) {
    showProgress();
    if (calls === CALLS_PER_RUN) {
      await condition(allHandlersFinished);
      await continueAsNew<typeof backfill>(input, { ...state, progress });
    }
    const read = await archiveHistoryPage({
      channelId,
      older: { before: state.before, after: after ?? null },
      ...nextPages(maxMessages - progress.messages),
      ...(revive === true && { revive }),
      ...(memo && { isListed: true }),
      ...(memo?.nextPlaces && { nextPlaces: memo.nextPlaces }),
    }).catch(rethrowCause);
    // A short page may be followed by more messages. Only an empty page is the end of the history.
    if (read.oldest === null) break;
    state.before = read.oldest;
    const reports = countReports(progress);
    setProgress(addPages(progress, read));
    if (read.isEnd) break;
    await searchIfRare(read);
    if (countReports(progress) > reports) tellParent({ channelId, progress });
  }
  showProgress();
  return progress;
}

/** Returns which pages the next call reads, if the backfill may read `messages` more messages. */
function nextPages(messages: number): { limit: number; pages: number; laterPages?: number } {
  const limit = Math.min(MAX_PAGE_MESSAGES, messages);
  const pages = Math.min(PAGES_PER_CALL, Math.floor(messages / limit));
  // JSON has no Infinity.
  return messages === Infinity
    ? { limit, pages }
    : { limit, pages, laterPages: Math.floor(messages / limit) - pages };
}

function countReports({ pages }: BackfillProgress): number {
  return Math.floor(pages / PAGES_PER_REPORT);
}

/** Tells the progress to the backfill that started this one, if there is one and if it still runs. */
function tellParent(progress: PlaceProgress): void {
  const { parent } = workflowInfo();
  if (parent === undefined) return;
  getExternalWorkflowHandle(parent.workflowId)
    .signal(placeProgressSignal, progress)
    .catch(() => undefined);
}

function addPages(progress: BackfillProgress, read: HistoryPageResult): BackfillProgress {
  return {
    ...progress,
    pages: progress.pages + (read.pages?.length ?? 1),
    messages: progress.messages + read.messages,
    clips: progress.clips + read.clips,
    started: progress.started + read.started,
    known: progress.known + read.known,
    reached: read.oldest === null ? progress.reached : isoTime(snowflakeTimeMs(read.oldest)),
  };
}
