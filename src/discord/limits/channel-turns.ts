import { BoundedMap } from '../../bounded-map.ts';
import { requestDelayed } from '../../rate-limit-errors.ts';

/**
 * How many calls about one channel run or wait at once. discord.js sends one request at a time per route and channel,
 * so more calls would only hold activity slots. A worker has 20 activity slots (src/workers/create-workers.ts).
 */
export const MAX_CALLS_PER_CHANNEL = 5;

/**
 * How many activity slots the calls about one channel may hold, including calls that wait for the answer to an equal
 * request. A message has at most ten clips, which refresh together with one request.
 */
export const MAX_CALLERS_PER_CHANNEL = 10;

/** How long a request is assumed to take until the first request has been measured, in milliseconds. */
const ASSUMED_REQUEST_MS = 250;

/**
 * The maximum number of remembered channels. A call ends within 30 s, so the number of channels with calls stays far
 * below this maximum.
 */
const MAX_LINES = 10_000;

/** The weight of the newest measurement in the mean time of a request. */
const NEWEST_WEIGHT = 0.3;

/** The shortest and the longest time after which a caller that got no turn tries again, in milliseconds. */
const MIN_RETURN_MS = 100;
const MAX_RETURN_MS = 30_000;

/**
 * Keeps one slow channel from holding all activity slots. A caller that gets no turn fails at once and tries again when
 * its turn is expected. In the meantime, the caller's slot serves other channels.
 */
export interface ChannelTurns {
  /**
   * Returns a function that the caller must run when the call has ended. If `channelId` is empty, the call concerns no
   * channel and is always allowed.
   * @throws RateLimited if the maximum number of calls about this channel is under way
   */
  enter(channelId: string, route: string): () => void;
  /**
   * Works like `enter`, for a call that sends no request but waits for the answer to an equal request.
   * @throws RateLimited if too many calls about this channel are under way
   */
  join(channelId: string, route: string): () => void;
}

interface Line {
  active: number;
  /** Calls that wait for the answer to an equal request. */
  joined: number;
  /** When the last call ended, epoch milliseconds. */
  endedAtMs: number;
  /** The mean time between the ends of two calls while other calls wait. */
  requestMs: number;
  /** When the last caller that got no turn is expected to try again, epoch milliseconds. */
  nextTurnMs: number;
}

/** `now` returns epoch milliseconds, `random` a number from 0 to below 1; tests replace them. */
export function createChannelTurns(
  now: () => number = Date.now,
  random: () => number = Math.random,
): ChannelTurns {
  const lines = new BoundedMap<string, Line>(MAX_LINES, isIdle);
  /** The mean time of a request over all channels, which is the first estimate for a new channel. */
  let typicalMs = ASSUMED_REQUEST_MS;

  /** Returns the number of milliseconds after which a caller that got no turn should try again. */
  function giveTurn(line: Line): number {
    const afterOthersMs = now() + line.active * line.requestMs;
    const turnMs = Math.max(line.nextTurnMs + line.requestMs, afterOthersMs);
    const latestMs = now() + MAX_RETURN_MS;
    line.nextTurnMs = Math.min(turnMs, latestMs);
    // If many callers wait, this caller's turn may be expected later than MAX_RETURN_MS from now. Such callers get
    // random delays, so that they don't all try again at the same time.
    const isTooLate = turnMs > latestMs;
    return isTooLate
      ? MAX_RETURN_MS * (0.5 + random() / 2)
      : Math.max(turnMs - now(), MIN_RETURN_MS);
  }

  function leave(channelId: string, line: Line, enteredAtMs: number): void {
    line.active -= 1;
    const tookMs = Math.max(0, now() - Math.max(enteredAtMs, line.endedAtMs));
    line.endedAtMs = now();
    line.requestMs += NEWEST_WEIGHT * (tookMs - line.requestMs);
    typicalMs += NEWEST_WEIGHT * (tookMs - typicalMs);
    forgetIfIdle(channelId, line);
  }

  function isIdle(line: Line): boolean {
    return line.active + line.joined === 0 && line.nextTurnMs <= now();
  }

  function forgetIfIdle(channelId: string, line: Line): void {
    if (isIdle(line)) lines.delete(channelId);
  }

  function sendAway(line: Line, route: string): Error {
    const why = 'too many requests about this channel at once';
    return requestDelayed(why, Math.ceil(giveTurn(line)), { route });
  }

  const isFull = (line: Line): boolean => line.active + line.joined >= MAX_CALLERS_PER_CHANNEL;

  return {
    enter(channelId, route) {
      if (channelId === '') return () => undefined;
      const line = lines.get(channelId) ?? {
        active: 0,
        joined: 0,
        endedAtMs: 0,
        requestMs: typicalMs,
        nextTurnMs: 0,
      };
      lines.set(channelId, line);
      if (line.active >= MAX_CALLS_PER_CHANNEL || isFull(line)) throw sendAway(line, route);
      line.active += 1;
      const enteredAtMs = now();
      return () => {
        leave(channelId, line, enteredAtMs);
      };
    },
    join(channelId, route) {
      const line = lines.get(channelId);
      if (line === undefined) return () => undefined;
      if (isFull(line)) throw sendAway(line, route);
      line.joined += 1;
      return () => {
        line.joined -= 1;
        forgetIfIdle(channelId, line);
      };
    },
  };
}
