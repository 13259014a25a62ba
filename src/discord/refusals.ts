import type { ApplicationFailure } from '@temporalio/common';
import { isFailure, TOKEN_RETRY_MS } from '../errors.ts';

/**
 * How long no requests are sent for a channel after Discord denied access to the channel, in milliseconds. The time is
 * short, so that clips with valid links resume soon after a brief loss of access.
 */
const CHANNEL_REFUSED_MS = 60 * 1000;

/** How long to wait for the result of a probing request before another request may probe, in milliseconds. */
const PROBE_MS = 30 * 1000;

/**
 * Remembers which channels Discord denied access to, and whether it rejected the token. This stops thousands of clips
 * from repeating requests that Discord would deny. Discord bans an IP address after 10,000 invalid requests (401, 403,
 * 429) in ten minutes.
 */
export interface Refusals {
  /**
   * Returns normally if a request may be sent; otherwise throws. After the waiting time, one caller may send a probing
   * request, which shows whether Discord still denies access.
   * @throws the remembered failure of the channel, or of the token, while the waiting time after the failure lasts
   */
  check(channelId: string): void;
  /** Records a failed request. An empty `channelId` means that the request named no channel. */
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
