import type { IncomingMessage, ServerResponse } from 'node:http';
import { startLocalServer } from '../local-server.ts';

/** What Discord's CDN answers for a link that has expired. */
const DEAD_LINK = 'This content is no longer available.';

/** A server of videos at an origin of its own, as Discord's CDN is. Its links expire, and it understands ranges. */
export interface ClipServer {
  readonly origin: string;
  /** Path and query of all requests so far. */
  readonly requests: string[];
  /** Returns a link to a clip's video that is valid for `seconds`, 24 hours by default. */
  linkOf(clipId: string, options?: { seconds?: number }): string;
  /** Serves another file for the clip instead of the usual video. */
  put(clipId: string, bytes: Uint8Array): void;
  /** Refuses every link that was made before, and cuts the downloads. */
  refuseOldLinks(): void;
  stop: () => Promise<void>;
}

const DAY_SECONDS = 86_400;

/** Starts the server on a free port. Every clip has the bytes `video` until `put` gives it others. */
export async function startClipServer(video: Uint8Array): Promise<ClipServer> {
  const files = new Map<string, Uint8Array>();
  const requests: string[] = [];
  /** The number of each link is in its `hm`; links with a lower number than `oldest` are refused. */
  let links = 0;
  let oldest = 1;
  const { origin, server, stop } = await startLocalServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://localhost');
    requests.push(`${url.pathname}${url.search}`);
    const ends = parseInt(url.searchParams.get('ex') ?? '', 16) * 1000;
    const serial = parseInt(url.searchParams.get('hm') ?? '', 16);
    if (!(ends > Date.now()) || !(serial >= oldest)) {
      response.writeHead(404, { 'content-type': 'text/plain' }).end(DEAD_LINK);
      return;
    }
    const clipId = /^\/attachments\/([\d-]+)\//.exec(url.pathname)?.[1] ?? '';
    sendRange(files.get(clipId) ?? video, request, response);
  });
  return {
    origin,
    requests,
    linkOf(clipId, { seconds = DAY_SECONDS } = {}) {
      links += 1;
      const nowSeconds = Date.now() / 1000;
      const [ex, is, hm] = [Math.ceil(nowSeconds + seconds), Math.floor(nowSeconds), links].map(
        (number) => number.toString(16),
      );
      return `${origin}/attachments/${clipId}/clip.mp4?ex=${ex}&is=${is}&hm=${hm}`;
    },
    put: (clipId, bytes) => void files.set(clipId, bytes),
    refuseOldLinks() {
      oldest = links + 1;
      server.closeAllConnections();
    },
    stop,
  };
}

/** Sends a file, or the part that the request asks for. Browsers ask for `bytes=0-` and `bytes=1000-`. */
function sendRange(bytes: Uint8Array, request: IncomingMessage, response: ServerResponse): void {
  const headers = { 'content-type': 'video/mp4', 'accept-ranges': 'bytes' };
  const [, first, last] = /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? '') ?? [];
  if (first === undefined) {
    response.writeHead(200, { ...headers, 'content-length': bytes.length }).end(bytes);
    return;
  }
  const part = bytes.subarray(Number(first), last === '' ? bytes.length : Number(last) + 1);
  if (part.length === 0) {
    response.writeHead(416, { ...headers, 'content-range': `bytes */${bytes.length}` }).end();
    return;
  }
  const range = `bytes ${first}-${Number(first) + part.length - 1}/${bytes.length}`;
  const partHeaders = { 'content-length': part.length, 'content-range': range };
  response.writeHead(206, { ...headers, ...partHeaders }).end(part);
}
