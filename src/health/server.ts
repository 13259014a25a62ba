import { once } from 'node:events';
import { createServer } from 'node:http';
import type { Metrics } from '../metrics.ts';

/** A request to `/healthz` has no body, so a slow client is an attack or a fault. */
const REQUEST_TIMEOUT_MS = 5000;

export interface HealthServer {
  /** Reports to `metrics` and to `/healthz`. */
  metrics: Metrics;
  close(): void;
}

/**
 * Serves `/healthz` at `address`, such as `127.0.0.1:9465`. The response is 200 while the process is ready, and 503
 * otherwise. The returned metrics pass everything on to `metrics`. Serves nothing if the address is null.
 * @throws Error with one sentence if the address can't be used
 */
export async function startHealthServer(
  address: string | null,
  metrics: Metrics,
): Promise<HealthServer> {
  if (address === null) return { metrics, close: () => undefined };
  let isReady = false;
  const server = createServer({ requestTimeout: REQUEST_TIMEOUT_MS }, (request, response) => {
    const isKnown = request.url?.split('?', 1)[0] === '/healthz';
    const status = isKnown ? (isReady ? 200 : 503) : 404;
    response.writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store' });
    response.end(isKnown ? JSON.stringify({ ready: isReady }) : undefined);
  });
  const { hostname, port } = new URL(`http://${address}`);
  server.listen(Number(port || 80), hostname.replace(/^\[|\]$/g, ''));
  try {
    await once(server, 'listening');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new Error(
      `HEALTH_ADDRESS=${address} cannot be used (${code}): choose a free port of this machine`,
      { cause: error },
    );
  }
  // The server must not keep a process alive that has nothing else to do.
  server.unref();
  return {
    metrics: {
      ...metrics,
      ready(isNowReady) {
        isReady = isNowReady;
        metrics.ready(isNowReady);
      },
    },
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}
