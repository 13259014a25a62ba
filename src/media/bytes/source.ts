import type { FileHandle } from 'node:fs/promises';
import { PartialReadError } from '../fallback.ts';

/** A file that can be read at any offset: on a server, on disk, or in memory. */
export interface ByteSource {
  /** Bytes of the whole file. */
  readonly size: number;
  /**
   * Returns the bytes from `start` up to, but not including, `end`.
   * @throws PartialReadError, and the errors of the place that the bytes come from
   */
  read(start: number, end: number): Promise<Uint8Array>;
}

/** Bytes of the first request. It is small because `moov`, which is needed next, is often at the end. */
export const HEAD_BYTES = 16 * 1024;

/** A header may claim any length, so no read may allocate more than this. */
const MAX_READ_BYTES = 24 * 1024 * 1024;

/** @throws PartialReadError if the range is not inside a file of `size` bytes */
export function requireInside(start: number, end: number, size: number): void {
  if (!(start >= 0 && start <= end && end <= size))
    throw new PartialReadError('structure', 'a read outside the file');
}

/** Reads from an open file. The caller closes the file. */
export async function fileSource(file: FileHandle): Promise<ByteSource> {
  const { size } = await file.stat();
  return {
    size,
    read: async (start, end) => {
      requireInside(start, end, size);
      if (end - start > MAX_READ_BYTES) throw new PartialReadError('limits', 'a very large read');
      const bytes = new Uint8Array(end - start);
      const { bytesRead } = await file.read(bytes, 0, bytes.length, start);
      if (bytesRead < bytes.length)
        throw new PartialReadError('changed', 'the file became shorter');
      return bytes;
    },
  };
}
