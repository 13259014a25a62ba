import { setTimeout as pause } from 'node:timers/promises';
import type { LinkSource } from './ports.ts';

/** How often a connection to Temporal is tried, in milliseconds. */
const RETRY_MS = 5000;

/** A source of links that can be used before Temporal answers. */
export interface LateLinkSource extends LinkSource {
  /** Stops trying, and closes the connection if there is one. */
  close(): Promise<void>;
}

/** A connected source of links. */
export interface Connection {
  links: LinkSource;
  close(): Promise<void>;
}

/**
 * Connects to Temporal in the background, again and again until it succeeds. Until then, every answer is `busy`.
 * `onFault` gets the first failure.
 */
export function connectInBackground(
  connect: () => Promise<Connection>,
  onFault: (error: unknown) => void,
  retryMs = RETRY_MS,
): LateLinkSource {
  const closing = new AbortController();
  let connection: Connection | null = null;
  void keepConnecting();
  const busy = { kind: 'busy', reason: 'Temporal does not answer yet' } as const;
  return {
    freshLink: async (clipId, options) =>
      connection === null ? busy : await connection.links.freshLink(clipId, options),
    describeClip: async (clipId, options) =>
      connection === null ? busy : await connection.links.describeClip(clipId, options),
    async close() {
      closing.abort();
      await connection?.close();
    },
  };

  async function use(made: Connection): Promise<void> {
    if (closing.signal.aborted) await made.close();
    else connection = made;
  }

  async function keepConnecting(): Promise<void> {
    for (let tries = 1; !closing.signal.aborted; tries++) {
      try {
        await use(await connect());
        return;
      } catch (error) {
        if (tries === 1) onFault(error);
        await pause(retryMs, undefined, { signal: closing.signal }).catch(() => undefined);
      }
    }
  }
}
