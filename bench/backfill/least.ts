import type { History } from './write-history.ts';

/** Discord's limit for all requests of a bot. https://docs.discord.com/developers/topics/rate-limits */
export const GLOBAL_PER_SECOND = 50;

/** How many channels and threads a backfill reads at a time (MAX_CHILDREN in src/workflows/backfill). */
export const PLACES_AT_A_TIME = 3;

export interface Least {
  /**
   * The pages with messages, and one empty page for each channel and thread. Only an empty page is the end of a history:
   * Discord does not promise that a short page is the last one.
   */
  requests: number;
  /** The time for these requests if only Discord's limits held. */
  secondsByLimits: number;
  /**
   * The time for these requests if no more than three channels are read at a time. The id of a page's oldest message is
   * needed to ask for the next page, so a channel has one request under way.
   */
  secondsWithThree: number;
}

/** Returns the least that a backfill of the history can take if each answer takes `answerMs`. */
export function computeLeast({ pages, places }: History, answerMs: number): Least {
  const requests = pages + places;
  const secondsByLimits = requests / GLOBAL_PER_SECOND;
  const secondsInTurn = (requests * answerMs) / 1000 / PLACES_AT_A_TIME;
  return { requests, secondsByLimits, secondsWithThree: Math.max(secondsByLimits, secondsInTurn) };
}
