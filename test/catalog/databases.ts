import { PGlite } from '@electric-sql/pglite';
import { pg_trgm } from '@electric-sql/pglite/contrib/pg_trgm';
import {
  Kysely,
  PostgresAdapter,
  PostgresDialect,
  PostgresIntrospector,
  PostgresQueryCompiler,
  sql,
  type CompiledQuery,
  type DatabaseConnection,
  type Dialect,
  type QueryResult,
} from 'kysely';
import { execFileSync } from 'node:child_process';
import { after, before, beforeEach, describe } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import pg from 'pg';
import type { Catalog } from '../../src/catalog/catalog.ts';
import { createCatalog } from '../../src/catalog/create-catalog.ts';
import { migrations } from '../../src/catalog/schema/migrations.ts';
import type { CatalogTables } from '../../src/catalog/schema/tables.ts';
import { findTemplate } from '../support/catalog-process.ts';
import { findPostgres, startPostgres } from '../support/postgres.ts';

export interface TestDatabase {
  db: Kysely<CatalogTables>;
  stop: () => Promise<void>;
}

/** A way to start an empty database with the tables of the catalog. */
export interface TestDatabaseKind {
  name: string;
  /** The sentence to skip with; false if the database is there. */
  skip: string | false;
  start: () => Promise<TestDatabase>;
}

/** PGlite, and PostgreSQL if it is installed. */
export const DATABASES: readonly TestDatabaseKind[] = [
  { name: 'PGlite', skip: false, start: startInProcess },
  {
    name: 'PostgreSQL',
    skip: findPostgres() === null ? 'PostgreSQL is not installed' : false,
    start: startServer,
  },
];

// The tests run each function a few times, so optimizing PGlite costs more CPU time than it saves.
setFlagsFromString('--liftoff-only');

/** Larger than a data folder in a tar file. */
const MAX_TAR_BYTES = 2 ** 28;

async function startInProcess(): Promise<TestDatabase> {
  // Creating a database takes 7 s of CPU time, and opening a created one takes 2 s.
  const tar = execFileSync('tar', ['-c', '-C', await findTemplate(), '.'], {
    maxBuffer: MAX_TAR_BYTES,
  });
  const pglite = await PGlite.create({
    extensions: { pg_trgm },
    loadDataDir: new Blob([tar]),
  });
  const db = new Kysely<CatalogTables>({ dialect: pgliteDialect(pglite) });
  await migrate(db);
  return { db, stop: () => db.destroy() };
}

async function startServer(): Promise<TestDatabase> {
  // Autovacuum would start at any time, once a minute.
  const server = await startPostgres({ settings: ['fsync=off', 'autovacuum=off'] });
  const pool = new pg.Pool({ connectionString: server.url, max: 10 });
  const db = new Kysely<CatalogTables>({ dialect: new PostgresDialect({ pool }) });
  await migrate(db);
  return {
    db,
    async stop() {
      await db.destroy();
      await server.stop();
    },
  };
}

async function migrate(db: Kysely<CatalogTables>): Promise<void> {
  for (const name of Object.keys(migrations).sort()) await migrations[name]?.up(db);
}

/** Runs Kysely on a PGlite of this process. Statements run one after the other. */
export function pgliteDialect(pglite: PGlite): Dialect {
  const connection: DatabaseConnection = {
    async executeQuery<R>({ sql, parameters }: CompiledQuery): Promise<QueryResult<R>> {
      const { rows } = await pglite.query<R>(sql, [...parameters]);
      return { rows };
    },
    streamQuery() {
      throw new Error('not needed here');
    },
  };
  const nothing = () => Promise.resolve();
  return {
    createAdapter: () => new PostgresAdapter(),
    createQueryCompiler: () => new PostgresQueryCompiler(),
    createIntrospector: (db) => new PostgresIntrospector(db),
    createDriver: () => ({
      init: nothing,
      acquireConnection: () => Promise.resolve(connection),
      beginTransaction: nothing,
      commitTransaction: nothing,
      rollbackTransaction: nothing,
      releaseConnection: nothing,
      destroy: () => pglite.close(),
    }),
  };
}

/** With more rows than this, TRUNCATE is faster than DELETE, which leaves the rows in the files. */
const MAX_DELETED = 200;

/** Removes all rows, as if the migrations had just run. */
export async function emptyTables(db: Kysely<CatalogTables>): Promise<void> {
  const { rows } = await sql<{ n: number }>`
    select (select count(*) from clips) + (select count(*) from objects) as n`.execute(db);
  const isFull = Number(rows[0]?.n) > MAX_DELETED;
  // TRUNCATE creates new files for each table and index: 33 ms of PostgreSQL's CPU time.
  await (
    isFull
      ? sql`truncate clips, clip_details, links, channels, posters, vocabulary, objects`
      : sql`with a as (delete from clips), b as (delete from clip_details), c as (delete from links),
          d as (delete from channels), e as (delete from posters), f as (delete from vocabulary)
        delete from objects`
  ).execute(db);
  await sql`update reconcile_state set owner = null, heartbeat_at = null, done = 0, total = null, started_at = null, finished_at = null, content_version = 0,
    wanted_at = null`.execute(db);
}

const started = new Map<TestDatabaseKind, Promise<TestDatabase>>();
after(async () => {
  for (const database of started.values()) await (await database).stop();
});

/** Starts a database when a test first needs it. All test files of this process share it. */
function startOnce(kind: TestDatabaseKind): Promise<TestDatabase> {
  const database = started.get(kind) ?? kind.start();
  started.set(kind, database);
  return database;
}

/** Runs tests on each database that this machine has. The tests share a database, which is emptied before each test. */
export function onEachDatabase(
  about: string,
  tests: (context: { catalog: Catalog; db: Kysely<CatalogTables> }, kind: TestDatabaseKind) => void,
): void {
  for (const kind of DATABASES) {
    describe(`${about}, on ${kind.name}`, { skip: kind.skip }, () => {
      const context = {} as { catalog: Catalog; db: Kysely<CatalogTables> };
      before(async () => {
        const { db } = await startOnce(kind);
        context.db = db;
        context.catalog = createCatalog(db);
      });
      beforeEach(() => emptyTables(context.db));
      tests(context, kind);
    });
  }
}
