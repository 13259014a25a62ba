import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { getRequestListener } from '@hono/node-server';
import type { Running } from '../../run-until-signal.ts';

/** More than 1,000 readers at a time, and far fewer than the files that a process may open. */
const MAX_CONNECTIONS = 2000;
/** A request has no body, so a client that takes longer than this is not a browser. */
const HEADERS_TIMEOUT_MS = 10_000;
const REQUEST_TIMEOUT_MS = 15_000;
/** Browsers reuse a connection for the pictures of a page. */
const KEEP_ALIVE_MS = 5000;
/** A client may read nothing for this long. Without this limit, its connection and its answer would stay for ever. */
const MAX_SILENCE_MS = 30_000;
/** A client may send many requests without reading an answer. A page has far fewer pictures, and browsers reconnect. */
export const MAX_REQUESTS_OF_CONNECTION = 100;
/** How long requests in progress may take after `stop`. */
const MAX_STOP_MS = 6000;

export interface Listener {
  fetch: (request: Request) => Response | Promise<Response>;
  /** Answers a request that is not valid HTTP, such as one with an invalid `Host`. */
  onInvalid: () => Response | Promise<Response>;
}

/** A web server, with the port at which it listens. */
export interface RunningServer extends Running {
  readonly port: number;
}

/**
 * Listens at a host and port. Port 0 means any free port. Tests shorten `maxSilenceMs`.
 * @throws Error with one sentence if the address can't be used
 */
export async function startServer(
  { fetch, onInvalid }: Listener,
  address: string,
  { maxSilenceMs = MAX_SILENCE_MS } = {},
): Promise<RunningServer> {
  const separator = address.lastIndexOf(':');
  const host = address.slice(0, separator).replace(/^\[|\]$/g, '');
  const listener = getRequestListener((request) => fetch(request), {
    // The worker and ingest may share this process, and must keep Node's own Request and Response.
    overrideGlobalObjects: false,
    errorHandler: () => onInvalid(),
  });
  const server = createServer(
    { headersTimeout: HEADERS_TIMEOUT_MS, requestTimeout: REQUEST_TIMEOUT_MS },
    answerInTurn(listener),
  );
  server.keepAliveTimeout = KEEP_ALIVE_MS;
  server.timeout = maxSilenceMs;
  server.maxRequestsPerSocket = MAX_REQUESTS_OF_CONNECTION;
  server.maxConnections = MAX_CONNECTIONS;
  server.listen(Number(address.slice(separator + 1)), host);
  try {
    await once(server, 'listening');
  } catch (error) {
    throw listenFault(error, address);
  }
  const { port } = server.address() as AddressInfo;
  return { port, ...runUntilStopped(server) };
}

type RequestHandler = (incoming: IncomingMessage, outgoing: ServerResponse) => unknown;

/**
 * Answers the requests of a connection one after another, so that a client that sends many requests and reads nothing
 * costs the memory of one answer.
 */
function answerInTurn(answer: RequestHandler): (...args: Parameters<RequestHandler>) => void {
  const turns = new WeakMap<Socket, Promise<unknown>>();
  return (incoming, outgoing) => {
    const { socket } = incoming;
    const take = async () => {
      if (socket.destroyed) return;
      const closed = once(outgoing, 'close');
      await Promise.all([closed, answer(incoming, outgoing)]);
    };
    // An answer that failed must not keep the next answer from its turn.
    turns.set(
      socket,
      (turns.get(socket) ?? Promise.resolve()).then(take).catch(() => undefined),
    );
  };
}

function listenFault(error: unknown, address: string): Error {
  const { code } = error as { code?: unknown };
  const why = code === 'EADDRINUSE' ? 'is in use by another program' : "can't be used";
  return new Error(
    `LIBRARY_ADDRESS=${address} ${why} (${String(code)}): choose another host or port`,
    { cause: error },
  );
}

function runUntilStopped(server: Server): Running {
  const stopped = new Promise<void>((resolve, reject) => {
    server.once('close', resolve);
    server.once('error', reject);
  });
  return {
    stopped,
    stop() {
      server.close();
      server.closeIdleConnections();
      setTimeout(() => server.closeAllConnections(), MAX_STOP_MS).unref();
    },
  };
}
