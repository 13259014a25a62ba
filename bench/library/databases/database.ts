/** A running database for the catalog. */
export interface BenchDatabase {
  /** The settings of all processes that use the database. */
  settings: { dataDir: string; databaseUrl: string | null };
  /** The pid of PGlite's process; null with PostgreSQL. */
  pglitePid: number | null;
  /** Stops the database and removes its files. */
  stop(): Promise<void>;
}

/** The names are the keys of the JSON. */
export const DATABASES = ['pglite', 'postgres'] as const;
export type DatabaseName = (typeof DATABASES)[number];
