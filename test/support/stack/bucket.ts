import { once } from 'node:events';
import { Agent, createServer, request as forward, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import type { FakeGcs } from '../fake-gcs.ts';

/** One request from a worker to the bucket. */
export interface BucketRequest {
  readonly kind: 'read' | 'write' | 'other';
  /** The object's key, or empty if the request is not about one object, such as a list. */
  readonly key: string;
  /** The HTTP status, or 0 if the connection closed before the response. */
  status: number;
}

/** What happens to every request while the fault is set. */
export interface BucketFault {
  status?: number;
  /** How long a request waits for its response, in milliseconds. */
  stallMs?: number;
}

/** A fake-gcs-server behind a proxy that records the workers' requests and makes them fail on demand. */
export interface StackBucket {
  /** For `GCS_API_ENDPOINT`. */
  readonly apiEndpoint: string;
  readonly requests: readonly BucketRequest[];
  fault: BucketFault | null;
  /** Reads an object without the proxy. */
  read(key: string): Promise<{ bytes: Buffer; contentType: string; cacheControl: string } | null>;
  readJson<T>(key: string): Promise<T | null>;
  /** Returns the keys with this prefix. */
  keys(prefix: string): Promise<string[]>;
  stop(): Promise<void>;
}

/** Starts a proxy for `gcs`. */
export async function createStackBucket(gcs: FakeGcs, name: string): Promise<StackBucket> {
  const requests: BucketRequest[] = [];
  const agent = new Agent({ keepAlive: true });
  const upstream = new URL(gcs.apiEndpoint);
  const server = createServer((incoming, response) => {
    const entry: BucketRequest = { ...classifyRequest(incoming, name), status: 0 };
    requests.push(entry);
    response.once('close', () => (entry.status = response.headersSent ? response.statusCode : 0));
    void (async () => {
      const { fault } = bucket;
      if (fault?.stallMs) await pause(fault.stallMs, undefined, { ref: false });
      if (fault?.status) {
        incoming.resume();
        response.writeHead(fault.status, { 'content-type': 'text/plain' }).end('out of order');
        return;
      }
      const { hostname, port } = upstream;
      const { method, url: path, headers } = incoming;
      const outgoing = forward({ agent, hostname, port, method, path, headers }, (answer) => {
        response.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(response);
      });
      outgoing.on('error', () => response.destroy());
      response.on('close', () => outgoing.destroy());
      incoming.pipe(outgoing);
    })();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');

  const objectUrl = (key: string): string =>
    `${gcs.apiEndpoint}/storage/v1/b/${name}/o/${encodeURIComponent(key)}`;
  const bucket: StackBucket = {
    apiEndpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    fault: null,
    async read(key) {
      const metadata = await gcs.metadata(name, key);
      if (metadata === null) return null;
      const response = await fetch(`${objectUrl(key)}?alt=media`);
      if (!response.ok) return null;
      const { contentType, cacheControl } = metadata as Record<string, string>;
      return {
        bytes: Buffer.from(await response.arrayBuffer()),
        contentType: contentType ?? '',
        cacheControl: cacheControl ?? '',
      };
    },
    async readJson<T>(key: string) {
      const response = await fetch(`${objectUrl(key)}?alt=media`);
      return response.ok ? ((await response.json()) as T) : null;
    },
    keys: async (prefix) => (await gcs.list(name)).filter((key) => key.startsWith(prefix)),
    async stop() {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      agent.destroy();
      await closed;
    },
  };
  return bucket;
}

/**
 * Returns the kind of a request to the JSON API and the key of its object: GET reads an object and POST writes
 * one.
 */
function classifyRequest(
  { method, url = '' }: IncomingMessage,
  bucketName: string,
): Pick<BucketRequest, 'kind' | 'key'> {
  const { pathname, searchParams } = new URL(url, 'http://localhost');
  const path = `/b/${bucketName}/o`;
  const [, objectPath = ''] = pathname.split(`${path}/`);
  if (method === 'POST' && pathname.endsWith(path)) {
    return { kind: 'write', key: searchParams.get('name') ?? '' };
  }
  const kind = method === 'GET' && objectPath !== '' ? 'read' : 'other';
  return { kind, key: decodeURIComponent(objectPath) };
}
