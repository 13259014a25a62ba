import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  DummyDriver,
  Kysely,
  PostgresAdapter,
  PostgresIntrospector,
  PostgresQueryCompiler,
  sql,
} from 'kysely';
import { claimReconcile, finishReconcile } from '../../src/catalog/reconcile-state.ts';
import type { CatalogTables } from '../../src/catalog/schema/tables.ts';
import { onEachDatabase } from './databases.ts';

test('each table is vacuumed in a statement of its own, without a timeout', async () => {
  const statements: string[] = [];
  const db = new Kysely<CatalogTables>({
    dialect: {
      createAdapter: () => new PostgresAdapter(),
      createQueryCompiler: () => new PostgresQueryCompiler(),
      createIntrospector: (any) => new PostgresIntrospector(any),
      createDriver: () => new UpdatingDriver(),
    },
    log: ({ query }) => void statements.push(query.sql),
  });
  assert.equal(await finishReconcile(db, 'a', { isComplete: true }), true);
  const vacuums = statements.flatMap((text, at) => (text.startsWith('vacuum') ? at : []));
  assert.equal(vacuums.length, 7);
  for (const at of vacuums) {
    assert.match(statements[at] ?? '', /^vacuum \(analyze\) "\w+"$/);
    assert.equal(statements[at - 1], 'set statement_timeout = 0');
    assert.equal(statements[at + 1], 'reset statement_timeout');
  }
});

/** Answers that one row was updated. */
class UpdatingDriver extends DummyDriver {
  override async acquireConnection() {
    const connection = await super.acquireConnection();
    return Object.assign(connection, { executeQuery: () => Promise.resolve({ rows: [{}] }) });
  }
}

onEachDatabase('the end of a reconcile', (context) => {
  test('if a table can’t be vacuumed, the reconcile is complete, and the other tables are vacuumed', async () => {
    const { db, catalog } = context;
    // An earlier test may have vacuumed the tables. Before the first vacuum, PostgreSQL does not know how many rows there are.
    await sql`update pg_class set reltuples = -1 where relname in ('clips', 'links', 'objects')`.execute(
      db,
    );
    await sql`alter table links rename to gone`.execute(db);
    try {
      await claimReconcile(db, 'a');
      assert.equal(await finishReconcile(db, 'a', { isComplete: true }), true);
    } finally {
      await sql`alter table gone rename to links`.execute(db);
    }
    assert.equal((await catalog.readState()).isIncomplete, false);
    const { rows } = await sql<{ relname: string }>`
      select relname from pg_class where relname in ('clips', 'links', 'objects') and reltuples = 0
      order by relname`.execute(db);
    assert.deepEqual(
      rows.map(({ relname }) => relname),
      ['clips', 'objects'],
    );
  });
});
