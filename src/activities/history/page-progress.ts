import type { APIMessage } from 'discord-api-types/v10';

/** What a call has read. */
export interface HistoryPageResult {
  messages: number;
  clips: number;
  started: number;
  known: number;
  /**
   * Id of the oldest message that was read. Null if the first page of the call is empty, which means that the history
   * ends here.
   */
  oldest: string | null;
  newest: string | null;
  /** The counts of each page that is not empty. Absent if the input asks for a single page. */
  pages?: { messages: number; clips: number }[];
  /** True if the page after the oldest message is empty, so the history ends here. Absent otherwise. */
  isEnd?: true;
}

/**
 * The progress of an attempt. The attempt's heartbeats pass the progress to the next attempt. It contains message ids
 * instead of positions in the page, because positions change when messages are posted or deleted between attempts.
 */
export interface PageProgress {
  /** The ids of the oldest and newest messages when the page was first fetched. A retry reads the same range of ids. */
  oldest: string;
  newest: string;
  /** All clips of the message with this id, and of all older messages on the page, are done. */
  through: string;
  /** Ids of the clips that are done and belong to messages newer than `through`. */
  ahead: string[];
  started: number;
  known: number;
  /** What the call's pages before this one contain. Absent on the first page. */
  earlierPages?: HistoryPageResult;
}

export const EMPTY_PAGE: HistoryPageResult = {
  messages: 0,
  clips: 0,
  started: 0,
  known: 0,
  oldest: null,
  newest: null,
};

/** Returns the initial progress of a page, or null if the page is empty. */
export function newPageProgress(
  messages: readonly APIMessage[],
  earlierPages: HistoryPageResult | null,
): PageProgress | null {
  const oldest = messages[0]?.id;
  const newest = messages.at(-1)?.id;
  if (oldest === undefined || newest === undefined) return null;
  return {
    oldest,
    newest,
    through: '0',
    ahead: [],
    started: 0,
    known: 0,
    ...(earlierPages && { earlierPages }),
  };
}

/** Adds the page that follows `earlier` to what a call has read. An empty page is the end of the history. */
export function addPage(
  earlier: HistoryPageResult | null,
  page: HistoryPageResult,
): HistoryPageResult {
  const { messages, clips, started, known, oldest, newest } = page;
  if (earlier === null) return oldest === null ? page : { ...page, pages: [{ messages, clips }] };
  if (oldest === null) return { ...earlier, isEnd: true };
  return {
    messages: earlier.messages + messages,
    clips: earlier.clips + clips,
    started: earlier.started + started,
    known: earlier.known + known,
    oldest,
    newest: earlier.newest ?? newest,
    pages: [...(earlier.pages ?? []), { messages, clips }],
  };
}
