import { setTimeout as pause } from 'node:timers/promises';
import { openCatalog } from '../catalog/open.ts';
import {
  startCatalogProcess,
  type CatalogProcess,
} from '../catalog/pglite/start-catalog-process.ts';
import { startReconcileSchedule } from '../catalog/reconcile/schedule.ts';
import { createCatalogWriter, type CatalogWriter } from '../catalog/write/catalog-writer.ts';
import type { Config } from '../config.ts';
import { programEnvironment } from '../config/program-environment.ts';
import { openSources } from '../library/open-sources.ts';
import { startLibrary } from '../library/start-library.ts';
import type { Logger } from '../log.ts';
import type { Metrics } from '../metrics.ts';
import type { Running } from '../run-until-signal.ts';

/** How long the last writes and the last connections may take, in milliseconds. */
const MAX_CLOSE_MS = 5000;

export interface LocalLibrary {
  /** The worker tells the catalog through this port. */
  catalog: CatalogWriter;
  /** The address at which people reach the library. */
  address: string;
  /** Resolves when the catalog's database is open, or when the first try to open the database has failed. */
  databaseStarted: Promise<void>;
  /** Writes what the worker has told, and stops the library and the catalog's database. */
  stop(): Promise<void>;
}

/**
 * Starts the catalog's database, unless DATABASE_URL names one, and the library. Nothing waits for the database: until it
 * opens, clips are archived, permalinks work, and the pages say that they can't list clips.
 * @throws Error with one sentence if the settings don't fit together or the library's address can't be used
 */
export async function startLocalLibrary(
  config: Config,
  { log, metrics, signal }: { log: Logger; metrics: Metrics; signal: AbortSignal },
): Promise<LocalLibrary> {
  const database = startDatabase(config, log, signal);
  const { catalog, store } = openCatalog(config);
  const sources = openSources(config, catalog, log);
  const writer = createCatalogWriter(
    {
      // The first clips wait for the database without a warning.
      catalog: { apply: (changes) => database.started.then(() => catalog.apply(changes)) },
      store,
    },
    { metrics, log },
  );
  const closing = new AbortController();
  const schedule = database.started.then(() => {
    if (closing.signal.aborted) return null;
    return startReconcileSchedule({ catalog, store, bucket: sources.bucket, log, metrics });
  });
  const stopAll = async (library: Running | null): Promise<void> => {
    closing.abort();
    library?.stop();
    const ended = (await Promise.race([schedule, pause(0)])) ?? null;
    ended?.stop();
    await settleWithin(MAX_CLOSE_MS, [writer.close(), ended?.stopped, library?.stopped]);
    await settleWithin(MAX_CLOSE_MS, [sources.close()]);
    await database.stop();
  };
  try {
    // Readiness is about the worker and ingest.
    const libraryMetrics = { ...metrics, ready: () => undefined };
    const library = await startLibrary(config, log, libraryMetrics, sources);
    return {
      catalog: writer,
      address: config.library.url ?? `http://${config.library.address}`,
      databaseStarted: database.started,
      stop: () => stopAll(library),
    };
  } catch (error) {
    await stopAll(null);
    throw error;
  }
}

/** Starts PGlite unless DATABASE_URL names a database. `started` never rejects. */
function startDatabase(
  { dataDir, databaseUrl }: Config,
  log: Logger,
  signal: AbortSignal,
): { started: Promise<void>; stop: () => Promise<void> } {
  if (databaseUrl !== null) return { started: Promise.resolve(), stop: () => Promise.resolve() };
  const stopping = new AbortController();
  const starting: Promise<CatalogProcess | null> = startCatalogProcess({
    ...{ dataDir, log, signal: AbortSignal.any([signal, stopping.signal]) },
    environment: programEnvironment(),
    onFailedStart: ({ message }) =>
      log.error(`${message}; archiving goes on, and the library lists clips once this is fixed`),
  }).catch(() => null);
  return {
    started: starting.then(() => undefined),
    async stop() {
      stopping.abort();
      const running = await starting;
      running?.stop();
      await running?.stopped;
    },
  };
}

/** Waits until all work has ended, whether it failed or not, but at most `maxMs` milliseconds. */
async function settleWithin(maxMs: number, work: readonly unknown[]): Promise<void> {
  await Promise.race([Promise.allSettled(work), pause(maxMs, undefined, { ref: false })]);
}
