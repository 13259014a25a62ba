import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { pino } from 'pino';
import { startCatalogProcess } from '../../../src/catalog/pglite/start-catalog-process.ts';
import { programEnvironment } from '../../../src/config/program-environment.ts';
import type { BenchDatabase } from './database.ts';

/** Starts PGlite's process as `npm start` does, with a new database in `folder`. */
export async function startPglite(folder: string): Promise<BenchDatabase> {
  const dataDir = mkdtempSync(join(folder, 'data-'));
  const database = await startCatalogProcess({
    dataDir,
    environment: programEnvironment(),
    log: pino({ level: 'warn' }, process.stderr),
  });
  return {
    settings: { dataDir, databaseUrl: null },
    pglitePid: database.pid,
    async stop() {
      database.stop();
      await database.stopped;
    },
  };
}
