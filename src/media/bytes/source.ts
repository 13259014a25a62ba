import type { FileHandle } from 'node:fs/promises';
import { PartialReadError } from '../fallback.ts';

/** A file on a server, on disk or in memory that can be read at any offset. */
export interface ByteSource {
  /** The size of the whole file, in bytes. */
  readonly size: number;
  /**
   * Returns the bytes from `start` up to, but not including, `end`.
   * @throws PartialReadError, and the errors of the server or file system
   */
  read(start: number, end: number): Promise<Uint8Array>;
}

/**
 * How many bytes the first request fetches. The first request is small, because the box `moov` is needed next and is
 * often at the file's end.
 */
export const HEAD_BYTES = 16 * 1024;

/** A header may claim any length, so no read may allocate more than this. */
const MAX_READ_BYTES = 24 * 1024 * 1024;

/** @throws PartialReadError if the range is not inside a file of `size` bytes */
export function requireInside(start: number, end: number, size: number): void {
  if (!(start >= 0 && start <= end && end <= size))
    throw new PartialReadError('structure', 'a read goes beyond the end of the file');
}

/** Reads from an open file. The caller closes the file. */
export async function fileSource(file: FileHandle): Promise<ByteSource> {
  const { size } = await file.stat();
  return {
    size,
    read: async (start, end) => {
      requireInside(start, end, size);
      if (end - start > MAX_READ_BYTES)
        throw new PartialReadError('limits', 'the read is too large');
      const bytes = new Uint8Array(end - start);
      const { bytesRead } = await file.read(bytes, 0, bytes.length, start);
      if (bytesRead < bytes.length)
        throw new PartialReadError('changed', 'the file became shorter');
      return bytes;
    },
  };
}
