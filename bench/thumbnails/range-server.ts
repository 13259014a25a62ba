import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { basename } from 'node:path';
import { statSync } from 'node:fs';
import { sendFile } from '../../src/emulator/cdn/send-file.ts';

export interface RangeServer {
  origin: string;
  addressOf(path: string): string;
  /** What was written since the last call: bytes of bodies, and answers. */
  written(): { bytes: number; requests: number };
  stop(): void;
}

/** Serves files with byte ranges, and counts what it writes. */
export async function startRangeServer(paths: readonly string[]): Promise<RangeServer> {
  let [bytes, requests] = [0, 0];
  const byName = new Map(paths.map((path) => [basename(path), path]));
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://localhost');
    const path = byName.get(decodeURIComponent(pathname.slice(1)));
    requests += 1;
    if (path === undefined) {
      response.writeHead(404).end();
      return;
    }
    const file = { path, size: statSync(path).size, type: 'video/mp4', etag: `"${path.length}"` };
    const onBytes = (count: number): void => void (bytes += count);
    void sendFile(file, {
      request,
      response,
      ignoreRange: false,
      dropAfterBytes: undefined,
      onBytes,
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    origin,
    addressOf: (path) => `${origin}/${encodeURIComponent(basename(path))}`,
    written: () => {
      const sum = { bytes, requests };
      [bytes, requests] = [0, 0];
      return sum;
    },
    stop: () => server.close().closeAllConnections(),
  };
}
