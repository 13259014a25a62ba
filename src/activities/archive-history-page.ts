import { activityInfo, cancellationSignal } from '@temporalio/activity';
import { idAfter } from '../clip/snowflake.ts';
import type { SaveChannel } from './channel-saver.ts';
import { withoutForgotten } from './forget/without-forgotten.ts';
import { checkEnd } from './history/check-end.ts';
import { fetchPage, type PageBounds } from './history/fetch-page.ts';
import {
  addPage,
  EMPTY_PAGE,
  newPageProgress,
  type HistoryPageResult,
  type PageProgress,
} from './history/page-progress.ts';
import { readClips } from './history/read-clips.ts';
import { MAX_PAGE_MESSAGES, type ReadAhead } from './history/read-ahead.ts';
import { startClips } from './history/start-clips.ts';
import { waitForAccess } from './history/wait-for-access.ts';
import type { Ports } from './ports.ts';
import { searchedHistory } from './search/searched-history.ts';
import { withHeartbeat } from './with-heartbeat.ts';

export interface HistoryPageInput extends PageBounds {
  /** Also restart the clips whose record says that they were deleted. */
  revive?: boolean;
  /** How many pages the call reads at most, from newest to oldest. Absent: one. */
  pages?: number;
  /** How many full pages may be read after this call. They may be requested ahead. Absent: any number. */
  laterPages?: number;
  /**
   * True if the channel was listed as readable a moment ago. The first page is then requested while the channel is looked
   * up, and what is known of its guild may be a minute old.
   */
  isListed?: boolean;
  /**
   * The channels that are probably read next, in order. As soon as the end of the history is known, the first pages of
   * one of them are requested, so Discord answers while Temporal starts the next backfill.
   */
  nextPlaces?: string[];
}

/**
 * The time between two heartbeats while the activity waits for Discord. A slow Discord, or many backfills under a low
 * rate limit, can make a call last longer than the heartbeat timeout.
 */
const HEARTBEAT_INTERVAL_MS = 2000;

/**
 * A call reads no further page after this time, in milliseconds. While Discord or Temporal is slow, people then still see
 * progress.
 */
const MAX_CALL_MS = 20_000;

/** What a call knows besides its input. */
interface CallState {
  /** What the call's pages before this one contain. */
  earlierPages: HistoryPageResult | null;
  /** The progress of an earlier attempt in this page. */
  resumed: PageProgress | undefined;
  /** The newest progress, which the next attempt would need. */
  progress: PageProgress | undefined;
  /**
   * The oldest message of a short page, which the next request includes. If the answer has only this message, it proves
   * that the history ends there, and that the bot may read it. Null after a full page, because one message less on each
   * page would cost more.
   */
  proofId: string | null;
}

/**
 * Reads one page of a channel's history, or a few, and starts a workflow for every clip in it. `from` says whether the
 * pages are read from the history itself, or have only what Discord's search finds in the history.
 */
export const createArchiveHistoryPage = (
  {
    discord,
    startClip,
    settings,
    metrics,
    forgotten,
    saveChannel,
    readAhead,
  }: Pick<Ports, 'discord' | 'startClip' | 'settings' | 'metrics' | 'forgotten'> & {
    saveChannel: SaveChannel;
    readAhead: ReadAhead;
  },
  from: 'history' | 'search' = 'history',
) => {
  return async (input: HistoryPageInput): Promise<HistoryPageResult> => {
    const endMs = performance.now() + MAX_CALL_MS;
    const { pages = 1, older } = input;
    const resumed = activityInfo().heartbeatDetails as PageProgress | undefined;
    const state: CallState = {
      earlierPages: resumed?.earlierPages ?? null,
      resumed,
      progress: resumed,
      proofId: null,
    };
    // While the search runs, no page of history is read.
    if (from === 'search') readAhead.expectDelay(input.channelId);
    if (!older || pages === 1) return await archivePage(input, state);
    if (input.isListed && !resumed) requestPages(input, older.before, pages);
    try {
      for (;;) {
        const before = state.earlierPages?.oldest ?? older.before;
        const page = await archivePage({ ...input, older: { ...older, before } }, state);
        const read = addPage(state.earlierPages, page);
        const isDone = page.oldest === null || (read.pages?.length ?? 0) >= pages;
        if (isDone || performance.now() > endMs) return read;
        state.earlierPages = read;
        state.resumed = undefined;
        state.proofId = page.messages < input.limit ? page.oldest : null;
        cancellationSignal().throwIfAborted();
      }
    } catch (error) {
      readAhead.expectDelay(input.channelId);
      throw error;
    }
  };

  async function archivePage(
    input: HistoryPageInput,
    state: CallState,
  ): Promise<HistoryPageResult> {
    const { earlierPages, resumed, proofId } = state;
    const beat = <T>(ask: () => Promise<T>): Promise<T> =>
      withHeartbeat(HEARTBEAT_INTERVAL_MS, ask, () => state.progress);
    const { channelId, older } = input;
    // Most pages of sweeps are empty. They need no names, and no newer proof of the permissions, because the sweep
    // keeps its position.
    const wasReadable = input.newer ? await beat(() => discord.wasReadable(channelId)) : false;
    const lookUp = () =>
      beat(() => discord.readableChannel(channelId, { inKnownGuild: input.isListed ?? false }));
    const lookedUp = wasReadable ? null : await lookUp();
    const reader =
      from === 'search'
        ? searchedHistory(discord, lookedUp?.guildId ?? null, older?.after ?? null)
        : resumed
          ? discord
          : readAhead;
    if (reader === null) return EMPTY_PAGE;
    const bounds =
      older && proofId !== null
        ? { ...input, older: { ...older, before: idAfter(proofId) } }
        : input;
    const found = await beat(() => fetchPage(waitForAccess(reader), bounds, resumed));
    const messages = found.filter(({ id }) => id !== proofId);
    const progress = resumed ?? newPageProgress(messages, earlierPages);
    if (progress === null) {
      // An empty page ends a backfill, so the end is checked. A sweep needs no check, because the sweep keeps its
      // position and reads again later. An empty result of a search ends only the search.
      readAhead.beginNext(input.channelId, courseOf(input));
      if (older && from === 'history' && found.length === 0) {
        await beat(() => checkEnd(discord, channelId, older.before));
      }
      return EMPTY_PAGE;
    }
    state.progress = progress;
    const context = lookedUp ?? (await lookUp());
    saveChannel(channelId);
    if (older && input.limit === MAX_PAGE_MESSAGES) {
      const certain = (input.pages ?? 1) - 1 - (earlierPages?.pages?.length ?? 0);
      if (messages.length === input.limit) requestPages(input, progress.oldest, certain);
      else if (certain > 0) requestPages({ ...input, laterPages: 0 }, idAfter(progress.oldest), 1);
    }
    const read = await beat(() => readClips(discord, messages, context, settings.clipRules));
    const clipsOfPage = read.map((clipsOfOne) => clipsOfOne ?? []);
    const clips = await beat(() => withoutForgotten(clipsOfPage, forgotten));
    const source = input.newer ? 'sweep' : 'backfill';
    const { revive = false } = input;
    await startClips(clips, (clip) => startClip(clip, source, { revive }), progress);
    const { started, known, oldest, newest } = progress;
    metrics.historyPage({
      channelId,
      source,
      // The backfill reads the messages that the search found again.
      messages: from === 'history' ? messages.length : 0,
      started,
      known,
    });
    return { messages: messages.length, clips: started + known, started, known, oldest, newest };
  }

  /** Requests the pages before a message ahead. The call itself is going to read `certain` of them. */
  function requestPages(input: HistoryPageInput, before: string | null, certain: number): void {
    const { channelId, limit, laterPages: likely = Infinity } = input;
    const page = { limit, ...(before !== null && { before }) };
    readAhead.begin(channelId, page, { certain, likely, ...courseOf(input) });
  }
};

/** Returns what the input says about all pages of the history. */
function courseOf({ older, nextPlaces = [] }: HistoryPageInput) {
  return { after: older?.after ?? null, nextPlaces };
}
