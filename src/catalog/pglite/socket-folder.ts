import { chmodSync, lstatSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PRIVATE_FILE, PRIVATE_FOLDER } from '../../private-files.ts';

/** pg connects to `.s.PGSQL.<port>` in a folder, as libpq does. */
export const SOCKET_PORT = 5432;
const SOCKET_NAME = `.s.PGSQL.${SOCKET_PORT}`;

/** The path of a Unix socket has at most 107 bytes on Linux and 103 on macOS (unix(4)). */
const MAX_SOCKET_PATH_BYTES = 100;

/** The permissions of all other users of the machine. */
const OTHERS = 0o077;

export function socketPathIn(folder: string): string {
  return join(folder, SOCKET_NAME);
}

/**
 * Returns the folder with the socket of the catalog's process. The folder is in the data folder. If the path would be
 * too long for a socket, the folder is a private folder for temporary files, and a file in the data folder names it.
 * The folder may not exist, because the process may not run.
 */
export function findSocketFolder(dataDir: string): string {
  const folder = folderIn(dataDir);
  return isShort(folder) ? folder : (readNote(dataDir) ?? folder);
}

/** Returns the folder for the socket, and creates it if it does not exist. Only its owner can use the folder. */
export function createSocketFolder(dataDir: string): string {
  const folder = folderIn(dataDir);
  if (isShort(folder)) {
    mkdirSync(folder, { recursive: true, mode: PRIVATE_FOLDER });
    chmodSync(folder, PRIVATE_FOLDER);
    return folder;
  }
  const noted = readNote(dataDir);
  if (noted !== null && isOwnPrivateFolder(noted)) return noted;
  const created = mkdtempSync(join(tmpdir(), 'everclip-'));
  writeFileSync(noteIn(dataDir), created, { mode: PRIVATE_FILE });
  return created;
}

function folderIn(dataDir: string): string {
  return join(dataDir, 'catalog-socket');
}

function noteIn(dataDir: string): string {
  return join(dataDir, 'catalog-socket-folder');
}

function isShort(folder: string): boolean {
  return Buffer.byteLength(socketPathIn(folder)) <= MAX_SOCKET_PATH_BYTES;
}

function readNote(dataDir: string): string | null {
  try {
    return readFileSync(noteIn(dataDir), 'utf8');
  } catch {
    return null;
  }
}

/** False for a folder that another user prepared in the shared folder for temporary files. */
function isOwnPrivateFolder(path: string): boolean {
  const stats = lstatSync(path, { throwIfNoEntry: false });
  return (
    stats?.isDirectory() === true && stats.uid === process.getuid?.() && (stats.mode & OTHERS) === 0
  );
}
