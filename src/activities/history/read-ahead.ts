import type { APIMessage } from 'discord-api-types/v10';
import { BoundedMap } from '../../bounded-map.ts';
import { compareSnowflakes } from '../../clip/snowflake.ts';
import type { DiscordPort } from '../ports/discord-port.ts';

/**
 * How long a page that was read ahead may be used, in milliseconds. A deletion is applied again two minutes after its
 * event, so it also reaches a clip that starts from such a page.
 */
const KEPT_MS = 10_000;

/** A timer may ring a millisecond before `now` says that its time is over. */
const TIMER_SLACK_MS = 1000;

/**
 * After a page was read ahead in vain, no page is read ahead for another call for this long, in milliseconds. If several
 * workers serve the task queue, another worker often reads the next page.
 */
const PAUSE_MS = 10 * 60 * 1000;

/** Discord's maximum for one page of messages. A backfill reads such pages until it has read enough messages. */
export const MAX_PAGE_MESSAGES = 100;

/** How many pages of a history are read ahead. While their answers come, a busy worker can start clips. */
const PAGES_AHEAD = 3;

/** How many pages of the next channel are read ahead, while Temporal ends one backfill and starts the next. */
const PAGES_OF_NEXT = 10;

/**
 * The maximum number of pages that are kept: those of three channels and of the three that follow. A page takes up to
 * 500 KB.
 */
const MAX_PAGES = 40;

/**
 * How many channels are remembered as begun, and for how long in milliseconds. A long channel may end after many of the
 * channels that were to be read after it.
 */
const MAX_BEGUN = 2000;
const BEGUN_KEPT_MS = 60 * 60 * 1000;

/** A page of a channel's history. Without `before`, the page has the newest messages. */
interface PageRequest {
  before?: string;
  limit: number;
}

/** Which pages may be read ahead. */
interface Reach {
  /** How many pages the running call is going to read itself. */
  certain: number;
  /** How many pages later calls are going to read. Another worker may run these calls. */
  likely: number;
  /** Messages that are not newer than this id are not wanted. */
  after?: string | null | undefined;
  /** The channels that are probably read after the end of the history, in order. */
  nextPlaces?: readonly string[];
}

/** What holds for all pages of a history that are read ahead. */
type Course = Pick<Reach, 'after' | 'nextPlaces'>;

interface Page {
  messages: Promise<APIMessage[]>;
  /** By the clock of the process. */
  untilMs: number;
  /** How many pages are wanted from here on, this one included. */
  wanted: number;
  /** The request for the page that follows. Null before the answer, and after the last page. */
  next: PageRequest | null;
  /** True if the answer shows that the history ends. */
  isLast: boolean;
  /** What the newest request for the page says about its history. */
  course: Course;
  /** True if the page may be used too late although no other worker reads it. */
  mayBeLate: boolean;
}

/**
 * Reads the next pages of a history while the clips of the page before them are started and the workflow is told. Without
 * this, Discord's answer to each page would come after all of that.
 */
export interface ReadAhead extends Pick<DiscordPort, 'fetchHistory'> {
  /**
   * Requests a page, and the pages before it as soon as their ids are known. Pages of later calls are left out for a
   * while after such a page was not used. Never throws.
   */
  begin(channelId: string, page: PageRequest, reach: Reach): void;
  /**
   * Says that a channel's history ends. Requests the newest pages of the first of `nextPlaces` whose history nobody has
   * begun to read here, unless a page that was read ahead has shown the end already. Never throws.
   */
  beginNext(channelId: string, course: Course): void;
  /** Says that the channel's pages may not be used in time, for a reason that has nothing to do with other workers. */
  expectDelay(channelId: string): void;
}

/** `now` returns the milliseconds of a clock that never jumps; tests replace it. */
export function createReadAhead(
  discord: Pick<DiscordPort, 'fetchHistory'>,
  now: () => number = () => performance.now(),
): ReadAhead {
  const pages = new Map<string, Page>();
  /** Until when nothing is read ahead because of a page that was not used in time. */
  const unused = new BoundedMap<string, number>(MAX_PAGES);
  /** When a channel's history was last read or requested. */
  const begunMs = new BoundedMap<string, number>(MAX_BEGUN);
  /** When the channel after this one was requested. */
  const followedMs = new BoundedMap<string, number>(MAX_BEGUN);

  /** Forgets the pages that nobody has used in time. */
  function forgetOld(): void {
    for (const [key, { untilMs, mayBeLate }] of pages) {
      if (untilMs > now()) continue;
      pages.delete(key);
      if (!mayBeLate) unused.set(key, untilMs + PAUSE_MS);
    }
  }

  function isPaused(): boolean {
    return [...unused.values()].some((untilMs) => untilMs > now());
  }

  /** This worker reads the page after all, so no other worker has read the pages of this channel. */
  function excuse(channelId: string): void {
    for (const key of unused.keys()) if (isOfChannel(key, channelId)) unused.delete(key);
  }

  function request(channelId: string, page: PageRequest, wanted: number, course: Course): void {
    const key = keyOf(channelId, page);
    const known = pages.get(key);
    if (known) {
      known.wanted = Math.max(known.wanted, wanted);
      known.course = course;
      goOn(channelId, known);
    } else if (pages.size < MAX_PAGES) {
      const messages = discord.fetchHistory(channelId, page);
      const added: Page = {
        messages,
        untilMs: now() + KEPT_MS,
        wanted,
        next: null,
        isLast: false,
        course,
        mayBeLate: false,
      };
      pages.set(key, added);
      // Nobody may ask for a page again, and its messages must not stay in memory.
      setTimeout(forgetOld, KEPT_MS + TIMER_SLACK_MS).unref();
      messages.then(
        (found) => {
          added.next = requestAfter(page, found);
          added.isLast = found.length < page.limit;
          goOn(channelId, added);
        },
        // The activity that needs the page requests it again, and fails for the same reason if there still is one.
        () => void (pages.get(key) === added && pages.delete(key)),
      );
    }
  }

  function goOn(channelId: string, { next, isLast, wanted, course }: Page): void {
    if (isLast) beginNext(channelId, course);
    if (next === null || wanted <= 1) return;
    if (compareSnowflakes(next.before ?? '0', course.after ?? '0') > 0) {
      request(channelId, next, wanted - 1, course);
    }
  }

  function isRecent(times: BoundedMap<string, number>, channelId: string): boolean {
    return (times.get(channelId) ?? -Infinity) > now() - BEGUN_KEPT_MS;
  }

  function begin(channelId: string, page: PageRequest, reach: Reach): void {
    forgetOld();
    begunMs.set(channelId, now());
    const { certain, likely } = reach;
    const wanted = Math.min(PAGES_AHEAD, isPaused() ? certain : certain + likely);
    if (wanted > 0) request(channelId, page, wanted, reach);
  }

  function beginNext(channelId: string, { nextPlaces = [], after }: Course): void {
    if (isRecent(followedMs, channelId)) return;
    const next = nextPlaces.find((place) => !isRecent(begunMs, place));
    if (next === undefined) return;
    followedMs.set(channelId, now());
    forgetOld();
    begunMs.set(next, now());
    if (!isPaused()) request(next, { limit: MAX_PAGE_MESSAGES }, PAGES_OF_NEXT, { after });
  }

  return {
    begin,
    beginNext,
    expectDelay(channelId) {
      for (const [key, page] of pages) if (isOfChannel(key, channelId)) page.mayBeLate = true;
    },
    async fetchHistory(channelId, page) {
      forgetOld();
      // A sweep asks for what is after a message, and reads no history.
      if (page.after === undefined) begunMs.set(channelId, now());
      const key = keyOf(channelId, page);
      if (unused.has(key)) excuse(channelId);
      const known = pages.get(key);
      pages.delete(key);
      const messages = await known?.messages.catch(() => null);
      return messages ?? (await discord.fetchHistory(channelId, page));
    },
  };
}

/** Returns the request for the page that follows, or null if none is likely to follow. */
function requestAfter(
  { before, limit }: PageRequest,
  found: readonly APIMessage[],
): PageRequest | null {
  const [oldest] = found.map(({ id }) => id).sort(compareSnowflakes);
  if (oldest === undefined || found.length < limit) return null;
  // A server that ignores `before` would send the same page again and again.
  const isOlder = before === undefined || compareSnowflakes(oldest, before) < 0;
  return isOlder ? { before: oldest, limit } : null;
}

function isOfChannel(key: string, channelId: string): boolean {
  return key.startsWith(`${channelId} `);
}

function keyOf(
  channelId: string,
  { before, after, limit }: { before?: string; after?: string; limit: number },
): string {
  return `${channelId} ${before} ${after} ${limit}`;
}
