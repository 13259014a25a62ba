import { createReadStream } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';

import { parseRange } from './range.ts';

/** A file on disk and what its answer says about it. */
export interface ServedFile {
  readonly path: string;
  readonly size: number;
  readonly type: string;
  readonly etag: string;
}

export interface SendOptions {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  /** Answer 200 with the whole file to every request. */
  readonly ignoreRange: boolean;
  /** Close the connection after so many bytes of the body. */
  readonly dropAfterBytes: number | undefined;
  readonly onBytes: (count: number) => void;
}

/** Sends a file, or the part that is asked for, from disk and no faster than it is taken. */
export async function sendFile(file: ServedFile, options: SendOptions): Promise<void> {
  const { request, response, ignoreRange } = options;
  const ifRange = request.headers['if-range'];
  // A part of another version of the file would be no use: then the whole is sent (RFC 9110,
  // 13.1.5).
  const ignored = ignoreRange || (ifRange !== undefined && ifRange !== file.etag);
  const range = ignored ? 'whole' : parseRange(request.headers.range, file.size);
  response.setHeader('ETag', file.etag);
  if (!ignoreRange) response.setHeader('Accept-Ranges', 'bytes');
  if (range === 'unsatisfiable') {
    response.writeHead(416, { 'Content-Range': `bytes */${file.size}` }).end();
    return;
  }
  const { start, end } = range === 'whole' ? { start: 0, end: file.size - 1 } : range;
  const length = end - start + 1;
  if (range !== 'whole') response.setHeader('Content-Range', `bytes ${start}-${end}/${file.size}`);
  response.writeHead(range === 'whole' ? 200 : 206, {
    'Content-Type': file.type,
    'Content-Length': length,
  });
  if (request.method === 'HEAD' || length === 0) response.end();
  else await sendBytes(file.path, start, length, options);
}

async function sendBytes(
  path: string,
  start: number,
  length: number,
  { request, response, dropAfterBytes = Infinity, onBytes }: SendOptions,
): Promise<void> {
  const sent = Math.min(length, dropAfterBytes);
  const isCut = sent < length;
  response.flushHeaders();
  if (sent > 0) {
    const source = createReadStream(path, { start, end: start + sent - 1 });
    source.on('data', (chunk) => onBytes(chunk.length));
    // It rejects when the reader hangs up or the file was deleted just now; the connection is
    // closed then.
    await pipeline(source, response, { end: !isCut }).catch(() => undefined);
  }
  // All that was written goes out first, then the connection closes in the middle of the body.
  if (isCut) request.socket.destroySoon();
}
