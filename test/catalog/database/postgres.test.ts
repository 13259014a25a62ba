import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { inspect } from 'node:util';
import { sql } from 'kysely';
import { CatalogUnavailable } from '../../../src/catalog/catalog.ts';
import { openDatabase } from '../../../src/catalog/database/open-database.ts';
import { prepareDatabase } from '../../../src/catalog/database/prepare-database.ts';
import { inspectCatalog } from '../../../src/catalog/open.ts';
import {
  findPostgres,
  NO_POSTGRES,
  startPostgres,
  type TestPostgres,
} from '../../support/postgres.ts';
import { until } from '../../support/wait.ts';

const open = (databaseUrl: string) => openDatabase<object>({ databaseUrl, dataDir: '/nowhere' });

test('an invalid DATABASE_URL is refused with a sentence without its password', () => {
  for (const url of [
    'postgres://me:hunter22@ho st/x',
    'mysql://me:hunter22@host/x',
    'hunter22',
    'postgres://me:%ZZhunter22@host/x',
  ]) {
    assert.throws(
      () => open(url),
      (error) =>
        error instanceof Error &&
        error.message.startsWith('DATABASE_URL is not valid') &&
        !inspect(error).includes('hunter22'),
      url,
    );
  }
});

test('if nothing listens at DATABASE_URL, a query throws CatalogUnavailable without the password', async () => {
  const db = open('postgres://me:hunter22@127.0.0.1:1/x');
  await assert.rejects(
    sql`select 1`.execute(db),
    (error) =>
      error instanceof CatalogUnavailable &&
      error.message.includes('127.0.0.1:1/x does not answer: connect ECONNREFUSED') &&
      !inspect(error, { depth: 9, showHidden: true }).includes('hunter22'),
  );
  await db.destroy();
});

describe('with a PostgreSQL server', { skip: findPostgres() === null && NO_POSTGRES }, () => {
  let server: TestPostgres;
  before(async () => {
    server = await startPostgres();
  });
  after(() => server.stop());

  test('a wrong password and a missing database make the catalog unavailable', async () => {
    const wrong = server.url.replace(server.password, 'hunter22');
    for (const [url, reason] of [
      [wrong, /password authentication failed/],
      [server.url.replace(/postgres$/, 'missing'), /database "missing" does not exist/],
    ] as const) {
      const db = open(url);
      await assert.rejects(sql`select 1`.execute(db), (error) => {
        assert.ok(error instanceof CatalogUnavailable);
        assert.match(error.message, reason);
        assert.doesNotMatch(inspect(error, { depth: 9, showHidden: true }), /hunter22/);
        assert.ok(!inspect(error, { depth: 9, showHidden: true }).includes(server.password));
        return true;
      });
      await db.destroy();
    }
  });

  test('after a crash of the server, queries fail with CatalogUnavailable and then work again', async () => {
    const db = open(server.url);
    const running = Promise.allSettled(
      Array.from({ length: 3 }, () => sql`select pg_sleep(20)`.execute(db)),
    );
    await until('the queries run', async () => {
      const { rows } = await sql<{ n: number }>`
        select count(*) as n from pg_stat_activity where query like 'select pg_sleep%'`.execute(db);
      return rows[0]?.n === 3;
    });
    await server.crash();
    for (const result of await running) {
      assert.ok(result.status === 'rejected' && result.reason instanceof CatalogUnavailable);
    }
    await assert.rejects(sql`select 1`.execute(db), CatalogUnavailable);
    await server.restart();
    assert.deepEqual((await sql`select 1 as one`.execute(db)).rows, [{ one: 1 }]);
    await db.destroy();
  });

  test('a transaction whose connection breaks throws CatalogUnavailable', async () => {
    const db = open(server.url);
    await assert.rejects(
      db.transaction().execute(async (transaction) => {
        const { rows } = await sql<{ pid: number }>`select pg_backend_pid() as pid`.execute(
          transaction,
        );
        await sql`select pg_terminate_backend(${rows[0]?.pid})`.execute(db);
        await sql`select 1`.execute(transaction);
      }),
      CatalogUnavailable,
    );
    assert.deepEqual((await sql`select 1 as one`.execute(db)).rows, [{ one: 1 }]);
    await db.destroy();
  });

  test('a database with LC_CTYPE C is refused with the command that creates a better one', async () => {
    const databaseUrl = await server.createDatabase('plain', { ctype: 'C' });
    const db = open(databaseUrl);
    const refusal = /LC_CTYPE C, .*create the database with "CREATE DATABASE/;
    await assert.rejects(prepareDatabase(db, {}), refusal);
    await assert.rejects(inspectCatalog({ databaseUrl, dataDir: '/nowhere' }), refusal);
    const { rows } =
      await sql`select 1 from pg_namespace where nspname = 'everclip_catalog'`.execute(db);
    assert.deepEqual(rows, [], 'nothing is left behind');
    await db.destroy();
  });

  test('a user who may not create a schema gets a sentence that says what to do', async () => {
    const owner = open(await server.createDatabase('guarded'));
    await sql`create role guest login password 'guest-password'`.execute(owner);
    const guestUrl = server.url
      .replace(/\/\/.*@/, '//guest:guest-password@')
      .replace(/postgres$/, 'guarded');
    const guest = open(guestUrl);
    await assert.rejects(prepareDatabase(guest, {}), /permission denied .*owner of the database/);
    await Promise.all([owner.destroy(), guest.destroy()]);
  });

  test("the URL's own options and the schema of the catalog both apply", async () => {
    const db = open(`${server.url}?options=-c%20work_mem%3D7MB`);
    const { rows } =
      await sql`select current_setting('work_mem') as memory, current_setting('search_path') as path`.execute(
        db,
      );
    assert.deepEqual(rows, [{ memory: '7MB', path: 'everclip_catalog' }]);
    await db.destroy();
  });
});
