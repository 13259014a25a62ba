import { CatalogUnavailable } from '../../catalog/catalog.ts';
import type { ReadableCatalog } from '../ports.ts';
import { DeadlineExceeded, withDeadline } from './deadline.ts';

/** No reader waits longer for a page, in milliseconds. A search takes less than 50 ms. */
export const MAX_CATALOG_MS = 8000;

/** Returns the same catalog, except that a call that takes too long throws CatalogUnavailable. */
export function limitCatalog(catalog: ReadableCatalog): ReadableCatalog {
  return {
    findClip: (id) => limit(() => catalog.findClip(id)),
    findLink: (id) => limit(() => catalog.findLink(id)),
    findOldId: (hex) => limit(() => catalog.findOldId(hex)),
    findAvatar: (id, audience) => limit(() => catalog.findAvatar(id, audience)),
    search: (query, page) => limit(() => catalog.search(query, page)),
    listLive: (audience, page) => limit(() => catalog.listLive(audience, page)),
    listRecordedPosters: (audience) => limit(() => catalog.listRecordedPosters(audience)),
    countFacets: (query) => limit(() => catalog.countFacets(query)),
    describe: (query) => limit(() => catalog.describe(query)),
    findOnDays: (query) => limit(() => catalog.findOnDays(query)),
    findNeighbours: (query, clipId, most) =>
      limit(() => catalog.findNeighbours(query, clipId, most)),
    suggest: (query) => limit(() => catalog.suggest(query)),
    readState: () => limit(() => catalog.readState()),
    isComplete: () => limit(() => catalog.isComplete()),
    readContentVersion: () => limit(() => catalog.readContentVersion()),
  };
}

async function limit<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await withDeadline(MAX_CATALOG_MS, work);
  } catch (error) {
    if (!(error instanceof DeadlineExceeded)) throw error;
    throw new CatalogUnavailable(`the catalog gave ${error.message}`, { cause: error });
  }
}
