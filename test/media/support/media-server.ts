import type { IncomingMessage, ServerResponse } from 'node:http';
import { startLocalServer } from '../../support/local-server.ts';

export type Handler = (request: IncomingMessage, response: ServerResponse) => void;

export interface MediaServer {
  origin: string;
  /** Path and query of all requests so far. */
  requests: string[];
  /** The number of bytes in all response bodies so far. */
  sentBytes: number;
  /** Serves bytes or a handler under a path, and returns the URL. */
  put(path: string, content: Uint8Array | Handler): string;
  stop: () => Promise<void>;
}

/** Sends bytes, or the range of them that the request asks for, as a CDN does. */
export function sendRange(
  bytes: Uint8Array,
  request: IncomingMessage,
  response: ServerResponse,
  etag = `"${bytes.length}"`,
): void {
  const [, first, last] = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? '') ?? [];
  const ifRange = request.headers['if-range'];
  const isChanged = ifRange !== undefined && ifRange !== etag;
  const headers = { etag, 'accept-ranges': 'bytes' };
  if (first === undefined || isChanged) {
    response.writeHead(200, { ...headers, 'content-length': bytes.length }).end(bytes);
  } else if (Number(first) >= bytes.length) {
    response.writeHead(416, { ...headers, 'content-range': `bytes */${bytes.length}` }).end();
  } else {
    const part = bytes.subarray(Number(first), Number(last) + 1);
    const range = `bytes ${first}-${Number(first) + part.length - 1}/${bytes.length}`;
    const partHeaders = { 'content-length': part.length, 'content-range': range };
    response.writeHead(206, { ...headers, ...partHeaders }).end(part);
  }
}

/** Starts a CDN on a free port. The CDN answers 404 for unknown paths. */
export async function startMediaServer(): Promise<MediaServer> {
  const handlers = new Map<string, Handler>();
  const requests: string[] = [];
  const { origin, stop } = await startLocalServer((request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://localhost');
    requests.push(request.url ?? '');
    const handler = handlers.get(pathname);
    if (handler) handler(request, response);
    else response.writeHead(404).end('This content is no longer available.');
  });
  const media: MediaServer = {
    origin,
    requests,
    sentBytes: 0,
    put: (path, content) => {
      const sendContent: Handler = (request, response) => {
        sendRange(content as Uint8Array, request, response);
        media.sentBytes += Number(response.getHeader('content-length') ?? 0);
      };
      handlers.set(path, typeof content === 'function' ? content : sendContent);
      return `${origin}${path}`;
    },
    stop,
  };
  return media;
}
