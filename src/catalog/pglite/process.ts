import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { PGlite } from '@electric-sql/pglite';
import { messageOf } from '../../errors.ts';
import { keepFilesPrivate, PRIVATE_FOLDER } from '../../private-files.ts';
import { isForeign, isProofOfDamage } from './damage.ts';
import { lockFolder, wasCutOff, type FolderLock } from './folder-lock.ts';
import {
  BEAT_EVERY_MS,
  databaseFolder,
  STOP,
  type ProcessArguments,
  type Report,
} from './messages.ts';
import { createFolder, executeMessages, moveAside, openPglite } from './open-folder.ts';
import { serveSocket, type SocketServer } from './serve-socket.ts';
import { Session } from './session.ts';
import { createSocketFolder, socketPathIn } from './socket-folder.ts';

// The process that owns the catalog's database, if the database is PGlite. start-catalog-process.ts starts the process.

/** How long the database may take to close after the order to stop, or after the parent has died. */
const MAX_CLOSE_MS = 5000;

// Ignore these signals, because some supervisors signal all processes of a service at once. Library and worker need the
// catalog until they have stopped.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => undefined);
keepFilesPrivate();

const startedMs = performance.now();
const { dataDir, parent, isSuspect } = JSON.parse(process.argv[2] ?? '') as ProcessArguments;
const folder = databaseFolder(dataDir);

/** What `end` has to close. */
let opened: {
  database: PGlite;
  session: Session;
  server: SocketServer;
  lock: FolderLock;
} | null = null;
let isEnding = false;

// The parent has ended, or was killed.
process.on('disconnect', () => void end());
process.on('message', (order) => {
  if (order === STOP) void end();
});

try {
  await run();
} catch (error) {
  await fail(error);
}

async function run(): Promise<void> {
  mkdirSync(dataDir, { recursive: true, mode: PRIVATE_FOLDER });
  const lock = await claimFolder();
  if (lock === null) return;
  const distrust = findDistrust(lock);
  if (distrust !== null && existsSync(folder)) {
    await startAnew(distrust);
    return;
  }
  lock.markTrusted();
  if (!existsSync(folder)) {
    await createFolder(folder);
    // Creating a database takes 150 MB that are not given back, so another process opens the database.
    lock.markClean();
    await exitWith({ kind: 'created' });
    return;
  }
  // A socket that can't be created says nothing about the folder, so find out before the folder is opened.
  const socketPath = socketPathIn(createSocketFolder(dataDir));
  const database = await tryOpen();
  if (database === null) return;
  await serve(database, lock, socketPath);
}

/** Returns null if another process owns the folder. */
async function claimFolder(): Promise<FolderLock | null> {
  try {
    return await lockFolder(join(dataDir, 'catalog-lock'), { parent, folder });
  } catch (error) {
    await exitWith({ kind: 'taken', sentence: messageOf(error) });
    return null;
  }
}

/** Returns why the folder must not be opened; null if it may be opened. */
function findDistrust(lock: FolderLock): string | null {
  if (wasCutOff(lock)) return 'the machine stopped while the database was open';
  if (isSuspect) return 'the database process crashed more than once while it opened the database';
  if (isForeign(folder)) return 'the file PG_VERSION is missing';
  return null;
}

/**
 * Returns null if the folder is damaged. The folder is then moved aside.
 * @throws OpenFailed if the database can't be opened for another reason
 */
async function tryOpen(): Promise<PGlite | null> {
  try {
    send({ kind: 'opening' });
    return await openPglite(folder);
  } catch (error) {
    if (!isProofOfDamage(error)) throw error;
    await startAnew(messageOf(error));
    return null;
  }
}

async function serve(database: PGlite, lock: FolderLock, socketPath: string): Promise<void> {
  const { rows } = await database.query<{ server_version: string }>('show server_version');
  const session = new Session({
    execute: async (messages) => {
      try {
        return await executeMessages(database, messages);
      } catch (error) {
        void fail(error);
        throw error;
      }
    },
    onBroken: (code) => void startAnew(`files of the database are damaged or missing (${code})`),
  });
  const server = await serveSocket(socketPath, {
    session,
    serverVersion: rows[0]?.server_version ?? '',
  });
  opened = { database, session, server, lock };
  send({ kind: 'ready', socketPath, openMs: Math.round(performance.now() - startedMs) });
  setInterval(() => {
    send({ kind: 'beat' });
    const isHeld = lock.isHeld();
    if (isHeld) lock.beat();
    if (!isHeld || !existsSync(join(folder, 'PG_VERSION')) || !existsSync(socketPath)) {
      void fail(new Error('the files of the database were deleted'));
    }
  }, BEAT_EVERY_MS);
}

/** Ends the process without closing the database, so that the next process creates a new database. */
async function startAnew(reason: string): Promise<void> {
  const to = moveAside(folder);
  await exitWith({ kind: 'moved', to: to ?? folder, reason });
}

async function fail(error: unknown): Promise<void> {
  await exitWith({ kind: 'failed', reason: messageOf(error) });
}

async function exitWith(report: Report): Promise<void> {
  isEnding = true;
  await new Promise((resolve) => send(report, () => resolve(undefined)));
  process.exit();
}

/** Closes the database and ends the process. A database that is not closed needs longer to open. */
async function end(): Promise<void> {
  if (isEnding) return;
  isEnding = true;
  setTimeout(() => process.exit(), MAX_CLOSE_MS);
  if (opened !== null) {
    opened.session.close();
    await opened.server.close();
    await opened.database.close();
    opened.lock.markClean();
  }
  process.exit();
}

function send(report: Report, onSent: () => void = () => undefined): void {
  if (process.connected) process.send?.(report, onSent);
  else onSent();
}
