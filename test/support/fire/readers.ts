import { leaseOf } from '../../../src/clip/lease.ts';
import { pause } from '../wait.ts';
import { get } from './get.ts';
import { DEAD_WITHIN_MS, type Tally } from './tally.ts';

/** A reader asks for the next clip after a random pause of at most this many milliseconds. */
const MAX_PAUSE_MS = 400;
/** One in this many readers reads the same link again, at a random time before DEAD_WITHIN_MS has passed. */
const REREADS_ONE_IN = 4;
/** The request must arrive before DEAD_WITHIN_MS has passed. */
const MAX_REREAD_AFTER_MS = DEAD_WITHIN_MS - 100;
/** The library waits at most 5 s for a fresh link, and some seconds for the catalog, Temporal and the bucket. */
const MAX_ANSWER_MS = 20_000;
const MAX_BYTES_MS = 10_000;
/** Discord's statuses for a link that has expired or that it did not sign. */
const REFUSALS = [403, 404, 410];

export interface ReadersOptions {
  /** The library's base URL, without a slash at the end. */
  libraryUrl: string;
  /** The origin to which permalinks must lead. */
  cdnOrigin: string;
  /** The ids of the clips. More clips can be added while the readers run. */
  clipIds: readonly string[];
  readers: number;
  /** Returns numbers from 0 to 1. */
  random: () => number;
  tally: Tally;
}

/** Follows permalinks in random order until `stop`, which waits for the requests that are running. */
export function startReaders(options: ReadersOptions): { stop: () => Promise<void> } {
  const stopping = new AbortController();
  const rereads = new Set<Promise<void>>();
  const running = Array.from({ length: options.readers }, () => read());

  async function read(): Promise<void> {
    const { clipIds, random } = options;
    while (!stopping.signal.aborted) {
      const clipId = clipIds[Math.floor(random() * clipIds.length)];
      if (clipId !== undefined) {
        const again = await followPermalink(clipId, options);
        if (again !== null) {
          const reread = again().finally(() => rereads.delete(reread));
          rereads.add(reread);
        }
      }
      await pause(random() * MAX_PAUSE_MS);
    }
  }

  return {
    async stop() {
      stopping.abort();
      await Promise.all(running);
      await Promise.all(rereads);
    },
  };
}

/**
 * Follows one permalink and reads the clip's first bytes. Returns a function that reads them again before the redirect
 * is too old to count, or null if the reader does not read again.
 */
async function followPermalink(
  clipId: string,
  { libraryUrl, cdnOrigin, random, tally }: ReadersOptions,
): Promise<(() => Promise<void>) | null> {
  const askedAtMs = performance.now();
  const permalink = `${libraryUrl}/c/${clipId}.mp4`;
  const answer = await get(permalink, { timeoutMs: MAX_ANSWER_MS }).catch(() => null);
  if (answer === null) {
    tally.unanswered();
    return null;
  }
  if (answer.status === 503) {
    tally.unavailable();
    return null;
  }
  const { location, answeredAtMs } = answer;
  if (answer.status !== 302 || !location.startsWith(`${cdnOrigin}/attachments/`)) {
    // The location would contain a signature.
    tally.wrong(`${answer.status} for ${clipId}`);
    return null;
  }
  tally.redirect();
  const leftMs = (leaseOf(location)?.expiresAt ?? Infinity) * 1000 - Date.now();
  let isCounted = leftMs < DEAD_WITHIN_MS;
  if (isCounted) tally.dead(`${clipId} with ${Math.round(leftMs)} ms left`);
  if (await readBytes()) tally.playable(performance.now() - askedAtMs);
  if (random() * REREADS_ONE_IN >= 1) return null;
  const rereadAtMs = answeredAtMs + random() * MAX_REREAD_AFTER_MS;
  return async () => {
    await pause(Math.max(rereadAtMs - performance.now(), 0));
    await readBytes();
  };

  /** Returns true if the CDN sends bytes. */
  async function readBytes(): Promise<boolean> {
    try {
      const headers = { range: 'bytes=0-1023' };
      const answer = await get(location, { timeoutMs: MAX_BYTES_MS, headers });
      const sinceAnswerMs = answer.answeredAtMs - answeredAtMs;
      const { status, bytes, isComplete } = answer;
      if (!isComplete) throw new Error('the answer broke off');
      if (status >= 200 && status < 300) return bytes > 0;
      if (!REFUSALS.includes(status)) tally.cdnUnanswered();
      else if (sinceAnswerMs > DEAD_WITHIN_MS) tally.late();
      else if (!isCounted) {
        isCounted = true;
        tally.dead(`${clipId}, refused (${status}) after ${Math.round(sinceAnswerMs)} ms`);
      }
    } catch {
      tally.cdnUnanswered();
    }
    return false;
  }
}
