import type { Catalog } from './catalog.ts';
import { createCatalog } from './create-catalog.ts';
import { keepPrepared, type PreparedDatabase } from './database/keep-prepared.ts';
import { openDatabase, type DatabaseOptions } from './database/open-database.ts';
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

/** Wraps each method of `object`, all of which return promises, so that each call finds the tables. */
function withEach<T extends object>(object: T, prepared: PreparedDatabase): T {
  const wrapped = Object.entries(object).map(([name, method]) => [
    name,
    (...parameters: unknown[]) =>
      prepared.run(() => (method as (...given: unknown[]) => Promise<unknown>)(...parameters)),
  ]);
  return Object.fromEntries(wrapped) as T;
}
