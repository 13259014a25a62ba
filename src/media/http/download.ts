import { createWriteStream } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ApplicationFailure } from '@temporalio/common';
import { mediaTooLarge, mediaUnreadable, serviceFailed } from '../../errors.ts';
import { SNIFF_BYTES } from '../sniff.ts';
import { temporaryFolderFailure } from '../work-folder.ts';
import {
  type Exchange,
  requestFailure,
  requestMedia,
  type RequestOptions,
  statusFailure,
} from './request.ts';

export interface DownloadOptions extends RequestOptions {
  maxBytes: number;
}

/**
 * Downloads a file and returns its first bytes, which `sniffVideo` needs.
 * @throws MediaUnreadable if the file is empty, ServiceFailed if it cannot be written (disk full), and the
 * failures of `downloadChunks`
 */
export async function downloadTo(
  path: string,
  url: string,
  options: DownloadOptions & { onProgress: () => void },
): Promise<Uint8Array> {
  const head: number[] = [];
  async function* watchedChunks(): AsyncGenerator<Uint8Array> {
    for await (const chunk of downloadChunks(url, options)) {
      if (head.length < SNIFF_BYTES) head.push(...chunk.subarray(0, SNIFF_BYTES - head.length));
      options.onProgress();
      yield chunk;
    }
  }
  try {
    await pipeline(Readable.from(watchedChunks(), { objectMode: false }), createWriteStream(path));
  } catch (error) {
    const { syscall } = error as NodeJS.ErrnoException;
    throw syscall ? temporaryFolderFailure(error) : error;
  }
  if (head.length === 0) throw mediaUnreadable('the file is empty');
  return Uint8Array.from(head);
}

/**
 * Downloads a file chunk by chunk.
 * @throws LinkExpired (403, 404, 410), RateLimited (429), MediaTooLarge, MediaUnreadable (not on a media
 * host), ServiceFailed (other statuses, no answer, stalled or slow server, truncated body), and the signal's reason
 */
export async function* downloadChunks(
  url: string,
  options: DownloadOptions,
): AsyncGenerator<Uint8Array> {
  const exchange = await requestMedia(url, options);
  try {
    yield* bodyChunks(exchange, options);
  } catch (error) {
    throw requestFailure(error, exchange, options);
  } finally {
    exchange.idle.stop();
  }
}

async function* bodyChunks(
  exchange: Exchange,
  { maxBytes, onFileAnswer }: DownloadOptions,
): AsyncGenerator<Uint8Array> {
  const { response, context, idle } = exchange;
  if (response.status !== 200) {
    await response.body?.cancel();
    throw statusFailure(exchange);
  }
  const header = response.headers.get('content-length');
  const announcedBytes = header === null ? null : Number(header);
  if (announcedBytes !== null && announcedBytes > maxBytes) {
    await response.body?.cancel();
    throw fileTooLarge(maxBytes);
  }
  let receivedBytes = 0;
  for await (const chunk of (response.body ?? []) as AsyncIterable<Uint8Array>) {
    idle.restart(chunk.byteLength);
    receivedBytes += chunk.byteLength;
    // Throwing the error leaves the loop. This cancels the body, which closes the connection.
    if (receivedBytes > maxBytes) throw fileTooLarge(maxBytes);
    yield chunk;
  }
  // Report the number of received bytes, because not every server sends the length in advance.
  onFileAnswer?.({ status: response.status, sizeBytes: receivedBytes, contentType: null });
  if (announcedBytes !== null && receivedBytes !== announcedBytes) {
    throw serviceFailed(
      `the media server sent ${receivedBytes} of ${announcedBytes} bytes`,
      context,
    );
  }
}

export function fileTooLarge(maxBytes: number): ApplicationFailure {
  return mediaTooLarge(
    `the file is larger than ${maxBytes} bytes: raise MAX_MEDIA_BYTES to download it`,
  );
}
