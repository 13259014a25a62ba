import type { Kysely } from 'kysely';
import type { Catalog } from './catalog.ts';
import { answered } from './database-errors.ts';
import { findAvatar } from './read/find-avatar.ts';
import {
  findClip,
  findLink,
  findOldId,
  isComplete,
  readContentVersion,
  readState,
  readVersions,
} from './read/find.ts';
import { listLive, listRecordedPosters } from './read/list-live.ts';
import type { CatalogTables } from './schema/tables.ts';
import { findOnDays } from './search/days.ts';
import { describeClips } from './search/describe.ts';
import { countFacets } from './search/facets.ts';
import { Meanings } from './search/meanings.ts';
import { findNeighbours } from './search/neighbours.ts';
import { searchClips } from './search/search.ts';
import { suggestNames } from './search/suggest.ts';
import { applyChanges } from './write/apply.ts';

/**
 * Creates the catalog on a database that has the tables of `migrations`. The schema with the tables comes first in the
 * search path of the database's connections. `close` closes the connections.
 */
export function createCatalog(db: Kysely<CatalogTables>): Catalog {
  const meanings = new Meanings(Date.now);
  return {
    findClip: (id) => answered(() => findClip(db, id)),
    findLink: (id) => answered(() => findLink(db, id)),
    findOldId: (hex) => answered(() => findOldId(db, hex)),
    findAvatar: (id, audience) => answered(() => findAvatar(db, id, audience)),
    search: (query, page) => answered(() => searchClips(db, meanings, query, page)),
    findNeighbours: (query, clipId, limit) =>
      answered(() => findNeighbours(db, query, clipId, limit)),
    countFacets: (query) => answered(() => countFacets(db, query)),
    listLive: (audience, page) => answered(() => listLive(db, audience, page)),
    listRecordedPosters: (audience) => answered(() => listRecordedPosters(db, audience)),
    describe: (query) => answered(() => describeClips(db, query)),
    findOnDays: (query) => answered(() => findOnDays(db, query)),
    suggest: (query) => answered(() => suggestNames(db, query)),
    readState: () => answered(() => readState(db)),
    isComplete: () => answered(() => isComplete(db)),
    readContentVersion: () => answered(() => readContentVersion(db)),
    apply: async (changes) => {
      try {
        await answered(() => applyChanges(db, changes, Date.now()));
      } finally {
        meanings.forget();
      }
    },
    readVersions: (prefix) => answered(() => readVersions(db, prefix)),
    close: () => db.destroy(),
  };
}
