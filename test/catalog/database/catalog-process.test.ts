import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { type Kysely, sql } from 'kysely';
import pg from 'pg';
import { pino } from 'pino';
import { CatalogUnavailable } from '../../../src/catalog/catalog.ts';
import { openDatabase } from '../../../src/catalog/database/open-database.ts';
import { prepareDatabase } from '../../../src/catalog/database/prepare-database.ts';
import { identityOf, isAlive } from '../../../src/process-identity.ts';
import {
  createDataDir,
  startTestCatalog,
  type TestCatalogProcess,
} from '../../support/catalog-process.ts';
import { pause, until } from '../../support/wait.ts';
import { TYPESCRIPT_FLAGS } from '../../../scripts/typescript/flags.mjs';

/** Each kill takes about 1 s. `CATALOG_KILLS=20` runs the whole test. */
const KILLS = Number(process.env.CATALOG_KILLS ?? 1);
const IS_LONG = KILLS >= 20;

interface Tables {
  first: { id: number; text: string };
  second: { id: number };
}

const MIGRATIONS = {
  '0001': {
    async up(db: Kysely<unknown>) {
      await sql`create table first (id bigint primary key, text text not null)`.execute(db);
      await sql`create index on first using gin (text gin_trgm_ops)`.execute(db);
      await sql`create table second (id bigint primary key)`.execute(db);
    },
  },
};

type Started = TestCatalogProcess & { db: Kysely<Tables> };

const cleanups: (() => Promise<unknown>)[] = [];
/** The process of the tests that leave the process as it was. */
let shared: Started;
/** The identity of the process whose parent was killed before `shared` started on the same folder. */
let orphan: string;
before(async () => {
  const dataDir = await createDataDir();
  const { parent, pid } = await startParent(dataDir);
  orphan = identityOf(pid);
  assert.equal(isAlive(orphan), true);
  parent.kill('SIGKILL');
  // The new process starts while the old one still closes the database.
  shared = await start({ dataDir });
});
after(async () => {
  for (const cleanup of cleanups.reverse()) await cleanup();
});

async function start(options?: Parameters<typeof startTestCatalog>[0]): Promise<Started> {
  const catalog = await startTestCatalog(options);
  const db = openDatabase<Tables>({ databaseUrl: null, dataDir: catalog.dataDir });
  cleanups.push(
    () => catalog.remove(),
    () => db.destroy(),
  );
  return Object.assign(catalog, { db });
}

async function answers(db: Kysely<Tables>): Promise<boolean> {
  try {
    await sql`select 1`.execute(db);
    return true;
  } catch (error) {
    if (error instanceof CatalogUnavailable) return false;
    throw error;
  }
}

async function startParent(dataDir: string): Promise<{ parent: ChildProcess; pid: number }> {
  const program = fileURLToPath(new URL('parent-program.ts', import.meta.url));
  const parent = spawn(process.execPath, [...TYPESCRIPT_FLAGS, program, dataDir], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [line] = (await once(parent.stdout, 'data')) as [Buffer];
  return { parent, pid: Number(line.toString()) };
}

test('if the parent is killed, the process ends, and a new process never shares the folder with it', async () => {
  assert.equal(isAlive(orphan), false, 'the old process has ended before the new one answers');
  assert.equal(await answers(shared.db), true);
  assert.deepEqual(brokenFolders(shared.dataDir), []);
});

test(`the database survives a deleted socket and random kills (${KILLS}) while it is written, and queries work again by themselves`, async () => {
  const catalog = shared;
  const { db } = catalog;
  await prepareDatabase(db, MIGRATIONS);
  const acknowledged: number[] = [];
  let nextId = 1;
  let isWriting = true;

  async function write(): Promise<void> {
    while (isWriting) {
      const id = nextId++;
      try {
        await db.transaction().execute(async (transaction) => {
          await transaction
            .insertInto('first')
            .values({ id, text: `clip number ${id}` })
            .execute();
          await transaction.insertInto('second').values({ id }).execute();
        });
        acknowledged.push(id);
      } catch (error) {
        assert.ok(error instanceof CatalogUnavailable, String(error));
        await pause(20);
      }
    }
  }

  const writers = [write(), write()];
  for (let death = 0; death <= KILLS; death++) {
    const before = acknowledged.length;
    await until('rows before the death', () => acknowledged.length > before + Math.random() * 100);
    const { pid } = catalog;
    assert.ok(pid !== null);
    if (death === 0) rmSync(catalog.socketPath);
    else process.kill(pid, 'SIGKILL');
    await until('a new process', () => catalog.pid !== null && catalog.pid !== pid);
    await until('an answer', () => answers(db));
  }
  isWriting = false;
  await Promise.all(writers);

  const scanned = await readIds(
    db,
    'enable_indexscan',
    'enable_indexonlyscan',
    'enable_bitmapscan',
  );
  const indexed = await readIds(db, 'enable_seqscan');
  assert.deepEqual(indexed, scanned, 'the index has the rows of the table');
  const ids = new Set(scanned);
  assert.deepEqual(
    acknowledged.filter((id) => !ids.has(id)),
    [],
    'every acknowledged row is there',
  );
  const { rows } = await sql`select count(*) as n from first full join second using (id)
    where first.id is null or second.id is null`.execute(db);
  assert.deepEqual(rows, [{ n: 0 }], 'no transaction was half applied');
  const found = await db.transaction().execute(async (transaction) => {
    await sql`set local enable_seqscan = off`.execute(transaction);
    return await sql<{ id: number }>`select id from first where text like '%number%'`.execute(
      transaction,
    );
  });
  assert.equal(found.rows.length, scanned.length, 'the trigram index has the rows of the table');
  assert.ok(acknowledged.length > KILLS, 'rows were written');
  assert.deepEqual(brokenFolders(catalog.dataDir), []);
});

/** Reads all ids without the given ways to scan a table. */
async function readIds(db: Kysely<Tables>, ...off: string[]): Promise<number[]> {
  return await db.transaction().execute(async (transaction) => {
    for (const name of off) await sql`set local ${sql.raw(name)} = off`.execute(transaction);
    const rows = await transaction.selectFrom('first').select('id').orderBy('id').execute();
    return rows.map(({ id }) => id);
  });
}

function brokenFolders(dataDir: string): string[] {
  return readdirSync(dataDir).filter((name) => name.startsWith('catalog.broken-'));
}

test('without a process, a query throws CatalogUnavailable', async () => {
  const db = openDatabase<Tables>({ databaseUrl: null, dataDir: '/nowhere/at all' });
  await assert.rejects(
    sql`select 1`.execute(db),
    (error) =>
      error instanceof CatalogUnavailable &&
      error.message.startsWith("the catalog's database in /nowhere/at all does not answer: "),
  );
  await db.destroy();
});

test('a second process on the same folder is refused with a sentence that names the first', async () => {
  const catalog = shared;
  const { pid } = catalog;
  await assert.rejects(startTestCatalog({ dataDir: catalog.dataDir }), {
    message: `the catalog's database can't be opened: process ${pid} already uses the catalog in ${join(catalog.dataDir, 'catalog')}: stop that process, or set DATA_DIR to another folder`,
  });
  assert.equal(await answers(catalog.db), true, 'the first process is not disturbed');
  assert.equal(catalog.pid, pid);
});

test('only the user can open the socket, and the process gets no secrets', async () => {
  const catalog = shared;
  assert.equal(statSync(catalog.socketPath).mode & 0o777, 0o600);
  assert.equal(statSync(join(catalog.socketPath, '..')).mode & 0o777, 0o700);
  if (process.platform !== 'linux') return;
  const environment = readFileSync(`/proc/${catalog.pid}/environ`, 'utf8');
  assert.doesNotMatch(environment, /TOKEN|PASSWORD|DATABASE_URL/);
});

test('a client that sends garbage is disconnected, and other clients are not disturbed', async () => {
  const catalog = shared;
  const socket = connect(catalog.socketPath);
  socket.on('error', () => undefined);
  socket.write('GET / HTTP/1.1\r\n\r\n');
  const [answer] = (await once(socket, 'data')) as [Buffer];
  assert.match(answer.toString(), /not a PostgreSQL client/);
  await once(socket, 'close');
  assert.equal(await answers(catalog.db), true);
});

/** An expression that is nested so deeply that it overflows the stack of WebAssembly. */
const DEEP = sql.raw(`select ${'1+'.repeat(5000)}1`);

test('a statement that is nested too deeply fails without disturbing the process', async () => {
  const catalog = shared;
  const { pid } = catalog;
  await assert.rejects(
    DEEP.execute(catalog.db),
    (error) => error instanceof pg.DatabaseError && error.code === '54001',
  );
  assert.equal(await answers(catalog.db), true);
  assert.equal(catalog.pid, pid);
});

test(
  'if PGlite crashes inside a statement, the statement fails and a new process answers',
  {
    skip: !IS_LONG && 'takes 2 s; CATALOG_KILLS=20 runs it',
  },
  async () => {
    const catalog = shared;
    const { pid } = catalog;
    await sql`set max_stack_depth = '2MB'`.execute(catalog.db);
    await assert.rejects(DEEP.execute(catalog.db), CatalogUnavailable);
    await until('a new process', () => catalog.pid !== null && catalog.pid !== pid);
    await until('an answer', () => answers(catalog.db));
  },
);

/** Collects warnings. `onWarning` gets each warning before the next process starts. */
function collectWarnings(onWarning: () => void) {
  const lines: string[] = [];
  const write = (line: string) => {
    lines.push(line);
    onWarning();
  };
  return { lines, log: pino({ level: 'warn' }, { write }) };
}

test('if the folder for the socket can not be created, the process says so and does not touch the database', async () => {
  const dataDir = await createDataDir();
  writeFileSync(join(dataDir, 'catalog-socket'), '');
  const stopping = new AbortController();
  const { lines, log } = collectWarnings(() => stopping.abort());
  await assert.rejects(startTestCatalog({ dataDir, log, signal: stopping.signal }));
  assert.match(lines.join(), /"reason":"EEXIST: .*catalog-socket'".*restarting it/);
  assert.deepEqual(brokenFolders(dataDir), []);
  assert.equal(existsSync(join(dataDir, 'catalog')), true);
  await rm(dataDir, { recursive: true });
});

test('a folder that cannot be opened is moved aside, and the next process opens a new database', async () => {
  const dataDir = await mkdtemp(join(tmpdir(), 'everclip-catalog-'));
  mkdirSync(join(dataDir, 'catalog'));
  writeFileSync(join(dataDir, 'catalog', 'PG_VERSION'), '18\n');
  mkdirSync(join(dataDir, 'catalog.broken-2020'));
  const spare = await createDataDir();
  const { lines, log } = collectWarnings(() => {
    // Creating a database takes 4 s of CPU time, so the next process opens a copy.
    if (!IS_LONG) renameSync(join(spare, 'catalog'), join(dataDir, 'catalog'));
  });
  const catalog = await start({ dataDir, log });
  await rm(spare, { recursive: true });
  assert.equal(await answers(catalog.db), true);
  assert.deepEqual((await prepareDatabase(catalog.db, MIGRATIONS)).applied, ['0001']);
  const moved = brokenFolders(dataDir);
  assert.equal(moved.length, 1, 'only the newest folder is kept');
  assert.notEqual(moved[0], 'catalog.broken-2020');
  assert.equal(lines.length, 1);
  assert.match(lines[0] ?? '', /can't be used; creating a new one/);
});

test(
  'if the folder is deleted while the process runs, a new database is created',
  {
    skip: !IS_LONG && 'takes 6 s; CATALOG_KILLS=20 runs it',
  },
  async () => {
    const catalog = await start();
    await prepareDatabase(catalog.db, MIGRATIONS);
    rmSync(join(catalog.dataDir, 'catalog'), { recursive: true });
    await until('an empty database', async () => {
      const { pid } = catalog;
      return (
        pid !== null && (await answers(catalog.db)) && existsSync(join(catalog.dataDir, 'catalog'))
      );
    });
    assert.deepEqual((await prepareDatabase(catalog.db, MIGRATIONS)).applied, ['0001']);
  },
);

test(
  'a process that is silent for too long is killed, and a new process answers',
  {
    skip: !IS_LONG && 'takes 13 s; CATALOG_KILLS=20 runs it',
  },
  async () => {
    const catalog = await start({ checkIntervalMs: 500 });
    const { pid } = catalog;
    assert.ok(pid !== null);
    process.kill(pid, 'SIGSTOP');
    await until('a new process', () => catalog.pid !== null && catalog.pid !== pid);
    await until('an answer', () => answers(catalog.db));
  },
);

test(
  'if something outside kills the process again and again while it opens the database, the database is kept',
  {
    skip: !IS_LONG && 'takes 7 s; CATALOG_KILLS=20 runs it',
  },
  async () => {
    const catalog = await start();
    const killed = new Set<number>();
    await until('four kills', () => {
      const { pid } = catalog;
      if (pid === null || killed.has(pid)) return false;
      killed.add(pid);
      process.kill(pid, 'SIGKILL');
      return killed.size === 4;
    });
    await until('an answer', () => answers(catalog.db));
    assert.deepEqual(brokenFolders(catalog.dataDir), []);
  },
);
