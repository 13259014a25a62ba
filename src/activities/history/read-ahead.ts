import type { APIMessage } from 'discord-api-types/v10';
import { BoundedMap } from '../../bounded-map.ts';
import type { DiscordPort } from '../ports/discord-port.ts';

/**
 * How long a page that was read ahead may be used, in milliseconds. A deletion is applied again two minutes after its
 * event, so it also reaches a clip that starts from such a page.
 */
const KEPT_MS = 10_000;

/**
 * After a page was read ahead in vain, no page is read ahead for this long, in milliseconds. If several workers serve the
 * task queue, the next page is often read by another worker.
 */
const PAUSE_MS = 10 * 60 * 1000;

/** The maximum number of pages that are kept. A page takes up to 500 KB. */
const MAX_PAGES = 10;

interface Page {
  messages: Promise<APIMessage[]>;
  /** By the clock of the process. */
  untilMs: number;
}

/**
 * Reads the next page of a history while the clips of the page before it are started and the workflow is told. Without
 * this, Discord's answer to each page would come after all of that.
 */
export interface ReadAhead extends Pick<DiscordPort, 'fetchHistory'> {
  /**
   * Requests a page, unless the last page that was read ahead was not used. Without `before`, the page has the newest
   * messages. Returns a function that forgets the page. Never throws.
   */
  begin(channelId: string, page: { before?: string; limit: number }): () => void;
}

/** `now` returns the milliseconds of a clock that never jumps; tests replace it. */
export function createReadAhead(
  discord: Pick<DiscordPort, 'fetchHistory'>,
  now: () => number = () => performance.now(),
): ReadAhead {
  const pages = new BoundedMap<string, Page>(MAX_PAGES);
  let pausedUntilMs = -Infinity;

  /** Forgets the pages that nobody has used in time. */
  function forgetOld(): void {
    for (const [key, { untilMs }] of pages) {
      if (untilMs > now()) continue;
      pages.delete(key);
      pausedUntilMs = untilMs + PAUSE_MS;
    }
  }

  return {
    begin(channelId, page) {
      forgetOld();
      if (pausedUntilMs > now()) return () => undefined;
      const key = keyOf(channelId, page);
      const messages = discord.fetchHistory(channelId, page);
      const forget = (): void => void pages.delete(key);
      // The activity that needs the page requests it again, and fails for the same reason if there still is one.
      messages.catch(forget);
      pages.set(key, { messages, untilMs: now() + KEPT_MS });
      return forget;
    },
    async fetchHistory(channelId, page) {
      forgetOld();
      const key = keyOf(channelId, page);
      const known = pages.get(key);
      pages.delete(key);
      const messages = await known?.messages.catch(() => null);
      return messages ?? (await discord.fetchHistory(channelId, page));
    },
  };
}

function keyOf(
  channelId: string,
  { before, after, limit }: { before?: string; after?: string; limit: number },
): string {
  return `${channelId} ${before} ${after} ${limit}`;
}
