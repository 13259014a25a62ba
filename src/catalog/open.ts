import type { Kysely } from 'kysely';
import { CatalogUnavailable, type Catalog } from './catalog.ts';
import { createCatalog } from './create-catalog.ts';
import { isMissingSchema } from './database-errors.ts';
import { openDatabase, type DatabaseOptions } from './database/open-database.ts';
import { prepareDatabase } from './database/prepare-database.ts';
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
  const withTables = keepPrepared(db);
  return {
    catalog: { ...withEach(createCatalog(db), withTables), close: () => db.destroy() },
    store: withEach(createReconcileStore(db), withTables),
  };
}

type WithTables = <T>(query: () => Promise<T>) => Promise<T>;

/** Returns a function that runs a query when the tables exist. */
function keepPrepared(db: Kysely<CatalogTables>): WithTables {
  let preparation: Promise<unknown> | null = null;

  async function prepare(): Promise<void> {
    const current = (preparation ??= prepareDatabase(db, migrations));
    try {
      await current;
    } catch (error) {
      if (preparation === current) preparation = null;
      if (error instanceof CatalogUnavailable) throw error;
      const reason = error instanceof Error ? error.message : String(error);
      throw new CatalogUnavailable(reason, { cause: error });
    }
  }

  return async (query) => {
    await prepare();
    const current = preparation;
    try {
      return await query();
    } catch (error) {
      if (!isMissingSchema(error)) throw error;
      // Many queries may find out at once. The first one prepares the database again.
      if (preparation === current) preparation = null;
      await prepare();
      return await query();
    }
  };
}

/** Wraps each method of `object`, all of which return promises. */
function withEach<T extends object>(object: T, withTables: WithTables): T {
  const wrapped = Object.entries(object).map(([name, method]) => [
    name,
    (...parameters: unknown[]) =>
      withTables(() => (method as (...given: unknown[]) => Promise<unknown>)(...parameters)),
  ]);
  return Object.fromEntries(wrapped) as T;
}
