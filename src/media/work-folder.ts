import { randomUUID } from 'node:crypto';
import { mkdir, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { serviceFailed } from '../errors.ts';

const NAME = /^everclip-media-(\d+)-/;
const DAY_MS = 86_400_000;
/** Folders that this process works in; one of our pid that isn't here is an earlier process's. */
const own = new Set<string>();

/**
 * Gives `task` a fresh folder and removes it with all that is in it, whatever happens.
 * @throws ServiceFailed where no folder can be made
 */
export async function inWorkFolder<T>(
  parent: string,
  task: (folder: string) => Promise<T>,
): Promise<T> {
  const folder = join(parent, `everclip-media-${process.pid}-${randomUUID()}`);
  // Before it is there: a sweep that runs meanwhile must not take it for an earlier process's.
  own.add(folder);
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 }).catch((error: unknown) => {
      const { code } = error as NodeJS.ErrnoException;
      throw serviceFailed(`no folder can be made in ${parent}: ${code}`);
    });
    return await task(folder);
  } finally {
    await rm(folder, { recursive: true, force: true, maxRetries: 3 });
    own.delete(folder);
  }
}

/** Removes the folders that killed processes left behind; never fails. */
export async function sweepWorkFolders(parent: string): Promise<void> {
  for (const name of await readdir(parent).catch((): string[] => [])) {
    const pid = Number(NAME.exec(name)?.[1] ?? 0);
    const folder = join(parent, name);
    if (pid === 0 || own.has(folder)) continue;
    // A pid may be another program's by now, so that a day is the limit for any of them.
    const stale = pid === process.pid || !exists(pid) || (await ageMs(folder)) > DAY_MS;
    if (stale) await rm(folder, { recursive: true, force: true }).catch(() => undefined);
  }
}

const ageMs = (folder: string): Promise<number> =>
  stat(folder).then(
    ({ mtimeMs }) => Date.now() - mtimeMs,
    () => 0,
  );

function exists(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
