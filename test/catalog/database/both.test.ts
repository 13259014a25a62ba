import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { inspect } from 'node:util';
import { type Kysely, type Migration, sql } from 'kysely';
import pg from 'pg';
import { CatalogUnavailable } from '../../../src/catalog/catalog.ts';
import { keepPrepared } from '../../../src/catalog/database/keep-prepared.ts';
import { type DatabaseOptions, openDatabase } from '../../../src/catalog/database/open-database.ts';
import { prepareDatabase } from '../../../src/catalog/database/prepare-database.ts';
import { inspectCatalog } from '../../../src/catalog/open.ts';
import { migrations } from '../../../src/catalog/schema/migrations.ts';
import { parseConfig } from '../../../src/config.ts';
import { libraryFindings } from '../../../src/doctor/library-findings.ts';
import { startTestCatalog, type TestCatalogProcess } from '../../support/catalog-process.ts';
import {
  findPostgres,
  NO_POSTGRES,
  startPostgres,
  type TestPostgres,
} from '../../support/postgres.ts';
import { until } from '../../support/wait.ts';

interface Tables {
  word: { id: number; text: string };
}

const createWord: Migration = {
  async up(db) {
    await sql`create table word (id bigint primary key, text text not null)`.execute(db);
    await sql`create index on word using gin (text gin_trgm_ops)`.execute(db);
  },
};
const addLength: Migration = {
  async up(db) {
    await sql`alter table word add length int`.execute(db);
  },
};
const MIGRATIONS = { '0001-word': createWord };

const hasPostgres = findPostgres() !== null;

let catalog: TestCatalogProcess;
let postgres: TestPostgres | null = null;

before(async () => {
  [catalog, postgres] = await Promise.all([
    startTestCatalog(),
    hasPostgres ? startPostgres() : null,
  ]);
});

after(async () => {
  await Promise.all([catalog.remove(), postgres?.stop()]);
});

/** Runs `work` with a connection to each database that is there. Drops the schema first. */
async function onEach<T>(
  work: (db: Kysely<Tables>, open: () => Kysely<Tables>, options: DatabaseOptions) => Promise<T>,
) {
  const results: T[] = [];
  for (const databaseUrl of [null, ...(postgres === null ? [] : [postgres.url])]) {
    const options = { databaseUrl, dataDir: catalog.dataDir };
    const open = () => openDatabase<Tables>(options);
    const db = open();
    try {
      await sql`drop schema if exists everclip_catalog cascade`.execute(db);
      results.push(await work(db, open, options));
    } finally {
      await db.destroy();
    }
  }
  return results;
}

describe('PGlite and PostgreSQL', () => {
  test('PostgreSQL is compared with PGlite', { skip: !hasPostgres && NO_POSTGRES }, () => {
    assert.notEqual(postgres, null);
  });

  test('both databases return the same values for the same queries', async () => {
    const values = {
      number: 1_234_567_890_123,
      text: 'Жук "quoted" \\ こんにちは',
      list: ['a', 'b "c"', 'd,e', ''],
      json: { a: [1, null, 'x'], b: { c: true } },
    };
    const results = await onEach(async (db) => {
      const { rows } = await sql`
        select ${values.number}::bigint as number, count(*) as counted, ${values.text}::text as text,
          ${values.list}::text[] as list, ${JSON.stringify(values.json)}::jsonb as json,
          ${true}::boolean as yes, null::bigint as nothing, 1.5::float8 as float, ${7}::int as int,
          array[1, 2]::bigint[] as numbers, ${Buffer.from([0, 255])}::bytea as bytes
        from generate_series(1, 3)`.execute(db);
      return rows;
    });
    for (const rows of results) {
      assert.deepEqual(rows, [
        {
          number: values.number,
          counted: 3,
          text: values.text,
          list: values.list,
          json: values.json,
          yes: true,
          nothing: null,
          float: 1.5,
          int: 7,
          numbers: results[0]?.[0]?.['numbers' as never],
          bytes: Buffer.from([0, 255]),
        },
      ]);
    }
  });

  test('both databases plan joins as they are written, and compile no plans', async () => {
    const results = await onEach(async (db) => {
      const { rows } = await sql`
        select current_setting('join_collapse_limit') as joins, current_setting('jit') as jit`.execute(
        db,
      );
      return rows;
    });
    for (const rows of results) assert.deepEqual(rows, [{ joins: '1', jit: 'off' }]);
  });

  test("a wrong statement fails with PostgreSQL's code, and the connection still works", async () => {
    await onEach(async (db) => {
      for (const [statement, code] of [
        ['select * from missing', '42P01'],
        ['select 1/0', '22012'],
        ['selec', '42601'],
      ] as const) {
        await assert.rejects(
          sql.raw(statement).execute(db),
          (error) => error instanceof pg.DatabaseError && error.code === code,
        );
        await assert.rejects(
          sql`select ${'x'}::text::int`.execute(db),
          (error) => error instanceof pg.DatabaseError && error.code === '22P02',
        );
      }
      assert.deepEqual((await sql`select 1 as one`.execute(db)).rows, [{ one: 1 }]);
    });
  });

  test('a failed transaction leaves nothing behind, and a committed one leaves all', async () => {
    await onEach(async (db) => {
      await prepareDatabase(db, MIGRATIONS);
      const insert = (id: number, fails: boolean) =>
        db.transaction().execute(async (transaction) => {
          await transaction.insertInto('word').values({ id, text: 'one' }).execute();
          await transaction
            .insertInto('word')
            .values({ id: fails ? id : id + 1, text: 'two' })
            .execute();
        });
      await assert.rejects(insert(1, true), /duplicate key/);
      await insert(3, false);
      const rows = await db.selectFrom('word').select('id').orderBy('id').execute();
      assert.deepEqual(rows, [{ id: 3 }, { id: 4 }]);
    });
  });

  test('twenty transactions at once count without losing one', async () => {
    await onEach(async (db, open) => {
      await prepareDatabase(db, MIGRATIONS);
      await db.insertInto('word').values({ id: 0, text: '' }).execute();
      const other = open();
      const append = (connection: Kysely<Tables>) =>
        connection.transaction().execute(async (transaction) => {
          const { text } = await transaction
            .selectFrom('word')
            .select('text')
            .forUpdate()
            .executeTakeFirstOrThrow();
          await transaction
            .updateTable('word')
            .set({ text: `${text}x` })
            .execute();
        });
      await Promise.all(Array.from({ length: 20 }, (_, at) => append(at % 2 === 0 ? db : other)));
      await other.destroy();
      const { text } = await db.selectFrom('word').select('text').executeTakeFirstOrThrow();
      assert.equal(text.length, 20);
    });
  });
});

describe('preparing the database', () => {
  test('three processes that prepare an empty database at once run each migration once', async () => {
    await onEach(async (db, open) => {
      const others = [open(), open()];
      const results = await Promise.all(
        [db, ...others].map((connection) => prepareDatabase(connection, MIGRATIONS)),
      );
      assert.deepEqual(results.map(({ applied }) => applied).flat(), ['0001-word']);
      assert.deepEqual(
        results.filter(({ wasReplaced }) => wasReplaced),
        [],
      );
      await Promise.all(others.map((other) => other.destroy()));
    });
  });

  test('a new migration runs on the schema that exists, and keeps the rows', async () => {
    await onEach(async (db) => {
      await prepareDatabase(db, MIGRATIONS);
      await db.insertInto('word').values({ id: 1, text: 'kept' }).execute();
      const second = await prepareDatabase(db, { ...MIGRATIONS, '0002-length': addLength });
      assert.deepEqual(second, { wasReplaced: false, applied: ['0002-length'] });
      assert.deepEqual((await sql`select text, length from word`.execute(db)).rows, [
        { text: 'kept', length: null },
      ]);
    });
  });

  test('if a newer version has added a migration, an older version beside it keeps the schema and the rows', async () => {
    await onEach(async (db, open) => {
      const newer = { ...MIGRATIONS, '0002-length': addLength };
      await prepareDatabase(db, MIGRATIONS);
      await prepareDatabase(db, newer);
      await db.insertInto('word').values({ id: 1, text: 'new' }).execute();
      const older = open();
      const result = await prepareDatabase(older, MIGRATIONS);
      assert.deepEqual(result, { wasReplaced: false, applied: [] });
      await older.insertInto('word').values({ id: 2, text: 'old' }).execute();
      assert.deepEqual((await prepareDatabase(db, newer)).wasReplaced, false);
      const rows = await db.selectFrom('word').select('text').orderBy('id').execute();
      assert.deepEqual(rows, [{ text: 'new' }, { text: 'old' }]);
      await older.destroy();
    });
  });

  test('if another migration ran in place of a known one, the schema is replaced by an empty one', async () => {
    await onEach(async (db) => {
      await prepareDatabase(db, { '0000-word': createWord });
      await db.insertInto('word').values({ id: 1, text: 'old' }).execute();
      const result = await prepareDatabase(db, MIGRATIONS);
      assert.deepEqual(result, { wasReplaced: true, applied: ['0001-word'] });
      assert.deepEqual(await db.selectFrom('word').selectAll().execute(), []);
    });
  });

  test("the doctor creates nothing, and leaves another version's tables as they are", async () => {
    const config = parseConfig({ TOKEN: 'x', CHANNEL_IDS: '1'.repeat(18), BUCKET_NAME: 'clips' });
    await onEach(async (db, _open, options) => {
      const diagnose = async () => (await libraryFindings({ ...config, ...options }))[0];
      const finding = {
        check: 'catalog',
        state: 'warning',
        says: "the catalog's database has no tables of this version: start the library, which creates and fills them",
      };
      assert.deepEqual(await diagnose(), finding);
      const { rows } = await sql`
        select 1 from pg_namespace where nspname = 'everclip_catalog'`.execute(db);
      assert.deepEqual(rows, [], 'no schema was created');
      await prepareDatabase(db, MIGRATIONS);
      await db.insertInto('word').values({ id: 1, text: 'kept' }).execute();
      assert.deepEqual(await diagnose(), finding);
      assert.equal((await db.selectFrom('word').selectAll().execute()).length, 1);
    });
  });

  test('the inspection of a prepared catalog returns its state and when a reconcile last finished', async () => {
    await onEach(async (db, _open, options) => {
      await prepareDatabase(db, migrations);
      assert.deepEqual(await inspectCatalog(options), {
        clips: 0,
        reconcile: null,
        isIncomplete: true,
        completeAgoMs: null,
      });
      await sql`update reconcile_state set finished_at = now() - interval '90 s'`.execute(db);
      const inspected = await inspectCatalog(options);
      const agoMs = inspected?.completeAgoMs ?? 0;
      assert.ok(agoMs >= 90_000 && agoMs < 150_000, `${agoMs} ms`);
      const [finding] = await libraryFindings({ ...parseConfig({}), ...options });
      assert.match(
        finding?.says ?? '',
        /^the catalog has 0 clips and is complete; the last reconcile ended at \d{4}-\d\d-\d\dT[\d:]{8}Z$/,
      );
    });
  });

  test('if an administrator has installed pg_trgm in another schema, the catalog uses it there', async () => {
    await onEach(async (db) => {
      await sql`create schema "tri Gram"`.execute(db);
      await sql`create extension pg_trgm with schema "tri Gram"`.execute(db);
      try {
        await prepareDatabase(db, migrations);
        await sql`insert into vocabulary values ('lucky'), ('other')`.execute(db);
        const { rows } = await sql`select similar_words('lukcy', 5) as word`.execute(db);
        assert.deepEqual(rows, [{ word: 'lucky' }]);
      } finally {
        await sql`drop schema "tri Gram" cascade`.execute(db);
      }
    });
  });

  test("while the catalog's schema is missing, no statement reaches a table of another program in the same database", async () => {
    await onEach(async (db) => {
      await sql`create table public.word (id bigint, text text)`.execute(db);
      try {
        await assert.rejects(
          db.insertInto('word').values({ id: 1, text: 'ours' }).execute(),
          (error) => error instanceof pg.DatabaseError && error.code === '42P01',
        );
      } finally {
        await sql`drop table public.word`.execute(db);
      }
    });
  });

  test('if a migration now comes before one that ran, the schema is replaced', async () => {
    await onEach(async (db) => {
      await prepareDatabase(db, { '0002-word': createWord });
      const result = await prepareDatabase(db, {
        '0001-none': { up: async () => {} },
        '0002-word': createWord,
      });
      assert.deepEqual(result, { wasReplaced: true, applied: ['0001-none', '0002-word'] });
    });
  });

  test('if the schema disappears, the next queries prepare the database once and get their answers', async () => {
    await onEach(async (db) => {
      const prepared = keepPrepared(db, MIGRATIONS);
      const count = () => prepared.run(() => db.selectFrom('word').selectAll().execute());
      assert.deepEqual(await count(), []);
      await db.insertInto('word').values({ id: 1, text: 'lost' }).execute();
      await sql`drop schema everclip_catalog cascade`.execute(db);
      assert.deepEqual(await Promise.all([count(), count(), count()]), [[], [], []]);
      await db.insertInto('word').values({ id: 1, text: 'new' }).execute();
      assert.deepEqual(await count(), [{ id: 1, text: 'new' }], 'the rows are kept from now on');
    });
  });

  test('letters outside ASCII are found by word and by trigram', async () => {
    await onEach(async (db) => {
      await prepareDatabase(db, MIGRATIONS);
      await db
        .insertInto('word')
        .values([
          { id: 1, text: 'Жук' },
          { id: 2, text: '世界' },
        ])
        .execute();
      const { rows } = await sql`select id from word
        where to_tsvector('simple', text) @@ to_tsquery('simple', 'жу:*') or text % '世界' order by id`.execute(
        db,
      );
      assert.deepEqual(rows, [{ id: 1 }, { id: 2 }]);
    });
  });
});

const openUrl = (databaseUrl: string) => openDatabase<object>({ databaseUrl, dataDir: '/nowhere' });

test('an invalid DATABASE_URL is refused with a sentence without its password', () => {
  for (const url of [
    'postgres://me:hunter22@ho st/x',
    'mysql://me:hunter22@host/x',
    'hunter22',
    'postgres://me:%ZZhunter22@host/x',
  ]) {
    assert.throws(
      () => openUrl(url),
      (error) =>
        error instanceof Error &&
        error.message.startsWith('DATABASE_URL is not valid') &&
        !inspect(error).includes('hunter22'),
      url,
    );
  }
});

test('if nothing listens at DATABASE_URL, a query throws CatalogUnavailable without the password', async () => {
  const db = openUrl('postgres://me:hunter22@127.0.0.1:1/x');
  await assert.rejects(
    sql`select 1`.execute(db),
    (error) =>
      error instanceof CatalogUnavailable &&
      error.message.includes('127.0.0.1:1/x does not answer: connect ECONNREFUSED') &&
      !inspect(error, { depth: 9, showHidden: true }).includes('hunter22'),
  );
  await db.destroy();
});

describe('with a PostgreSQL server', { skip: !hasPostgres && NO_POSTGRES }, () => {
  let server: TestPostgres;
  before(() => {
    assert.ok(postgres !== null);
    server = postgres;
  });

  test('a wrong password and a missing database make the catalog unavailable', async () => {
    const wrong = server.url.replace(server.password, 'hunter22');
    for (const [url, reason] of [
      [wrong, /password authentication failed/],
      [server.url.replace(/postgres$/, 'missing'), /database "missing" does not exist/],
    ] as const) {
      const db = openUrl(url);
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
    const db = openUrl(server.url);
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
    const db = openUrl(server.url);
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
    const db = openUrl(databaseUrl);
    const refusal = /LC_CTYPE C, .*create the database with "CREATE DATABASE/;
    await assert.rejects(prepareDatabase(db, {}), refusal);
    await assert.rejects(inspectCatalog({ databaseUrl, dataDir: '/nowhere' }), refusal);
    const { rows } =
      await sql`select 1 from pg_namespace where nspname = 'everclip_catalog'`.execute(db);
    assert.deepEqual(rows, [], 'nothing is left behind');
    await db.destroy();
  });

  test('a user who may not create a schema gets a sentence that says what to do', async () => {
    const owner = openUrl(await server.createDatabase('guarded'));
    await sql`create role guest login password 'guest-password'`.execute(owner);
    const guestUrl = server.url
      .replace(/\/\/.*@/, '//guest:guest-password@')
      .replace(/postgres$/, 'guarded');
    const guest = openUrl(guestUrl);
    await assert.rejects(prepareDatabase(guest, {}), /permission denied .*owner of the database/);
    await Promise.all([owner.destroy(), guest.destroy()]);
  });

  test("the URL's own options and the schema of the catalog both apply", async () => {
    const db = openUrl(`${server.url}?options=-c%20work_mem%3D7MB`);
    const { rows } =
      await sql`select current_setting('work_mem') as memory, current_setting('search_path') as path`.execute(
        db,
      );
    assert.deepEqual(rows, [{ memory: '7MB', path: 'everclip_catalog' }]);
    await db.destroy();
  });
});
