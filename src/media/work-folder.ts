import { randomUUID } from 'node:crypto';
import { mkdir, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { ApplicationFailure } from '@temporalio/common';
import { serviceFailed } from '../errors.ts';
import { isAlive, ownIdentity } from '../process-identity.ts';

/**
 * Matches `everclip-media-<identity of the process>.<UUID>`, and the name of older versions,
 * `everclip-media-<pid>-<UUID>`. The pid does not distinguish a process from a later process with the same
 * pid.
 */
const NAME = /^everclip-media-(?:\d+-|(\d+\.[\w-]+)\.)[\w-]+$/;
/** A folder older than this is not in use, because the work on one clip takes minutes at most. */
const MAX_AGE_MS = 86_400_000;

/**
 * Runs `task` with a new folder, and removes the folder when the task ends.
 * @throws ServiceFailed if the folder cannot be created
 */
export async function inWorkFolder<T>(
  parent: string,
  task: (folder: string) => Promise<T>,
): Promise<T> {
  const folder = join(parent, `everclip-media-${ownIdentity}.${randomUUID()}`);
  await mkdir(folder, { recursive: true, mode: 0o700 }).catch((error: unknown) => {
    throw temporaryFolderFailure(error);
  });
  try {
    return await task(folder);
  } finally {
    await rm(folder, { recursive: true, force: true, maxRetries: 3 });
  }
}

/** Turns an error of the file system, such as a full disk, into a ServiceFailed. */
export function temporaryFolderFailure(error: unknown): ApplicationFailure {
  const { code } = error as NodeJS.ErrnoException;
  return serviceFailed(
    `cannot write to the temporary folder (${code}): check its space and permissions, or set TMPDIR`,
  );
}

/** Removes the folders that killed processes left in `parent`. Never throws. */
export async function sweepWorkFolders(parent: string): Promise<void> {
  for (const name of await readdir(parent).catch((): string[] => [])) {
    const match = NAME.exec(name);
    if (match === null) continue;
    const [, identity] = match;
    const folder = join(parent, name);
    const isLeftBehind = identity !== undefined && !isAlive(identity);
    if (isLeftBehind || (await ageMs(folder)) > MAX_AGE_MS)
      await rm(folder, { recursive: true, force: true }).catch(() => undefined);
  }
}

/** Returns the milliseconds since the folder was changed, or 0 if the folder no longer exists. */
async function ageMs(folder: string): Promise<number> {
  try {
    return Date.now() - (await stat(folder)).mtimeMs;
  } catch {
    return 0;
  }
}
