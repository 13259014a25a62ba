import { createReadStream } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';

/** A file on disk, and the values for the headers of the response. */
export interface ServedFile {
  readonly path: string;
  /** In bytes. */
  readonly size: number;
  /** The Content-Type. */
  readonly type: string;
  readonly etag: string;
}

export interface SendOptions {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  /** Answer every request with 200 and the whole file. */
  readonly ignoreRange: boolean;
  /** Close the connection after this many bytes of the body. */
  readonly dropAfterBytes: number | undefined;
  /** Called with the size of each chunk that is sent. */
  readonly onBytes: (count: number) => void;
}

/** Streams a file, or the requested range of it, from disk. Sends no faster than the client reads. */
export async function sendFile(file: ServedFile, options: SendOptions): Promise<void> {
  const { request, response, ignoreRange } = options;
  // If `If-Range` names a different version of the file, a range is useless, so the whole file is sent
  // instead:
  // https://www.rfc-editor.org/rfc/rfc9110.html#section-13.1.5
  const ifRange = request.headers['if-range'];
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
    // `pipeline` rejects if the client hangs up, or if a test just deleted the file. In both cases
    // the connection is already closed.
    await pipeline(source, response, { end: !isCut }).catch(() => undefined);
  }
  // Flush everything written so far, then close the connection in the middle of the body.
  if (isCut) request.socket.destroySoon();
}

/** Bytes of a file from `start` to `end`, both included. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

/**
 * Parses a Range header: https://www.rfc-editor.org/rfc/rfc9110.html#section-14.2
 * @returns `'unsatisfiable'` if the range starts beyond the end; `'whole'` if there is no range, or if the
 * header is invalid, uses a unit other than bytes or lists more than one range
 */
export function parseRange(
  header: string | undefined,
  size: number,
): ByteRange | 'whole' | 'unsatisfiable' {
  const [, first, last] = /^bytes=(\d*)-(\d*)$/.exec(header?.trim() ?? '') ?? [];
  if (first === undefined || last === undefined || (first === '' && last === '')) return 'whole';
  if (first === '') {
    const length = Math.min(Number(last), size);
    return length === 0 ? 'unsatisfiable' : { start: size - length, end: size - 1 };
  }
  const start = Number(first);
  const end = last === '' ? size - 1 : Math.min(Number(last), size - 1);
  if (last !== '' && Number(last) < start) return 'whole';
  return start >= size ? 'unsatisfiable' : { start, end };
}
