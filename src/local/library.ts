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

export interface LocalLibrary {
  /** The worker tells the catalog through this port. */
  catalog: CatalogWriter;
  /** The address at which people reach the library. */
  address: string;
  /** Writes what the worker has told, and stops the library and the catalog's database. */
  stop(): Promise<void>;
}

/**
 * Starts the catalog's database, unless DATABASE_URL names one, and the library. If the database can't be opened,
 * archiving goes on, permalinks work, and the pages say that they can't list clips until the database opens.
 * @throws Error with one sentence if the settings don't fit together or the library's address can't be used
 */
export async function startLocalLibrary(
  config: Config,
  { log, metrics, signal }: { log: Logger; metrics: Metrics; signal: AbortSignal },
): Promise<LocalLibrary> {
  const database = config.databaseUrl === null ? await startDatabase(config, log, signal) : null;
  const { catalog, store } = openCatalog(config);
  const sources = openSources(config, catalog, log);
  const writer = createCatalogWriter({ catalog, store }, { metrics, log });
  const stopDatabase = async (): Promise<void> => {
    await sources.close();
    database?.stop();
    await database?.stopped;
  };
  try {
    // Readiness is about the worker and ingest.
    const libraryMetrics = { ...metrics, ready: () => undefined };
    const library = await startLibrary(config, log, libraryMetrics, sources);
    const schedule = startReconcileSchedule({
      ...{ catalog, store, bucket: sources.bucket, log, metrics },
    });
    return {
      catalog: writer,
      address: config.library.url ?? `http://${config.library.address}`,
      async stop() {
        schedule.stop();
        library.stop();
        await Promise.all([writer.close(), schedule.stopped, library.stopped]);
        await stopDatabase();
      },
    };
  } catch (error) {
    await stopDatabase();
    throw error;
  }
}

/** If the database can't be opened, says so once and keeps trying in the background. */
async function startDatabase(
  { dataDir }: Config,
  log: Logger,
  signal: AbortSignal,
): Promise<CatalogProcess> {
  return await startCatalogProcess({
    ...{ dataDir, log, signal },
    environment: programEnvironment(),
    onFailedStart: ({ message }) =>
      log.error(`${message}; archiving goes on, and the library lists clips once this is fixed`),
  });
}
