import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { findPostgres, startPostgres } from '../../../test/support/postgres.ts';
import type { BenchDatabase } from './database.ts';

/**
 * Starts a PostgreSQL server with its default settings, as another user if this user is root. Returns null if PostgreSQL
 * is not installed.
 */
export async function startPostgresIfInstalled(folder: string): Promise<BenchDatabase | null> {
  if (findPostgres() === null) return null;
  const server = await startPostgres();
  return {
    settings: {
      dataDir: mkdtempSync(join(folder, 'data-')),
      databaseUrl: await server.createDatabase('everclip'),
    },
    pglitePid: null,
    stop: () => server.stop(),
  };
}
