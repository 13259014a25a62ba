import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import {
  allHandlersFinished,
  CancellationScope,
  condition,
  continueAsNew,
  isCancellation,
  ParentClosePolicy,
  patched,
  setCurrentDetails,
  setHandler,
  startChild,
  workflowInfo,
  type ChildWorkflowHandle,
} from '@temporalio/workflow';
import { shownName } from '../../clip/clip.ts';
import { PLACE_PRIORITY } from '../../clip/names.ts';
import { backfillScope, type BackfillInput } from '../backfill-input.ts';
import { placeProgressSignal, progressQuery, type BackfillProgress } from '../messages.ts';
import { placeActivities } from '../proxies.ts';
import type { CarriedPlaces } from './carried-places.ts';
import {
  childWorkflowId,
  failureReason,
  placeInput,
  placeMemo,
  stillBusy,
  type PlaceToRead,
} from './child.ts';
import { placesDetails } from './details.ts';
import { checkPlaceProgress } from './place-progress.ts';
import { addProgress, NO_PROGRESS, rethrowCause } from './progress.ts';

type Backfill = (input: BackfillInput, carried?: CarriedPlaces) => Promise<BackfillProgress>;

/** More backfills at a time would not be faster, because Discord limits the requests of the bot as a whole. */
const MAX_CHILDREN = 3;
/** How many channels and threads one run reads. Each adds about 15 events to the history. */
const PLACES_PER_RUN = 100;
/** Older runs read fewer, so their children waited for each other more often. */
const PLACES_PER_OLDER_RUN = 50;
const MAX_REASONS = 20;
/** So many ids of listed places are carried to the next run. They take 0.4 MB of the 2 MB that Temporal allows. */
const MAX_LISTED = 20_000;

/**
 * Lists the channels and threads of the input, and starts a backfill of each as a child workflow. A channel or thread
 * that another backfill is reading is tried again at the end. If that backfill still runs, it is left to it, and the
 * reasons say so. A child that fails does not stop the others. The children go on if this workflow is terminated. If this
 * workflow is canceled, the children are canceled, and it ends after them.
 * @throws InvalidInput if the places cannot be listed
 */
export async function backfillPlaces(
  input: BackfillInput,
  state: CarriedPlaces,
): Promise<BackfillProgress> {
  const { counts } = state;
  const running = new Map<string, { name: string; progress: BackfillProgress }>();
  let startedHere = 0;
  // Older runs listed places only when no place waited.
  const listsAhead = patched('list-while-reading');
  // Older runs read a place again if it was listed again after its backfill had ended.
  const listed = patched('read-each-place-once') ? new Set(state.listed) : null;
  const placesPerRun = listsAhead ? PLACES_PER_RUN : PLACES_PER_OLDER_RUN;

  function total(): BackfillProgress {
    const sum = [...running.values()].reduce(
      (before, { progress }) => addProgress(before, progress),
      state.progress,
    );
    const { found, unreadable } = counts;
    // A channel without threads has the same result as ever.
    return state.isRootRead && found === 1 && unreadable === 0 ? sum : { ...sum, places: counts };
  }

  function show(): void {
    const reading = [...running.values()].map(({ name }) => name);
    const elapsedMs = Date.now() - state.startedAtMs;
    setCurrentDetails(placesDetails(state.title, total(), { reading, elapsedMs }));
  }

  function addReasons(reasons: readonly string[]): void {
    counts.reasons = [...counts.reasons, ...reasons].slice(0, MAX_REASONS);
  }

  /** A large server may have more reasons than are kept, so this reason replaces the last one. */
  function addFailure(reason: string): void {
    counts.reasons = [...counts.reasons.slice(0, MAX_REASONS - 1), reason];
  }

  async function listMore(): Promise<void> {
    const { threads = true } = input;
    const { listPlaces } = placeActivities();
    const scope = backfillScope(input);
    const { cursor } = state;
    // Lists of archived threads take long, so the channels are read meanwhile.
    const endsBeforeArchived = cursor === null && listsAhead;
    const page = await listPlaces({
      scope,
      threads,
      cursor,
      ...(endsBeforeArchived && { endsBeforeArchived }),
    }).catch(rethrowCause);
    const places = page.readable.filter(isNew);
    state.waiting.push(...places);
    counts.found += places.length;
    counts.unreadable += page.unreadable;
    addReasons(page.reasons);
    state.cursor = page.next;
    state.isListed = page.next === null;
  }

  /** A thread is listed twice if it is archived between two pages, or at the same time as the last thread of a page. */
  function isNew({ channelId }: PlaceToRead): boolean {
    if (state.isRootRead && channelId === input.channelId) return false;
    if (listed?.has(channelId)) return false;
    listed?.add(channelId);
    return true;
  }

  async function startNext(next: PlaceToRead): Promise<void> {
    const { channelId, channelName } = next;
    try {
      const child = await startChild<Backfill>('backfill', {
        workflowId: childWorkflowId(channelId),
        args: [placeInput(input, channelId)],
        parentClosePolicy: ParentClosePolicy.ABANDON,
        priority: { priorityKey: PLACE_PRIORITY },
        memo: placeMemo(input, next, state.waiting),
        staticSummary: `history of #${shownName(channelName, channelId)}`,
      });
      running.set(channelId, { name: channelName, progress: NO_PROGRESS });
      startedHere += 1;
      void waitForEnd(child, { channelId, channelName });
    } catch (error) {
      if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
      counts.known += 1;
      // In older runs, a thread may be listed twice. Its first backfill here has the same bounds.
      if (running.has(channelId)) return;
      if (state.isSecondTry) addFailure(stillBusy(next));
      else state.busy = [...(state.busy ?? []), next];
    }
  }

  /** Queues the places again that another backfill was reading. Most of these backfills have ended by now. */
  async function queueBusy(): Promise<void> {
    await waitForChildren();
    state.waiting = state.busy ?? [];
    state.busy = undefined;
    state.isSecondTry = true;
    counts.known -= state.waiting.length;
  }

  /** Never rejects. */
  async function waitForEnd(
    child: ChildWorkflowHandle<Backfill>,
    { channelId, channelName }: PlaceToRead,
  ): Promise<void> {
    try {
      const result = await child.result();
      // Read the sum only now, because other children may have ended in the meantime.
      state.progress = addProgress(state.progress, result);
      counts.done += 1;
    } catch (error) {
      const read = running.get(channelId)?.progress ?? NO_PROGRESS;
      state.progress = addProgress(state.progress, read);
      counts.failed += 1;
      addFailure(`#${shownName(channelName, channelId)}: ${failureReason(error)}`);
    }
    running.delete(channelId);
    show();
  }

  setHandler(progressQuery, total, { description: 'Counts so far' });
  setHandler(placeProgressSignal, (signal) => {
    const news = checkPlaceProgress(signal);
    const place = running.get(news?.channelId ?? '');
    if (news === null || place === undefined) return;
    place.progress = news.progress;
    show();
  });
  try {
    await readAll();
  } catch (error) {
    // If the workflow ended now, the server would drop the requests to cancel the children.
    if (isCancellation(error)) await CancellationScope.nonCancellable(waitForChildren);
    throw error;
  }
  return total();

  async function readAll(): Promise<void> {
    for (;;) {
      show();
      const next = state.waiting.shift();
      if (next !== undefined) {
        await startNext(next);
        const isFull = running.size >= MAX_CHILDREN;
        if (listsAhead && isFull && !state.isListed && state.waiting.length < MAX_CHILDREN) {
          await listMore();
        }
        await condition(() => running.size < MAX_CHILDREN);
      } else if (!state.isListed) await listMore();
      else if (state.busy !== undefined) await queueBusy();
      else break;
      if (startedHere >= placesPerRun || workflowInfo().continueAsNewSuggested) {
        await nextRun();
      }
    }
    await waitForChildren();
  }

  async function waitForChildren(): Promise<void> {
    await condition(() => running.size === 0);
  }

  async function nextRun(): Promise<void> {
    await waitForChildren();
    await condition(allHandlersFinished);
    if (listed !== null) state.listed = [...listed].slice(-MAX_LISTED);
    await continueAsNew<Backfill>(input, state);
  }
}
