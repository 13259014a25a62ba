import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import pg from 'pg';
import { writeOldRecords } from '../support/fire/bucket-objects.ts';
import { killCatalog } from '../support/fire/kill-catalog.ts';
import { untilComplete, watchLibrary, type WatchResult } from '../support/fire/catalog-watch.ts';
import { readList } from '../support/fire/pages.ts';
import { startSystem, type System } from '../support/fire/system.ts';
import {
  findPostgres,
  NO_POSTGRES,
  startPostgres,
  type TestPostgres,
} from '../support/postgres.ts';
import { startProgram } from '../support/program.ts';
import { randomOf } from '../support/random.ts';
import { until } from '../support/wait.ts';

/** The clips fill more than one page of the list. */
const OLD_CLIPS = 22;
const NEW_CLIPS = 4;
const LEASE_SECONDS = 86_400;
const ARCHIVE_TIMEOUT_MS = 120_000;

interface Lost extends System {
  /** Clips that are listed, with and without a workflow. */
  clipIds: readonly string[];
}

async function startWithClips(env: Record<string, string> = {}): Promise<Lost> {
  let old: string[] = [];
  const system = await startSystem({
    layout: 'start',
    leaseSeconds: LEASE_SECONDS,
    env,
    async prepare({ dataDir, cdnOrigin }) {
      old = await writeOldRecords(dataDir, { count: OLD_CLIPS, cdnOrigin });
    },
  });
  try {
    while (system.posted.length < NEW_CLIPS) await system.post();
    await untilComplete(system, ARCHIVE_TIMEOUT_MS);
    return { ...system, clipIds: [...old, ...system.posted] };
  } catch (error) {
    await system.stop();
    throw error;
  }
}

function assertNoFault({ faults, redirects }: WatchResult): void {
  assert.deepEqual(faults, []);
  assert.ok(redirects > 0, 'permalinks were followed');
}

describe('the catalog is lost', { concurrency: true }, () => {
  describe('npm start with PGlite', { concurrency: false }, () => {
    let system: Lost;
    before(async () => {
      system = await startWithClips();
    });
    after(() => system.stop());

    test('if the catalog folder is deleted, pages say so, permalinks go on, and the catalog is rebuilt', async (t) => {
      const { programs, dataDir, clipIds } = system;
      const folder = join(dataDir, 'catalog');
      const watch = watchLibrary(programs.libraryUrl, clipIds);
      t.after(() => watch.stop());
      // The database may write a file into a folder that was just emptied.
      await rm(folder, { recursive: true, maxRetries: 5 });
      await until('a new catalog folder', () => existsSync(join(folder, 'PG_VERSION')));
      await untilComplete(system);
      const result = await watch.stop();
      assertNoFault(result);
      assert.ok(result.notices > 0, 'pages said that clips are missing');
    });

    test('if the database process is killed with -9 at random, permalinks go on and no clip is lost or doubled', async () => {
      assertNoFault(
        await killCatalog(system, { kills: 3, random: randomOf(7), clipIds: system.clipIds }),
      );
    });

    test('if npm start runs already, a second npm start on the same data folder stops with one sentence', async (t) => {
      const { programs, dataDir, clipIds } = system;
      const watch = watchLibrary(programs.libraryUrl, clipIds);
      t.after(() => watch.stop());
      const second = startProgram('src/local/main.ts', { DATA_DIR: dataDir });
      assert.equal(await second.exit(), 1);
      const lines = second.output().trim().split('\n');
      assert.match(lines.at(-1) ?? '', /already running in .* stop it, or set DATA_DIR/);
      assert.equal(lines.length, 1, second.output());
      await untilComplete(system);
      assertNoFault(await watch.stop());
    });
  });

  describe('npm start with PostgreSQL', { skip: findPostgres() === null && NO_POSTGRES }, () => {
    let postgres: TestPostgres;
    let system: Lost;
    before(async () => {
      postgres = await startPostgres();
      system = await startWithClips({
        DATABASE_URL: await postgres.createDatabase('everclip'),
      });
    });
    after(async () => {
      await system.stop();
      await postgres.stop();
    });

    test('if the database is dropped and created again, pages say so, permalinks go on, and the catalog is rebuilt', async (t) => {
      const { programs, clipIds } = system;
      const watch = watchLibrary(programs.libraryUrl, clipIds);
      t.after(() => watch.stop());
      const client = new pg.Client({ connectionString: postgres.url });
      await client.connect();
      await client.query('drop database everclip with (force)');
      await client.end();
      // The library remembers a list for two seconds.
      await until(
        'a page that says so',
        async () => (await readList(programs.libraryUrl)).hasNotice,
      );
      await postgres.createDatabase('everclip');
      await untilComplete(system);
      const result = await watch.stop();
      assertNoFault(result);
      assert.ok(result.notices > 0, 'pages said that clips are missing');
    });
  });
});
