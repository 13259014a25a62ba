import type { ApplicationFailure } from '@temporalio/common';
import { isFailure, TOKEN_RETRY_MS } from '../errors.ts';

/**
 * How long a channel is left alone after Discord denied access to it, in milliseconds. Short, because a
 * clip with a valid link should resume soon after a brief loss of access.
 */
const CHANNEL_REFUSED_MS = 60 * 1000;

/** How long one probing request may take before another one may probe, in milliseconds. */
const PROBE_MS = 30 * 1000;

/**
 * Remembers which channels Discord denied access to, and whether it rejected the token. Thousands of
 * clips then do not repeat a request that can only be denied: Discord bans an IP address after 10,000
 * invalid requests (401, 403, 429) in ten minutes.
 */
export interface Refusals {
  /**
   * Passes if a request may be sent. After the waiting time, one caller passes and probes.
   * @throws the remembered failure of the channel, or of the token, while its waiting time lasts
   */
  check(channelId: string): void;
  /** Takes note of a failed request; an empty `channelId` means that the request named no channel. */
  note(channelId: string, failure: unknown): void;
  /** Forgets the refusals of the channel and of the token, because a request succeeded. */
  clear(channelId: string): void;
}

interface Refusal {
  failure: ApplicationFailure;
  /** Epoch milliseconds. */
  untilMs: number;
}

/** `now` returns epoch milliseconds; tests replace it. */
export function createRefusals(now: () => number = Date.now): Refusals {
  const byChannel = new Map<string, Refusal>();
  let tokenRefusal: Refusal | null = null;
  return {
    check(channelId) {
      const refusals = [tokenRefusal, byChannel.get(channelId)].filter((each) => each != null);
      for (const { failure, untilMs } of refusals) if (untilMs > now()) throw failure;
      for (const refusal of refusals) refusal.untilMs = now() + PROBE_MS;
    },
    note(channelId, failure) {
      if (isFailure(failure, 'TokenRejected')) {
        const untilMs = now() + TOKEN_RETRY_MS;
        tokenRefusal = { failure: failure as ApplicationFailure, untilMs };
      }
      if (channelId !== '' && isFailure(failure, 'AccessLost')) {
        const untilMs = now() + CHANNEL_REFUSED_MS;
        byChannel.set(channelId, { failure: failure as ApplicationFailure, untilMs });
      }
    },
    clear(channelId) {
      tokenRefusal = null;
      byChannel.delete(channelId);
    },
  };
}
