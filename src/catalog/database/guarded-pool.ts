import type { PostgresPool, PostgresPoolClient } from 'kysely';
import type pg from 'pg';
import { isUnavailable, toUnavailable } from './to-unavailable.ts';

/** How errors name the database. */
export interface DatabaseName {
  name: string;
  password: string | null;
}

/**
 * Wraps a pool, so that every failure to reach the database becomes CatalogUnavailable. A connection that failed in this
 * way is not used again.
 */
export function guardPool(pool: pg.Pool, database: DatabaseName): PostgresPool {
  // A connection that breaks while nobody uses the connection must not end the process. The pool replaces it.
  pool.on('error', () => undefined);
  // pg emits the same error on a connection that is in use, beside rejecting the query.
  pool.on('connect', (client) => client.on('error', () => undefined));
  return {
    async connect() {
      let client: pg.PoolClient;
      try {
        client = await pool.connect();
      } catch (error) {
        throw toUnavailable(error, database);
      }
      return guardClient(client, database);
    },
    end: () => pool.end(),
  };
}

function guardClient(client: pg.PoolClient, database: DatabaseName): PostgresPoolClient {
  let isBroken = false;
  async function query(sql: string, parameters: readonly unknown[]): Promise<unknown> {
    try {
      return await client.query(sql, [...parameters]);
    } catch (error) {
      if (!isUnavailable(error)) throw error;
      isBroken = true;
      throw toUnavailable(error, database);
    }
  }
  return {
    query: query as PostgresPoolClient['query'],
    release: (shouldDiscard?: boolean) => client.release(isBroken || shouldDiscard === true),
  };
}
