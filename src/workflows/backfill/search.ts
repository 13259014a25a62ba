import { isCancellation, log } from '@temporalio/workflow';
import { errorFacts } from '../../errors.ts';
import type { SearchCounts } from '../messages.ts';
import { searchActivities } from '../proxies.ts';

/** Discord's maximum for one page of search results. */
const MAX_RESULTS = 25;
/**
 * How many pages one search reads. 200 pages have up to 5,000 messages, and keep the history of the run short. The
 * maximum is half of Discord's: https://docs.discord.com/developers/resources/message#search-guild-messages
 */
const MAX_SEARCH_PAGES = 200;
/** How many of the latest pages of history decide whether clips are rare. On a single page, chance decides. */
const PAGES_TO_JUDGE = 5;
/** Clips are rare if fewer than one in this many messages has a clip. */
const MESSAGES_PER_CLIP = 50;
/**
 * A page of search results with fewer clips than this finds no more than a page of history. Messages that only link to
 * videos are not clips, but they can fill the results.
 */
const MIN_CLIPS_PER_PAGE = 2;

const NOTHING_FOUND: SearchCounts = { pages: 0, clips: 0, started: 0 };

/** Returns a function that takes the counts of each page of history, and returns whether clips are rare. */
export function createRarityCheck(): (page: { messages: number; clips: number }) => boolean {
  const latest: { messages: number; clips: number }[] = [];
  return (page) => {
    latest.push(page);
    if (latest.length > PAGES_TO_JUDGE) latest.shift();
    const messages = latest.reduce((sum, each) => sum + each.messages, 0);
    const clips = latest.reduce((sum, each) => sum + each.clips, 0);
    return latest.length === PAGES_TO_JUDGE && clips * MESSAGES_PER_CLIP < messages;
  };
}

/**
 * Searches a channel for clips between `before` and `after`, newest first, and starts them. Calls `onProgress` after each
 * page of results. The search is a shortcut and proves nothing, so a failure is only logged.
 * @throws the cancellation of the workflow, and no other error
 */
export async function searchClips(
  channel: { channelId: string; before: string; after: string | null; revive: boolean },
  onProgress: (counts: SearchCounts) => void,
): Promise<void> {
  const { channelId, after, revive } = channel;
  const { archiveSearchPage } = searchActivities();
  let { before } = channel;
  let counts = NOTHING_FOUND;
  while (counts.pages < MAX_SEARCH_PAGES) {
    try {
      const page = await archiveSearchPage({
        channelId,
        older: { before, after },
        limit: MAX_RESULTS,
        ...(revive && { revive }),
      });
      counts = {
        pages: counts.pages + 1,
        clips: counts.clips + page.clips,
        started: counts.started + page.started,
      };
      onProgress(counts);
      if (page.oldest === null || page.clips < MIN_CLIPS_PER_PAGE) return;
      before = page.oldest;
    } catch (error) {
      if (isCancellation(error)) throw error;
      const { message } = errorFacts(error);
      log.warn(`the search for clips ended early, and the pages find the rest: ${message}`);
      return;
    }
  }
}
