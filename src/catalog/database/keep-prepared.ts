import type { Kysely } from 'kysely';
import { messageOf } from '../../errors.ts';
import { CatalogUnavailable } from '../catalog.ts';
import { isMissingSchema } from '../database-errors.ts';
import { type Migrations, prepareDatabase } from './prepare-database.ts';

/** Runs queries on a database whose schema may be missing. */
export interface PreparedDatabase {
  /**
   * Runs `work` after the database is prepared. If the schema has disappeared, prepares the database again and repeats
   * `work`.
   * @throws CatalogUnavailable if the database does not answer or can't be prepared
   */
  run<R>(work: () => Promise<R>): Promise<R>;
}

/**
 * Prepares the database before its first query, and again when its schema has disappeared. Somebody may drop the
 * database, and PGlite's process replaces a folder that can't be opened. A new database is empty; the reconcile fills
 * the database.
 */
export function keepPrepared<T>(database: Kysely<T>, migrations: Migrations): PreparedDatabase {
  let preparing: Promise<unknown> | null = null;

  /** Returns the same promise to all callers, so that the database is prepared once. */
  async function prepare(): Promise<unknown> {
    const current = (preparing ??= prepareDatabase(database, migrations));
    try {
      return await current;
    } catch (error) {
      forget(current);
      if (error instanceof CatalogUnavailable) throw error;
      throw new CatalogUnavailable(messageOf(error));
    }
  }

  function forget(old: Promise<unknown> | null): void {
    if (preparing === old) preparing = null;
  }

  return {
    async run(work) {
      await prepare();
      const used = preparing;
      try {
        return await work();
      } catch (error) {
        if (!isMissingSchema(error)) throw error;
        forget(used);
        await prepare();
        return await work();
      }
    },
  };
}
