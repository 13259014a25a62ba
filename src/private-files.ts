import { statSync } from 'node:fs';

// The permissions of the files and folders that Everclip creates. scripts/support/modes.mjs has the same for scripts.

/** Only the user can read and write. */
export const PRIVATE_FILE = 0o600;
/** Only the user can list and change. */
export const PRIVATE_FOLDER = 0o700;

/** The permissions of all other users of the machine. */
const OTHERS = 0o077;

/**
 * Makes all files that this process and its children create from now on private. Covers files whose mode Everclip can't
 * choose, such as the database of the Temporal dev server and the files that ffmpeg writes.
 */
export function keepFilesPrivate(): void {
  process.umask(OTHERS);
}

/** Returns one sentence for each of `.env` and the data folder that other users of this machine can read. */
export function findReadableByOthers({
  dataDir,
  envFile = '.env',
}: {
  dataDir: string;
  envFile?: string;
}): string[] {
  const sentences: string[] = [];
  if (isOpenToOthers(envFile)) {
    sentences.push(
      `other users of this machine can read ${envFile}, which may contain secrets: run chmod 600 ${envFile}`,
    );
  }
  if (isOpenToOthers(dataDir)) {
    sentences.push(
      `other users of this machine can read the data folder ${dataDir}: run chmod -R go= ${dataDir}`,
    );
  }
  return sentences;
}

/** True if the file or folder exists and anyone but its owner has a permission. Windows has no such permissions. */
function isOpenToOthers(path: string): boolean {
  if (process.platform === 'win32') return false;
  const stats = statSync(path, { throwIfNoEntry: false });
  return stats !== undefined && (stats.mode & OTHERS) !== 0;
}
