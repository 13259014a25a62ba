import { sql, type Kysely } from 'kysely';
import { answered } from '../database-errors.ts';
import { claimReconcile, finishReconcile, reportReconcile } from '../reconcile-state.ts';
import type { CatalogTables } from '../schema/tables.ts';
import type { ReconcileStore } from './store.ts';

/** Creates the store on a database that has the catalog's tables. */
export function createReconcileStore(db: Kysely<CatalogTables>): ReconcileStore {
  return {
    claim: (owner) => answered(() => claimReconcile(db, owner)),
    report: (owner, progress) => answered(() => reportReconcile(db, owner, progress)),
    finish: (owner, end) => answered(() => finishReconcile(db, owner, end)),
    readAgeMs: () => answered(() => readAgeMs(db)),
    request: () => answered(() => request(db)),
    isRequested: () => answered(() => isRequested(db)),
    readFolders: (prefix) => answered(() => readFolders(db, prefix)),
  };
}

async function readAgeMs(db: Kysely<CatalogTables>): Promise<number | null> {
  const { rows } = await sql<{ age: number | null }>`
    select extract(epoch from now() - finished_at)::float8 * 1000 as age from reconcile_state`.execute(
    db,
  );
  return rows[0]?.age ?? null;
}

async function request(db: Kysely<CatalogTables>): Promise<void> {
  await sql`update reconcile_state set wanted_at = now()`.execute(db);
}

async function isRequested(db: Kysely<CatalogTables>): Promise<boolean> {
  const { rows } = await sql`select from reconcile_state where wanted_at is not null`.execute(db);
  return rows.length > 0;
}

async function readFolders(db: Kysely<CatalogTables>, prefix: string): Promise<string[]> {
  const { rows } = await sql<{ folder: string }>`
    select distinct substring(key from '^(.*/)') as folder from objects
    where starts_with(key, ${prefix})`.execute(db);
  return rows.map(({ folder }) => folder);
}
