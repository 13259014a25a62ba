import type { Catalog, CatalogState } from './catalog.ts';
import { createCatalog } from './create-catalog.ts';
import { keepPrepared, type PreparedDatabase } from './database/keep-prepared.ts';
import { openDatabase, type DatabaseOptions } from './database/open-database.ts';
import { tryPreparing } from './database/prepare-database.ts';
import { isMissingSchema } from './database-errors.ts';
import type { ReconcileStore } from './reconcile/store.ts';
import { createReconcileStore } from './reconcile/database-store.ts';
import { migrations } from './schema/migrations.ts';
import type { CatalogTables } from './schema/tables.ts';

export interface OpenCatalog {
  catalog: Catalog;
  /** What a reconcile needs besides the catalog. */
  store: ReconcileStore;
}

/**
 * Opens the catalog. The database need not answer yet. The first call creates the tables or brings them up to date. If
 * the database is lost and created again, the next call creates the tables again, and a reconcile has to fill them.
 * @throws Error if `databaseUrl` is invalid
 */
export function openCatalog(options: DatabaseOptions): OpenCatalog {
  const db = openDatabase<CatalogTables>(options);
  const prepared = keepPrepared(db, migrations);
  return {
    catalog: { ...withEach(createCatalog(db), prepared), close: () => db.destroy() },
    store: withEach(createReconcileStore(db), prepared),
  };
}

/** The state of the catalog, and how long ago it last had every object of the bucket. */
export interface InspectedCatalog extends CatalogState {
  /** In milliseconds by the database's clock; null if no reconcile has ever finished. */
  completeAgoMs: number | null;
}

/**
 * Reads the state of the catalog once, and changes nothing in the database. Programs of other versions may be using the
 * database.
 * @returns null if the tables are missing, or are those of another version
 * @throws CatalogUnavailable if the database does not answer
 * @throws Error with one sentence if `databaseUrl` is invalid, or if the tables are missing and can't be created
 */
export async function inspectCatalog(options: DatabaseOptions): Promise<InspectedCatalog | null> {
  const db = openDatabase<CatalogTables>(options);
  try {
    const [state, completeAgoMs] = await Promise.all([
      createCatalog(db).readState(),
      createReconcileStore(db).readAgeMs(),
    ]);
    return { ...state, completeAgoMs };
  } catch (error) {
    if (!isMissingSchema(error)) throw error;
    await tryPreparing(db);
    return null;
  } finally {
    void db.destroy().catch(() => undefined);
  }
}

/** Wraps each method of `object`, all of which return promises, so that each call finds the tables. */
function withEach<T extends object>(object: T, prepared: PreparedDatabase): T {
  const wrapped = Object.entries(object).map(([name, method]) => [
    name,
    (...parameters: unknown[]) =>
      prepared.run(() => (method as (...given: unknown[]) => Promise<unknown>)(...parameters)),
  ]);
  return Object.fromEntries(wrapped) as T;
}
