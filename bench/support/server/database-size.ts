import { spawn } from 'node:child_process';
import { closeSync, existsSync, openSync, readSync, statSync } from 'node:fs';
import { freePort } from '../free-port.ts';

/** Returns how many bytes of a stopped dev server's SQLite database are in use. */
export async function measureDatabase(temporalCli: string, database: string): Promise<number> {
  await emptyJournal(temporalCli, database);
  return readUsedBytes(database);
}

/** Starts the server once in the journal mode DELETE, which moves all of the journal into the database. */
async function emptyJournal(temporalCli: string, database: string): Promise<void> {
  const child = spawn(
    temporalCli,
    [
      ...['server', 'start-dev', '--headless', '--ip', '127.0.0.1', '--log-level', 'never'],
      ...['--port', String(await freePort()), '--db-filename', database],
      ...['--sqlite-pragma', 'journal_mode=DELETE'],
    ],
    { stdio: ['ignore', 'pipe', 'ignore'] },
  );
  const kill = () => child.kill('SIGKILL');
  process.on('exit', kill);
  try {
    await new Promise<void>((resolve, reject) => {
      let isServing = false;
      child.on('error', reject);
      child.on('exit', () => {
        if (isServing) resolve();
        else reject(new Error('the dev server did not start in the journal mode DELETE'));
      });
      // The server prints its address when it is ready.
      child.stdout.once('data', () => {
        isServing = true;
        child.kill('SIGTERM');
      });
    });
  } finally {
    process.off('exit', kill);
  }
}

// The header of an SQLite database: https://sqlite.org/fileformat.html#the_database_header
const HEADER_BYTES = 100;
const PAGE_SIZE_OFFSET = 16;
const PAGE_COUNT_OFFSET = 28;
const FREE_PAGES_OFFSET = 36;
/** The page size 1 in the header means 65,536 bytes, a number that does not fit into the two-byte field. */
const LARGEST_PAGE_BYTES = 65_536;

/**
 * Returns the bytes in use according to the header of an SQLite database.
 *
 * @throws Error if a journal has pages that are not in the database yet
 */
function readUsedBytes(database: string): number {
  const journal = `${database}-wal`;
  if (existsSync(journal) && statSync(journal).size > 0) {
    throw new Error(`the journal of ${database} is not empty`);
  }
  const header = Buffer.alloc(HEADER_BYTES);
  const file = openSync(database, 'r');
  readSync(file, header, 0, header.length, 0);
  closeSync(file);
  const pageSize = header.readUInt16BE(PAGE_SIZE_OFFSET);
  const usedPages = header.readUInt32BE(PAGE_COUNT_OFFSET) - header.readUInt32BE(FREE_PAGES_OFFSET);
  return usedPages * (pageSize === 1 ? LARGEST_PAGE_BYTES : pageSize);
}
