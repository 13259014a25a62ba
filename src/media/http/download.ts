import { createWriteStream } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { mediaUnreadable, serviceFailed } from '../../errors.ts';
import { fetchMedia, type FetchOptions } from './fetch-media.ts';

/** Enough for every kind that we know. */
const HEAD_BYTES = 16;

/**
 * Streams a body into a file and returns its first bytes.
 * @throws MediaUnreadable for an empty body, ServiceFailed for a full disk, and what `fetchMedia` throws
 */
export async function downloadTo(
  path: string,
  url: string,
  options: FetchOptions & { onProgress: () => void },
): Promise<Uint8Array> {
  const head: number[] = [];
  async function* watched(): AsyncGenerator<Uint8Array> {
    for await (const chunk of fetchMedia(url, options)) {
      if (head.length < HEAD_BYTES) head.push(...chunk.subarray(0, HEAD_BYTES - head.length));
      options.onProgress();
      yield chunk;
    }
  }
  try {
    await pipeline(Readable.from(watched(), { objectMode: false }), createWriteStream(path));
  } catch (error) {
    const { code, syscall } = error as NodeJS.ErrnoException;
    if (syscall) throw serviceFailed(`the file cannot be kept in the temporary folder: ${code}`);
    throw error;
  }
  if (head.length === 0) throw mediaUnreadable('the file is empty');
  return Uint8Array.from(head);
}

/** Fetches a small body whole. @throws what `fetchMedia` throws */
export async function downloadBytes(url: string, options: FetchOptions): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of fetchMedia(url, options)) chunks.push(chunk);
  return Buffer.concat(chunks);
}
