import { basename } from 'node:path';
import { statSync } from 'node:fs';
import { sendFile } from '../../src/emulator/cdn/send-file.ts';
import { startLocalServer } from '../../test/support/local-server.ts';

export interface RangeServer {
  /** Returns the URL of a file. */
  urlOf(path: string): string;
  /** Returns the number of requests, and of bytes in response bodies, since the last call. */
  takeCounts(): { bytes: number; requests: number };
  stop: () => Promise<void>;
}

/** Serves files in byte ranges, and counts the bytes that it sends. */
export async function startRangeServer(paths: readonly string[]): Promise<RangeServer> {
  let bytes = 0;
  let requests = 0;
  const byName = new Map(paths.map((path) => [basename(path), path]));
  const { origin, stop } = await startLocalServer((request, response) => {
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
  });
  return {
    urlOf: (path) => `${origin}/${encodeURIComponent(basename(path))}`,
    takeCounts: () => {
      const counts = { bytes, requests };
      bytes = 0;
      requests = 0;
      return counts;
    },
    stop,
  };
}
