import {
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { PRIVATE_FILE, PRIVATE_FOLDER } from '../../private-files.ts';
import { isAlive, ownIdentity } from '../../process-identity.ts';

/** Whoever owns the catalog's folder, or owned the folder before. */
export interface Owner {
  /** See src/process-identity.ts. */
  identity: string;
  /** The identity of the process that started the owner. */
  parent: string;
  /** The start of the machine in which the files were written; null if the system does not tell. */
  boot: string | null;
  /** The pids of another namespace, such as those of another container, mean nothing here. Null if there are none. */
  namespace: string | null;
  /** True if the owner closed the database. */
  isClean: boolean;
}

/** A lock that this process holds until it ends. */
export interface FolderLock {
  /** The owner before this process. Null if the lock is new. */
  previous: Owner | null;
  /** False if another process took the lock, or if the lock was deleted. */
  isHeld: () => boolean;
  /**
   * Notes that the files are from this start of the machine. Until then, the lock names the start that the owner before
   * has named, so that a process that ends too early does not hide that the database was cut off.
   */
  markTrusted: () => void;
  /** Notes that the database was closed. The lock itself ends with this process. */
  markClean: () => void;
  /** Tells processes of other namespaces that this process is alive. */
  beat: () => void;
}

/** An owner whose parent was killed closes the database and ends. After this time, the owner is killed. */
const MAX_ORPHAN_MS = 10_000;
const CHECK_EVERY_MS = 50;
/**
 * An owner in another namespace that did not tell for this long is dead. While PGlite runs a query, its process tells
 * nothing; the supervisor kills a process that is silent for two minutes.
 */
export const MAX_SILENT_MS = 150_000;
/** A process may be interrupted between creating a lock and writing its content. */
const MAX_WRITE_MS = 1000;

/**
 * Locks the catalog's folder for this process. PGlite takes no lock, and two processes that open the same folder lose
 * rows without an error (https://github.com/electric-sql/pglite/issues/1106).
 *
 * The lock is a folder of numbered files, and the highest number owns the lock. To take over from an owner that has
 * died, a process creates the next number. Creating a file is atomic, and the highest number is never deleted, so two
 * processes can't both take over.
 * @param parent the identity of the process that started this process
 * @throws Error with one sentence if another living process owns the folder
 */
export async function lockFolder(
  lockFolder: string,
  {
    parent,
    folder,
    maxOrphanMs = MAX_ORPHAN_MS,
  }: { parent: string; folder: string; maxOrphanMs?: number | undefined },
): Promise<FolderLock> {
  mkdirSync(lockFolder, { recursive: true, mode: PRIVATE_FOLDER });
  const namespace = readNamespace();
  const orphanUntilMs = performance.now() + maxOrphanMs;
  for (;;) {
    const number = highestNumber(lockFolder);
    const previous = number === 0 ? null : await readOwner(join(lockFolder, String(number)));
    if (previous !== null && !isComparable(previous, namespace)) {
      const silentMs = Date.now() - readBeatMs(join(lockFolder, String(number)));
      if (!previous.isClean && silentMs < MAX_SILENT_MS) throw foreignError(folder);
    } else if (previous !== null && isAlive(previous.identity)) {
      if (isAlive(previous.parent)) throw takenError(folder, previous);
      if (performance.now() > orphanUntilMs) process.kill(pidOf(previous), 'SIGKILL');
      await pause(CHECK_EVERY_MS);
      continue;
    }
    const boot = readBoot();
    const own: Owner = {
      ...{ identity: ownIdentity, parent, namespace, isClean: false },
      boot: previous === null || previous.isClean ? boot : (previous.boot ?? boot),
    };
    const ownNumber = number + 1;
    const file = join(lockFolder, String(ownNumber));
    if (!createFile(file, JSON.stringify(own))) continue;
    if (highestNumber(lockFolder) !== ownNumber) {
      // This process was so slow that others took over and cleaned up in between.
      rmSync(file, { force: true });
      continue;
    }
    removeLower(lockFolder, ownNumber);
    const write = (owner: Owner) =>
      writeFileSync(file, JSON.stringify(owner), { mode: PRIVATE_FILE });
    return {
      previous,
      isHeld: () => highestNumber(lockFolder) === ownNumber,
      markTrusted: () => write({ ...own, boot }),
      markClean: () => write({ ...own, boot, isClean: true }),
      beat() {
        const now = new Date();
        utimesSync(file, now, now);
      },
    };
  }
}

/**
 * True if the machine stopped while the database was open. PGlite runs without fsync, so what the database wrote last
 * may be missing from any of its files.
 */
export function wasCutOff({ previous }: FolderLock): boolean {
  const boot = readBoot();
  return (
    previous !== null &&
    !previous.isClean &&
    previous.boot !== null &&
    boot !== null &&
    previous.boot !== boot
  );
}

function takenError(folder: string, owner: Owner): Error {
  return new Error(
    `process ${pidOf(owner)} already uses the catalog in ${folder}: stop that process, or set DATA_DIR to another folder`,
  );
}

/** Without an answer about the other process, the only sign of its life is the time of its lock. */
function foreignError(folder: string): Error {
  return new Error(
    `another container already uses the catalog in ${folder}: stop that container, or set DATA_DIR to another folder. If it was killed, wait ${MAX_SILENT_MS / 1000} s`,
  );
}

function isComparable(owner: Owner, namespace: string | null): boolean {
  return namespace === null || owner.namespace === null || owner.namespace === namespace;
}

/** Returns when the owner has told that it is alive; 0 if the lock is gone. Epoch milliseconds. */
function readBeatMs(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}

function pidOf(owner: Owner): number {
  return Number(owner.identity.split('.')[0]);
}

/** Returns 0 if nobody ever held the lock. */
function highestNumber(lockFolder: string): number {
  try {
    return Math.max(0, ...readdirSync(lockFolder).map(Number).filter(Number.isInteger));
  } catch {
    return 0;
  }
}

function removeLower(lockFolder: string, number: number): void {
  for (const name of readdirSync(lockFolder)) {
    if (Number(name) < number) rmSync(join(lockFolder, name), { force: true });
  }
}

/** Returns false if the file exists. */
function createFile(file: string, text: string): boolean {
  try {
    writeFileSync(file, text, { flag: 'wx', mode: PRIVATE_FILE });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

/** Returns null if the file is gone, or if the process that created the file died before it wrote the content. */
async function readOwner(file: string): Promise<Owner | null> {
  const untilMs = performance.now() + MAX_WRITE_MS;
  for (;;) {
    try {
      return JSON.parse(readFileSync(file, 'utf8')) as Owner;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
      if (performance.now() > untilMs) return null;
    }
    await pause(CHECK_EVERY_MS);
  }
}

/** On Linux, the link names the namespace by a number (pid_namespaces(7)). Other systems have one namespace. */
function readNamespace(): string | null {
  try {
    return readlinkSync('/proc/self/ns/pid');
  } catch {
    return null;
  }
}

function readBoot(): string | null {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  } catch {
    return null;
  }
}
