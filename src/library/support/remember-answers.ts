import type { CatalogClip, ClipSummary, Facets } from '../../catalog/catalog.ts';
import type { ReadableCatalog } from '../ports.ts';
import { Limiter } from './limiter.ts';
import { Remembered } from './remembered.ts';

/** Descriptions, counts and days are at most this old, in milliseconds. */
export const ANSWERS_REMEMBERED_MS = 10_000;
/** The largest answer is a menu of filters, which takes about 40 KB. */
const MAX_REMEMBERED = 100;
/** PGlite works on one statement at a time. So a search waits for few of these statements, however many are wanted. */
const MAX_RUNNING = 2;
const MAX_WAITING = 50;

/**
 * Returns the same catalog, except that answers for which the catalog reads many clips are remembered, for all pages that
 * need them. Few of these answers are worked on at a time. If too many wait, these methods throw TooBusy. The audience
 * is a part of each query, so no reader gets the answer of another audience. `now` returns milliseconds.
 */
export function rememberAnswers(catalog: ReadableCatalog, now: () => number): ReadableCatalog {
  const options = { rememberMs: ANSWERS_REMEMBERED_MS, maxAnswers: MAX_REMEMBERED, now };
  const summaries = new Remembered<ClipSummary | null>(options);
  const facets = new Remembered<Facets>(options);
  const days = new Remembered<CatalogClip[]>(options);
  const limiter = new Limiter({ maxRunning: MAX_RUNNING, maxWaiting: MAX_WAITING });
  return {
    ...catalog,
    describe: (query) =>
      summaries.get(JSON.stringify(query), () => limiter.run(() => catalog.describe(query))),
    countFacets: (query) => {
      // The order of the clips does not change how many there are.
      const { sort: _, seed: __, ...counted } = query;
      return facets.get(JSON.stringify(counted), () =>
        limiter.run(() => catalog.countFacets(counted)),
      );
    },
    findOnDays: (query) =>
      days.get(JSON.stringify(query), () => limiter.run(() => catalog.findOnDays(query))),
  };
}
