import { sql, type Kysely } from 'kysely';
import type { CatalogTables } from './schema/tables.ts';

/**
 * A reconcile that has not reported for this long counts as dead, in milliseconds. Then another reconcile may start. All
 * times are the database's, because the clocks of machines differ.
 */
export const RECONCILE_LEASE_MS = 60_000;

/**
 * Starts a reconcile in the name of `owner`, a text that no other process has. Returns false if another reconcile runs.
 * After this, `reportReconcile` must be called well within RECONCILE_LEASE_MS, again and again.
 */
export async function claimReconcile(
  db: Kysely<CatalogTables>,
  owner: string,
  leaseMs = RECONCILE_LEASE_MS,
): Promise<boolean> {
  return await updatedOne(
    db,
    sql`update reconcile_state set owner = ${owner}, heartbeat_at = now(), started_at = now(), done = 0, total = null
      where owner is null or heartbeat_at is null or heartbeat_at <= now() - ${leaseMs} * interval '1 ms'
      returning 1`,
  );
}

/**
 * Reports progress and renews the lease. `total` is null while the bucket is being listed. Returns false if the lease was
 * lost to another reconcile; the caller must then stop.
 */
export async function reportReconcile(
  db: Kysely<CatalogTables>,
  owner: string,
  { done, total }: { done: number; total: number | null },
): Promise<boolean> {
  return await updatedOne(
    db,
    sql`update reconcile_state set heartbeat_at = now(), done = ${done}, total = ${total}
      where owner = ${owner} returning 1`,
  );
}

/**
 * Ends a reconcile. `isComplete` is true if the catalog now has every object of the bucket. Returns false if the lease
 * was lost to another reconcile.
 *
 * After a complete reconcile, the tables are vacuumed and analyzed. PGlite runs no autovacuum, and without statistics
 * PostgreSQL would plan searches badly. If that fails, the reconcile is complete all the same, and the next one tries
 * again.
 */
export async function finishReconcile(
  db: Kysely<CatalogTables>,
  owner: string,
  { isComplete }: { isComplete: boolean },
): Promise<boolean> {
  const isOwner = await updatedOne(
    db,
    sql`update reconcile_state set owner = null, heartbeat_at = null,
        finished_at = case when ${isComplete} then now() else finished_at end,
        wanted_at = case when ${isComplete} and wanted_at < started_at then null else wanted_at end
      where owner = ${owner} returning 1`,
  );
  if (isOwner && isComplete) await tidyTables(db);
  return isOwner;
}

const TABLES = [
  ...(['clips', 'clip_details', 'links', 'channels', 'posters', 'vocabulary', 'objects'] as const),
];

/**
 * Removes dead rows and renews the statistics, where that is possible. Must not run in a transaction.
 *
 * Each table has a statement of its own, because PGlite answers nobody while it runs a statement. The statements may take
 * longer than other statements may, and a table whose statement fails is left as it is.
 */
export async function tidyTables(db: Kysely<CatalogTables>): Promise<void> {
  for (const table of TABLES) {
    await tidyTable(db, table).catch(() => undefined);
  }
}

async function tidyTable(db: Kysely<CatalogTables>, table: (typeof TABLES)[number]): Promise<void> {
  await db.connection().execute(async (connection) => {
    await sql`set statement_timeout = 0`.execute(connection);
    try {
      await sql`vacuum (analyze) ${sql.table(table)}`.execute(connection);
    } finally {
      await sql`reset statement_timeout`.execute(connection);
    }
  });
}

async function updatedOne(
  db: Kysely<CatalogTables>,
  update: ReturnType<typeof sql>,
): Promise<boolean> {
  const { rows } = await update.execute(db);
  return rows.length === 1;
}
