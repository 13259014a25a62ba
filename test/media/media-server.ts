import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export type Handler = (request: IncomingMessage, response: ServerResponse) => void;

export interface MediaServer {
  origin: string;
  /** Targets of all requests so far. */
  requests: string[];
  /** Serves bytes or a handler under a path, and returns the address. */
  put(path: string, what: Uint8Array | Handler): string;
  stop(): void;
}

/** A CDN on a free port; what it doesn't know is a 404. */
export async function startMediaServer(): Promise<MediaServer> {
  const handlers = new Map<string, Handler>();
  const requests: string[] = [];
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://localhost');
    requests.push(request.url ?? '');
    const handler = handlers.get(pathname);
    if (handler) handler(request, response);
    else response.writeHead(404).end('This content is no longer available.');
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    origin,
    requests,
    put: (path, what) => {
      const bytes: Handler = (_request, response) =>
        response.writeHead(200, { 'content-length': (what as Uint8Array).length }).end(what);
      handlers.set(path, typeof what === 'function' ? what : bytes);
      return `${origin}${path}`;
    },
    stop: () => server.close().closeAllConnections(),
  };
}
