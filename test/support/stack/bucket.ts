import { once } from 'node:events';
import { Agent, createServer, request as forward, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { FakeGcs } from '../fake-gcs.ts';

/** One request of a worker to the bucket. */
export interface BucketRequest {
  readonly kind: 'read' | 'write' | 'other';
  /** The object's; empty where the request is about none. */
  readonly key: string;
  status: number;
}

/** Until it is taken back, what happens to every request. */
export interface BucketFault {
  status?: number;
  /** Waits so long before the answer, milliseconds. */
  stallMs?: number;
}

/** A fake-gcs-server behind a proxy that counts what workers ask of it, and breaks it on demand. */
export interface StackBucket {
  /** For `GCS_API_ENDPOINT`. */
  readonly apiEndpoint: string;
  readonly requests: readonly BucketRequest[];
  fault: BucketFault | null;
  /** Reads an object past the proxy. */
  read(key: string): Promise<{ bytes: Buffer; contentType: string; cacheControl: string } | null>;
  readJson<T>(key: string): Promise<T | null>;
  /** Keys that begin so. */
  keys(prefix: string): Promise<string[]>;
  stop(): Promise<void>;
}

/** Puts a proxy before `gcs`. */
export async function stackBucket(gcs: FakeGcs, name: string): Promise<StackBucket> {
  const requests: BucketRequest[] = [];
  const agent = new Agent({ keepAlive: true });
  const upstream = new URL(gcs.apiEndpoint);
  const server = createServer((incoming, response) => {
    const entry: BucketRequest = { ...aimOf(incoming, name), status: 0 };
    requests.push(entry);
    response.once('close', () => (entry.status = response.headersSent ? response.statusCode : 0));
    void (async () => {
      const { fault } = bucket;
      if (fault?.stallMs) await sleep(fault.stallMs, undefined, { ref: false });
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

/** What a request of the JSON API is about: objects are read with GET and written with POST. */
function aimOf(
  { method, url = '' }: IncomingMessage,
  bucketName: string,
): Pick<BucketRequest, 'kind' | 'key'> {
  const { pathname, searchParams } = new URL(url, 'http://localhost');
  const path = `/b/${bucketName}/o`;
  const [, objectPath = ''] = pathname.split(`${path}/`);
  if (method === 'GET' && objectPath !== '') {
    return { kind: 'read', key: decodeURIComponent(objectPath) };
  }
  if (method === 'POST' && pathname.endsWith(path)) {
    return { kind: 'write', key: searchParams.get('name') ?? '' };
  }
  return { kind: 'other', key: '' };
}
