import type { ApplicationFailure } from '@temporalio/common';
import { isFailure, TOKEN_RETRY_MS } from '../errors.ts';

/**
 * How long a channel that refused is not asked again, by any clip in it. Short, because clips whose
 * link still lives count on being told of an access that was lost for a moment only.
 */
const CHANNEL_REFUSED_MS = 60 * 1000;

/** How long one request may take to find out whether a refusal still holds, before another one tries. */
const PROBE_MS = 30 * 1000;

/**
 * Remembers refusals, so that thousands of clips don't repeat a request that can only be refused:
 * Discord bans an IP after 10,000 invalid requests (401, 403, 429) in 10 minutes.
 */
export interface Refusals {
  /**
   * Throws again what this channel, or everything, was refused with a while ago; after that while a
   * single caller is let through, to find out whether it still holds.
   */
  check(channelId: string): void;
  /** To be told of every failure; `channelId` empty: of no channel. */
  note(channelId: string, failure: unknown): void;
  /** To be told when something of this channel could be read. */
  clear(channelId: string): void;
}

/** `now` in epoch milliseconds, for tests. */
export function createRefusals(now: () => number = Date.now): Refusals {
  interface Refusal {
    failure: ApplicationFailure;
    untilMs: number;
  }
  const byChannel = new Map<string, Refusal>();
  let token: Refusal | null = null;
  return {
    check(channelId) {
      const refusals = [token, byChannel.get(channelId)].filter((refusal) => refusal != null);
      for (const { failure, untilMs } of refusals) if (untilMs > now()) throw failure;
      for (const refusal of refusals) refusal.untilMs = now() + PROBE_MS;
    },
    note(channelId, failure) {
      if (isFailure(failure, 'TokenRejected')) {
        token = { failure: failure as ApplicationFailure, untilMs: now() + TOKEN_RETRY_MS };
      }
      if (channelId !== '' && isFailure(failure, 'AccessLost')) {
        const untilMs = now() + CHANNEL_REFUSED_MS;
        byChannel.set(channelId, { failure: failure as ApplicationFailure, untilMs });
      }
    },
    clear(channelId) {
      token = null;
      byChannel.delete(channelId);
    },
  };
}
