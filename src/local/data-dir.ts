import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PRIVATE_FILE, PRIVATE_FOLDER } from '../private-files.ts';
import { isAlive, ownIdentity } from '../process-identity.ts';

/** Contains the identity of the process that uses the folder. */
const OWNER_FILE = 'running';

/** Returns the identity of the process that has last locked the folder, or null if there was none. */
export function readDataDirOwner(dataDir: string): string | null {
  return readOrNull(join(dataDir, OWNER_FILE));
}

/**
 * Locks the data folder for this process, because two programs with the same folder would stop each other's server.
 * @throws Error if another Everclip uses the folder
 */
export function claimDataDir(dataDir: string): void {
  mkdirSync(dataDir, { recursive: true, mode: PRIVATE_FOLDER });
  const owner = readDataDirOwner(dataDir);
  if (owner !== null && owner !== ownIdentity && isAlive(owner)) {
    const pid = owner.split('.')[0];
    throw new Error(
      `Everclip is already running in ${dataDir} (process ${pid}): stop it, or set DATA_DIR to another folder`,
    );
  }
  writeFileSync(join(dataDir, OWNER_FILE), ownIdentity, { mode: PRIVATE_FILE });
}

/**
 * Stamps the dev server's database with the version of the server that creates the database. A server of another
 * version can't use the database, because the dev server does not upgrade its tables.
 * @param server the version of the Temporal server in `temporalCli`
 * @throws Error if another version of the server created the database
 */
export function claimDatabase(
  dataDir: string,
  server: { readonly temporalCli: string; readonly version: string },
): void {
  const stampFile = join(dataDir, 'temporal.version');
  const stamp = readOrNull(stampFile)?.trim() ?? '';
  // A database without a stamp was created before stamps existed. Such a database counts as created by the current
  // version.
  if (stamp === '' || !existsSync(join(dataDir, 'temporal.db'))) {
    writeFileSync(stampFile, `${server.version}\n`, { mode: PRIVATE_FILE });
  } else if (stamp !== server.version) {
    throw new Error(
      `the database in ${dataDir} was created by Temporal server ${stamp}, but ` +
        `"${server.temporalCli}" contains server ${server.version}: set TEMPORAL_CLI to a CLI with ` +
        `server ${stamp}, or set DATA_DIR to a new folder and backfill each channel ` +
        `(docs/operations.md, "Moving to another Temporal")`,
    );
  }
}

/** Returns a file's text, or null if the file can't be read. */
function readOrNull(file: string): string | null {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return null;
  }
}
