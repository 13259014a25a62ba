import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { ConfigError, loadConfig, type Config } from '../../config.ts';
import { linesOfError } from '../../lines-of-error.ts';
import { noMetrics } from '../../metrics.ts';
import { bucketLocation, createBucket } from '../../store/bucket.ts';
import { CatalogUnavailable } from '../catalog.ts';
import { openCatalog } from '../open.ts';
import type { ReconcileStore } from '../reconcile/store.ts';
import { runReindex } from './run-reindex.ts';

/** How long the last connections may take to close, in milliseconds. */
const MAX_CLOSE_MS = 2000;

// `npm run reindex`: compares the catalog with the bucket now. Works beside the running `npm start`, or on DATABASE_URL.
try {
  parseArgs({});
  process.exit(await main());
} catch (error) {
  console.error(linesOfError(error).join('\n'));
  process.exit(1);
}

async function main(): Promise<number> {
  const config = loadConfig();
  const { catalog, store } = openCatalog(config);
  await requireDatabase(config, store);
  const stopping = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      stopping.abort();
    });
  }
  const code = await runReindex(
    {
      catalog,
      store,
      bucket: createBucket(config),
      metrics: noMetrics,
      location: bucketLocation(config),
      print: (line) => {
        console.log(line);
      },
    },
    stopping.signal,
  );
  await Promise.race([catalog.close(), sleep(MAX_CLOSE_MS)]);
  return code;
}

/** @throws Error with one sentence if the database does not answer */
async function requireDatabase(config: Config, store: ReconcileStore): Promise<void> {
  try {
    await store.readAgeMs();
  } catch (error) {
    if (config.databaseUrl !== null || !(error instanceof CatalogUnavailable)) throw error;
    throw new ConfigError(
      `Everclip is not running in ${config.dataDir}, so its catalog does not answer: start it with npm start, or set DATABASE_URL to the catalog's PostgreSQL database`,
    );
  }
}
