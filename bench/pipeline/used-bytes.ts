import { closeSync, existsSync, openSync, readSync, statSync } from 'node:fs';

/**
 * How many bytes of an SQLite database are in use, read from its header (https://sqlite.org/fileformat.html):
 * page size at offset 16 (1 stands for 65536), pages at 28, unused ones at 36.
 * @throws Error where a journal holds pages that the database doesn't
 */
export function usedBytes(database: string): number {
  if (existsSync(`${database}-wal`) && statSync(`${database}-wal`).size > 0) {
    throw new Error(`${database} has a journal that is not empty`);
  }
  const header = Buffer.alloc(100);
  const file = openSync(database, 'r');
  readSync(file, header, 0, header.length, 0);
  closeSync(file);
  const size = header.readUInt16BE(16);
  return (header.readUInt32BE(28) - header.readUInt32BE(36)) * (size === 1 ? 65_536 : size);
}
