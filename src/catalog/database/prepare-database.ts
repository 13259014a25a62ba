import { type Kysely, type Migration, Migrator, sql, type Transaction } from 'kysely';
import pg from 'pg';
import { messageOf } from '../../errors.ts';
import { CatalogUnavailable } from '../catalog.ts';
import { CATALOG_SCHEMA } from './schema-name.ts';
import { lookIntoTrigrams } from './trigrams.ts';

/** The migrations by name. The names must sort in the order in which the migrations run. */
export type Migrations = Readonly<Record<string, Migration>>;

const MIGRATION_TABLE = 'migration';
const LOCK_TABLE = 'migration_lock';

/** Any number that other programs in the same database do not use for an advisory lock: "everclip" in ASCII. */
const LOCK_ID = '7311432652398520688';

/** Versions of Everclip that start at the same time can each replace the schema of the other. */
const MAX_ATTEMPTS = 3;

export interface Preparation {
  /** True if a schema was dropped. The catalog is then empty. */
  wasReplaced: boolean;
  /** The names of the migrations that ran. */
  applied: string[];
}

/**
 * Creates the catalog's schema, or brings the schema up to date. If a newer version of Everclip has only added
 * migrations, this version uses the schema as it is, because migrations are additive. If the migrations differ
 * otherwise, the schema is dropped first, because the catalog is derived from the bucket. Several processes may prepare
 * the same database at once.
 * @throws CatalogUnavailable if the database does not answer
 * @throws Error with one sentence if the database can't be used as it is
 */
export async function prepareDatabase<T>(
  database: Kysely<T>,
  migrations: Migrations,
): Promise<Preparation> {
  let wasReplaced = false;
  for (let attempt = 1; ; attempt++) {
    const { dropped, isComplete } = await rephrase(() =>
      database.transaction().execute((transaction) => prepareSchema(transaction, migrations)),
    );
    wasReplaced ||= dropped;
    // Kysely's migrator refuses a schema with migrations that it does not know.
    if (isComplete) return { wasReplaced, applied: [] };
    const migrator = new Migrator({
      db: database,
      provider: { getMigrations: () => Promise.resolve({ ...migrations }) },
      migrationTableSchema: CATALOG_SCHEMA,
      migrationTableName: MIGRATION_TABLE,
      migrationLockTableName: LOCK_TABLE,
      nameComparator: compareNames,
    });
    const { error, results } = await migrator.migrateToLatest();
    if (error === undefined) {
      return { wasReplaced, applied: (results ?? []).map(({ migrationName }) => migrationName) };
    }
    if (error instanceof CatalogUnavailable || attempt >= MAX_ATTEMPTS) throw error as Error;
  }
}

/**
 * Tries whether the catalog's schema could be created, and leaves nothing behind.
 * @throws CatalogUnavailable if the database does not answer
 * @throws Error with one sentence if the database can't be used as it is
 */
export async function tryPreparing<T>(database: Kysely<T>): Promise<void> {
  await rephrase(async () => {
    const transaction = await database.startTransaction().execute();
    try {
      await lockSchema(transaction);
      await createSchema(transaction);
    } finally {
      await transaction.rollback().execute();
    }
  });
}

/**
 * Creates schema and extension, and drops an incompatible schema.
 * @returns `dropped` is true if a schema was dropped, and `isComplete` is true if all migrations have run before
 */
async function prepareSchema<T>(
  transaction: Transaction<T>,
  migrations: Migrations,
): Promise<{ dropped: boolean; isComplete: boolean }> {
  await lockSchema(transaction);
  const known = Object.keys(migrations).sort();
  const applied = await readApplied(transaction);
  const isComplete = startsWith(applied, known);
  const dropped = !isComplete && !startsWith(known, applied);
  if (dropped) await sql`drop schema ${schema()} cascade`.execute(transaction);
  await createSchema(transaction);
  return { dropped, isComplete };
}

/** Without the lock, two processes that create the same extension fail with a duplicate key. */
async function lockSchema<T>(transaction: Transaction<T>): Promise<void> {
  await sql`select pg_advisory_xact_lock(${sql.lit(LOCK_ID)}::bigint)`.execute(transaction);
}

/** @throws Error if the database does not know letters */
async function createSchema<T>(transaction: Transaction<T>): Promise<void> {
  await sql`create schema if not exists ${schema()}`.execute(transaction);
  await sql`create extension if not exists pg_trgm with schema ${schema()}`.execute(transaction);
  await lookIntoTrigrams(transaction);
  await requireLetters(transaction);
}

function schema() {
  return sql.id(CATALOG_SCHEMA);
}

/** Returns the names of the migrations that ran, in the order in which they ran. */
async function readApplied<T>(transaction: Transaction<T>): Promise<string[]> {
  const table = `${CATALOG_SCHEMA}.${MIGRATION_TABLE}`;
  const { rows: tables } = await sql<{ exists: boolean }>`
    select to_regclass(${table}) is not null as exists`.execute(transaction);
  if (tables[0]?.exists !== true) return [];
  const { rows } = await sql<{ name: string; timestamp: string }>`
    select name, timestamp from ${sql.id(CATALOG_SCHEMA, MIGRATION_TABLE)}`.execute(transaction);
  return rows
    .sort((a, b) => compareNames(a.timestamp, b.timestamp) || compareNames(a.name, b.name))
    .map(({ name }) => name);
}

function startsWith(names: readonly string[], first: readonly string[]): boolean {
  return first.every((name, at) => names[at] === name);
}

function compareNames(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

/**
 * With LC_CTYPE `C`, PostgreSQL finds no letters outside ASCII: pg_trgm makes no trigrams of `жук`. Other settings, such
 * as an ICU locale, can matter too, so the check tries the functions that the catalog uses. PGlite passes the check,
 * because its LC_CTYPE is C.UTF-8.
 * @throws Error if the database does not know letters
 */
async function requireLetters<T>(transaction: Transaction<T>): Promise<void> {
  const { rows } = await sql<{ ctype: string; encoding: string; knows: boolean }>`
    select datctype as ctype, pg_encoding_to_char(encoding) as encoding,
      cardinality(show_trgm('жук')) > 0
        and to_tsvector('simple', 'Жук') @@ to_tsquery('simple', 'жук') as knows
    from pg_database where datname = current_database()`.execute(transaction);
  const { ctype, encoding, knows } = rows[0] ?? { ctype: '', encoding: '', knows: false };
  if (knows && encoding === 'UTF8') return;
  throw new Error(
    `the catalog's database has encoding ${encoding} and LC_CTYPE ${ctype}, so it can't search text outside ASCII: ` +
      "create the database with \"CREATE DATABASE everclip TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C.UTF-8'\"",
  );
}

/** Turns missing permissions and a missing pg_trgm into sentences that say what to do. */
async function rephrase<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof pg.DatabaseError)) throw error;
    throw new Error(
      `the catalog's database can't be prepared: ${messageOf(error)}; ` +
        'make the user of DATABASE_URL the owner of the database, and install the extension pg_trgm (postgresql-contrib)',
      { cause: error },
    );
  }
}
