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
    sql`update reconcile_state set owner = ${owner}, heartbeat_at = now(), done = 0, total = null
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
 * PostgreSQL would plan searches badly.
 */
export async function finishReconcile(
  db: Kysely<CatalogTables>,
  owner: string,
  { isComplete }: { isComplete: boolean },
): Promise<boolean> {
  const isOwner = await updatedOne(
    db,
    sql`update reconcile_state set owner = null, heartbeat_at = null,
        finished_at = case when ${isComplete} then now() else finished_at end
      where owner = ${owner} returning 1`,
  );
  if (isOwner && isComplete) await tidyTables(db);
  return isOwner;
}

/** Removes dead rows and renews the statistics. Must not run in a transaction. */
export async function tidyTables(db: Kysely<CatalogTables>): Promise<void> {
  await sql`vacuum (analyze) clips, clip_details, links, channels, posters, vocabulary, objects`.execute(
    db,
  );
}

async function updatedOne(
  db: Kysely<CatalogTables>,
  update: ReturnType<typeof sql>,
): Promise<boolean> {
  const { rows } = await update.execute(db);
  return rows.length === 1;
}
