import type { FileHandle } from 'node:fs/promises';
import type { ByteSource } from './source.ts';
import { NotSparse } from '../fallback.ts';

/** The most that is read at once: what a header claims is no reason to allocate it. */
const MAX_READ = 24 * 1024 * 1024;

/** A file on disk, which the caller closes. */
export async function fileSource(file: FileHandle): Promise<ByteSource> {
  const { size } = await file.stat();
  return {
    size,
    read: async (start, end) => {
      if (!(start >= 0 && start <= end && end <= size))
        throw new NotSparse('structure', 'bytes outside of the file are asked for');
      if (end - start > MAX_READ) throw new NotSparse('limits', 'it takes too many bytes');
      const bytes = new Uint8Array(end - start);
      const { bytesRead } = await file.read(bytes, 0, bytes.length, start);
      if (bytesRead < bytes.length) throw new NotSparse('changed', 'the file became shorter');
      return bytes;
    },
  };
}
