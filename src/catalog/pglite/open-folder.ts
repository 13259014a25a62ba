import { existsSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { PGlite } from '@electric-sql/pglite';
import { pg_trgm } from '@electric-sql/pglite/contrib/pg_trgm';
import { SESSION_ARGUMENTS } from '../database/session-settings.ts';
import { isComplete } from './backend.ts';
import { OpenFailed } from './damage.ts';

/** With PostgreSQL's default of 128 MB, the process takes about 110 MB more memory. */
const SHARED_BUFFERS = '16MB';

/**
 * PostgreSQL's minimum. The stack of WebAssembly is small: with PGlite's 2 MB, an expression with 3,000 additions
 * overflows the stack and crashes PGlite. With 100 kB, the statement fails (`statement_too_complex`).
 */
const MAX_STACK_DEPTH = '100kB';

/**
 * The log of changes, which is 1.1 GB after a rebuild with PostgreSQL's defaults. A smaller log means more checkpoints,
 * each of which writes the changed pages.
 */
const WAL_ARGUMENTS = ['-c', 'min_wal_size=32MB', '-c', 'max_wal_size=128MB'];

/** How many lines of PostgreSQL's log are kept. The reason why a start failed is in the last ones. */
const MAX_LINES = 50;

/**
 * Opens the database in `folder`. If the folder does not exist, PGlite creates the database in it.
 * @throws OpenFailed with what PostgreSQL said
 */
export async function openPglite(folder: string): Promise<PGlite> {
  let lines: string[] = [];
  let isOpening = true;
  try {
    return await createPglite(folder, (line) => {
      if (isOpening) lines = [...lines, line].slice(-MAX_LINES);
    });
  } catch (error) {
    throw new OpenFailed(error, lines.join('\n'));
  } finally {
    isOpening = false;
  }
}

async function createPglite(folder: string, onLine: (line: string) => void): Promise<PGlite> {
  return await PGlite.create({
    dataDir: folder,
    extensions: { pg_trgm },
    onStderr: (line) => {
      onLine(line);
      return true;
    },
    // A later argument wins over an earlier one, so the defaults of PGlite stay.
    startParams: [
      ...PGlite.defaultStartParams,
      '-c',
      `shared_buffers=${SHARED_BUFFERS}`,
      '-c',
      `max_stack_depth=${MAX_STACK_DEPTH}`,
      ...WAL_ARGUMENTS,
      ...SESSION_ARGUMENTS,
      // Prefetching pages costs calls and gains nothing, because PGlite reads files without a queue.
      ...['-c', 'effective_io_concurrency=0'],
    ],
  });
}

/**
 * Creates the database. A process that is killed meanwhile leaves no half database in `folder`, because the folder gets
 * its name last.
 */
export async function createFolder(folder: string): Promise<void> {
  const unfinished = `${folder}.new`;
  rmSync(unfinished, { recursive: true, force: true });
  const database = await openPglite(unfinished);
  await database.close();
  renameSync(unfinished, folder);
}

/**
 * Returns the answer of the database to messages of PostgreSQL's protocol.
 * @throws Error if PGlite has crashed. The database then answers nothing more
 */
export async function executeMessages(database: PGlite, messages: Buffer): Promise<Buffer> {
  const parts: Buffer[] = [];
  // The bytes are in WebAssembly's memory, which changes. `execProtocolRaw` would also keep every answer in memory.
  await database.execProtocolRawStream(messages, {
    syncToFs: false,
    onRawData: (bytes) => parts.push(Buffer.from(bytes)),
  });
  const answer = Buffer.concat(parts);
  if (!isComplete(answer)) throw new Error('PGlite did not complete its answer');
  return answer;
}

/**
 * Renames the folder, so that a new database can be created. Only the newest folder that was moved aside is kept.
 * @returns the new path; null if the folder does not exist
 */
export function moveAside(folder: string): string | null {
  if (!existsSync(folder)) return null;
  const parent = dirname(folder);
  const prefix = `${basename(folder)}.broken-`;
  for (const name of readdirSync(parent)) {
    if (name.startsWith(prefix)) rmSync(join(parent, name), { recursive: true, force: true });
  }
  const to = join(parent, prefix + new Date().toISOString().replace(/[:.]/g, '-'));
  renameSync(folder, to);
  return to;
}
