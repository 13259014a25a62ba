import { join } from 'node:path';

/** What the supervisor tells the catalog's process when it starts the process. */
export interface ProcessArguments {
  dataDir: string;
  /** The identity of the supervisor's process. */
  parent: string;
  /** True if the process crashed more than once while it opened the database. */
  isSuspect: boolean;
}

/** What the catalog's process tells its supervisor. */
export type Report =
  /** The process begins to open the database. */
  | { kind: 'opening' }
  /** The process answers queries. */
  | { kind: 'ready'; socketPath: string; openMs: number }
  /** The process has created the folder and ends. The next process opens the folder. */
  | { kind: 'created' }
  /** Another process owns the folder. */
  | { kind: 'taken'; sentence: string }
  /** The folder can't be used. The process ends, and the next process creates a new folder. */
  | { kind: 'moved'; to: string; reason: string }
  /** Something else failed, which says nothing about the folder. The process ends, and the next process tries again. */
  | { kind: 'failed'; reason: string }
  /** The event loop turns. */
  | { kind: 'beat' };

/** The order to close the database and to end. */
export const STOP = 'stop';

export const BEAT_EVERY_MS = 2000;

/** The folder of the database in the data folder. */
export function databaseFolder(dataDir: string): string {
  return join(dataDir, 'catalog');
}
