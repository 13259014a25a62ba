import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { NO_POSTGRES } from '../test/support/postgres.ts';
import { writeBucket } from './library/archive/write-bucket.ts';
import { DATABASES, type BenchDatabase, type DatabaseName } from './library/databases/database.ts';
import { startPglite } from './library/databases/start-pglite.ts';
import { startPostgresIfInstalled } from './library/databases/start-postgres.ts';
import { measureLibrary } from './library/measure.ts';
import { checkFigures, figuresOf, formatLines, type Figures } from './library/report.ts';
import { createTemporaryFolder, runBenchmark, say } from './support/benchmark.ts';

const DEFAULT_CLIPS = 100_000;

const START: Record<DatabaseName, (folder: string) => Promise<BenchDatabase | null>> = {
  pglite: startPglite,
  postgres: startPostgresIfInstalled,
};

/**
 * Measures the library with an invented archive, on PGlite and on PostgreSQL: searches, redirects beside a bare Hono
 * server, upserts, a rebuild from a folder bucket, and memory. Reads the memory from /proc, so it needs Linux. If
 * PostgreSQL is not installed, says so and leaves `postgres` null.
 *
 * `npm run bench -- library [--clips 100000] [--only pglite] [--json]`
 */
await runBenchmark(async () => {
  const { values } = parseArgs({
    options: {
      clips: { type: 'string', default: String(DEFAULT_CLIPS) },
      only: { type: 'string' },
      json: { type: 'boolean' },
    },
  });
  const clips = Number(values.clips);
  const chosen = DATABASES.filter((name) => values.only === undefined || values.only === name);
  if (chosen.length === 0 || !Number.isInteger(clips) || clips < 1) {
    throw new Error(`--clips needs a number, and --only needs one of ${DATABASES.join(', ')}`);
  }
  const folder = createTemporaryFolder();
  const bucketFolder = join(folder, 'bucket');
  const size = { clips, signedAtMs: Date.now() };
  say(`writing ${clips.toLocaleString('en')} records into a folder bucket`);
  const liveIds = writeBucket(bucketFolder, size);
  const results: Record<DatabaseName, Figures | null> = { pglite: null, postgres: null };
  for (const name of chosen) {
    const database = await START[name](folder);
    if (database === null) {
      say(`${NO_POSTGRES}; "${name}" stays null`);
      continue;
    }
    try {
      const measured = await measureLibrary(database, { size, bucketFolder, liveIds });
      results[name] = figuresOf(measured);
      if (!values.json) console.log(`${formatLines(name, measured)}\n`);
    } finally {
      await database.stop();
    }
  }
  console.log(JSON.stringify(results));
  for (const name of DATABASES) {
    const figures = results[name];
    if (figures !== null) checkFigures(name, figures);
  }
});
