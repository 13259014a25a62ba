import { pipeline } from 'node:stream/promises';
import { startLocalServer, type LocalServer } from '../local-server.ts';
import { pause } from '../wait.ts';

/** A browser paints what it has while it waits for the next part. */
const PAUSE_MS = 400;

/**
 * Serves a library so that its pages arrive in parts, as a slow browser reads them. A part ends before the first
 * occurrence of each text in `cuts`, in this order. A page without one of them breaks off. Everything else is passed on
 * unchanged.
 */
export async function serveInParts(
  libraryOrigin: string,
  cuts: readonly string[],
): Promise<LocalServer> {
  return await startLocalServer(({ url = '/' }, response) => {
    void passOn(url).catch(() => response.destroy());

    async function passOn(path: string): Promise<void> {
      const answer = await fetch(`${libraryOrigin}${path}`, { redirect: 'manual' });
      const type = answer.headers.get('content-type') ?? '';
      const headers = [...answer.headers].filter(([name]) => !NOT_PASSED_ON.has(name));
      response.writeHead(answer.status, Object.fromEntries(headers));
      if (!type.startsWith('text/html')) {
        if (answer.body === null) response.end();
        else await pipeline(answer.body, response);
        return;
      }
      let rest = await answer.text();
      for (const cut of cuts) {
        const at = rest.indexOf(cut);
        if (at === -1) throw new Error(`the page has no ${cut}`);
        response.write(rest.slice(0, at));
        rest = rest.slice(at);
        await pause(PAUSE_MS);
      }
      response.end(rest);
    }
  });
}

/** `fetch` has decoded the body. */
const NOT_PASSED_ON = new Set(['content-length', 'content-encoding', 'transfer-encoding']);
