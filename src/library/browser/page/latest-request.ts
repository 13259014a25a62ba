import { SCRIPT_WORDS } from '../words.ts';
import { afterPaint } from './after-paint.ts';
import { tell } from './say.ts';

/** A request that takes longer has failed, in milliseconds. */
const MAX_REQUEST_MS = 20_000;
/** How long after a failure the page asks once more, in milliseconds. */
const ASK_AGAIN_MS = 1000;

/** The server answered, but not with what was asked for. */
export class RefusedError extends Error {}

/** Sends one request at a time: a new one aborts the older one, so a slow answer never replaces a newer answer. */
export class LatestRequest {
  #running: AbortController | null = null;

  /**
   * Fetches a path of this library and reads the answer. Returns null if a newer request took over. If the request
   * fails while the browser is online, the page asks once more.
   * @throws RefusedError if the server refuses, and another error if no answer comes
   */
  async send<T>(path: string, read: (response: Response) => Promise<T>): Promise<T | null> {
    this.abort();
    const request = new AbortController();
    this.#running = request;
    const timer = setTimeout(() => {
      request.abort();
    }, MAX_REQUEST_MS);
    try {
      const answer = await askTwice(request.signal, async () => {
        const response = await fetch(path, { signal: request.signal });
        if (!response.ok) throw new RefusedError(`HTTP ${response.status}`);
        return await read(response);
      });
      return this.#running === request ? answer : null;
    } catch (error) {
      if (this.#running === request) throw error;
      return null;
    } finally {
      clearTimeout(timer);
      if (this.#running === request) this.#running = null;
    }
  }

  abort(): void {
    this.#running?.abort();
    this.#running = null;
  }
}

async function askTwice<T>(signal: AbortSignal, ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    // Without a connection, the reader is told at once.
    if (error instanceof RefusedError || signal.aborted || !navigator.onLine) throw error;
  }
  await new Promise<void>((resolve) => {
    setTimeout(resolve, ASK_AGAIN_MS);
    // The next request then fails at once.
    signal.addEventListener('abort', () => resolve());
  });
  return await ask();
}

/** Reads an answer as a page. Parsing and showing a list takes longer than a frame, so both begin after a paint. */
export async function readPage(response: Response): Promise<Document> {
  const html = await response.text();
  await afterPaint();
  return new DOMParser().parseFromString(html, 'text/html');
}

/** Tells the reader that a request failed. The page stays as it was. */
export function tellFault(): void {
  tell(navigator.onLine ? SCRIPT_WORDS.failed : SCRIPT_WORDS.offline);
}
