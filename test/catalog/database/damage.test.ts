import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { isForeign, isProofOfDamage, OpenFailed } from '../../../src/catalog/pglite/damage.ts';

/** How a line of PostgreSQL's log begins. */
const STAMP = '2026-11-26 16:08:20.158 UTC [42]';
const EXITED = new Error('PGlite failed to initialize properly');
const TRAPPED = Object.assign(new Error('Aborted(). Build with -sASSERTIONS for more info.'), {
  name: 'RuntimeError',
});

test("PostgreSQL's own refusal of the files, and a crash while it opens them, are proof of damage", () => {
  for (const [cause, log] of [
    [EXITED, `${STAMP} FATAL:  database files are incompatible with server\n${STAMP} DETAIL:  …`],
    [EXITED, `${STAMP} FATAL:  required WAL directory "pg_wal" does not exist`],
    [TRAPPED, `${STAMP} PANIC:  could not read file "global/pg_control": read 100 of 296`],
    [
      EXITED,
      'postgres: could not access the server configuration file "/pglite/data/postgresql.conf"',
    ],
    [TRAPPED, ''],
  ] as const) {
    assert.equal(isProofOfDamage(new OpenFailed(cause, log)), true, log);
  }
});

test('a full disk, missing permissions, and short memory or files are no proof of damage', () => {
  const errno = (code: string, text: string) =>
    Object.assign(new Error(`${code}: ${text}`), { code });
  for (const [cause, log] of [
    [new RangeError('WebAssembly.Memory(): could not allocate memory'), ''],
    [errno('EMFILE', 'too many open files, open pglite.data'), ''],
    [errno('EACCES', 'permission denied, scandir'), ''],
    [new Error('Cannot find module pg_trgm.tar.gz'), ''],
    [EXITED, ''],
    [EXITED, `${STAMP} FATAL:  could not open file "global/pg_control": Permission denied`],
    [EXITED, `${STAMP} FATAL:  could not open directory "base": No file descriptors available`],
    [EXITED, `${STAMP} FATAL:  out of memory\n${STAMP} DETAIL:  Failed on request of size 8192.`],
    [EXITED, `${STAMP} FATAL:  could not create file "postmaster.opts": Read-only file system`],
    [TRAPPED, `${STAMP} PANIC:  could not write to file "pg_wal/x": No space left on device`],
    [TRAPPED, `${STAMP} PANIC:  could not fsync file "pg_wal/x": I/O error`],
  ] as const) {
    assert.equal(isProofOfDamage(new OpenFailed(cause, log)), false, `${cause.message} ${log}`);
  }
  assert.equal(isProofOfDamage(errno('ENOSPC', 'no space left on device, mkdir')), false);
});

test("the error of a failed start says what PostgreSQL said, and PGlite's own words only without it", () => {
  const log = `${STAMP} LOG:  starting\n${STAMP} FATAL:  a reason\n${STAMP} DETAIL:  more`;
  assert.equal(new OpenFailed(EXITED, log).message, `${STAMP} FATAL:  a reason`);
  assert.equal(new OpenFailed(EXITED, '').message, EXITED.message);
});

test('a folder without PG_VERSION is not a database', () => {
  const parent = mkdtempSync(join(tmpdir(), 'everclip-'));
  const folder = join(parent, 'catalog');
  assert.equal(isForeign(folder), false, 'nothing is there');
  mkdirSync(folder);
  assert.equal(isForeign(folder), true);
  writeFileSync(join(folder, 'PG_VERSION'), '18\n');
  assert.equal(isForeign(folder), false);
  rmSync(parent, { recursive: true });
});
