import { existsSync } from 'node:fs';
import { join } from 'node:path';

/**
 * PGlite could not open a database. `log` is what PostgreSQL said meanwhile, because PGlite's own error tells no reason.
 */
export class OpenFailed extends Error {
  readonly log: string;

  constructor(cause: unknown, log: string) {
    super(lastLine(log) ?? (cause instanceof Error ? cause.message : String(cause)), { cause });
    this.log = log;
  }
}

/**
 * How the C library of PGlite names the errors that say nothing about the files: EPERM, EACCES, EMFILE, ENFILE, ENOMEM,
 * ENOSPC, EDQUOT, EIO and EROFS (musl, src/errno/__strerror.h).
 */
const FAULT_OF_MACHINE =
  /operation not permitted|permission denied|no file descriptors available|too many open files|out of memory|no space left|quota exceeded|I\/O error|read-only file system/i;

/** PostgreSQL's own errors that end its start. Before PostgreSQL has read its configuration, they begin with its name. */
const ENDS_START = /\b(FATAL|PANIC):|^postgres: could not /m;

/**
 * True only if the failure proves that the files of the database are damaged, or are those of another version. Short
 * memory, a full disk or missing permissions prove nothing, because the same files open again later.
 */
export function isProofOfDamage(error: unknown): boolean {
  if (!(error instanceof OpenFailed)) return false;
  const { log, cause } = error;
  if (FAULT_OF_MACHINE.test(`${log}\n${String(cause)}`)) return false;
  return ENDS_START.test(log) || isTrap(cause);
}

/** True if `folder` is there but was never a database. PGlite would create a database among its files. */
export function isForeign(folder: string): boolean {
  return existsSync(folder) && !existsSync(join(folder, 'PG_VERSION'));
}

/** True if the code of PGlite has crashed (WebAssembly.RuntimeError). */
function isTrap(cause: unknown): boolean {
  return cause instanceof Error && cause.name === 'RuntimeError';
}

function lastLine(log: string): string | null {
  return (
    log
      .split('\n')
      .map((line) => line.trim())
      .filter((line) => ENDS_START.test(line))
      .at(-1) ?? null
  );
}
