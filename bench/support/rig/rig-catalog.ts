import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { pino } from 'pino';
import type { CatalogPort } from '../../../src/activities/ports.ts';
import { openCatalog } from '../../../src/catalog/open.ts';
import { startCatalogProcess } from '../../../src/catalog/pglite/start-catalog-process.ts';
import { createCatalogWriter } from '../../../src/catalog/write/catalog-writer.ts';
import { programEnvironment } from '../../../src/config/program-environment.ts';
import { noMetrics } from '../../../src/metrics.ts';

/** A catalog that workers feed, as in `npm start`: PGlite in its own process, written once a second. */
export interface RigCatalog {
  port: CatalogPort;
  /** Writes what is pending, stops the database, and returns the number of clips that the catalog has learned. */
  stopAndCount(): Promise<number>;
}

/** Starts PGlite with a new database in `folder`. */
export async function startRigCatalog(folder: string): Promise<RigCatalog> {
  const dataDir = mkdtempSync(join(folder, 'catalog-'));
  const log = pino({ level: 'warn' }, process.stderr);
  const database = await startCatalogProcess({ dataDir, environment: programEnvironment(), log });
  const { catalog, store } = openCatalog({ dataDir, databaseUrl: null });
  const writer = createCatalogWriter({ catalog, store }, { metrics: noMetrics, log });
  // The first call creates the tables.
  await catalog.readState();
  return {
    port: writer,
    async stopAndCount() {
      await writer.close();
      // The state of a catalog estimates large numbers.
      const { size: clips } = await catalog.readVersions('messages/');
      await catalog.close();
      database.stop();
      await database.stopped;
      return clips;
    },
  };
}
