import type { ApplicationFailure } from '@temporalio/common';
import { BoundedMap } from '../bounded-map.ts';
import { isFailure, TOKEN_RETRY_MS } from '../errors.ts';
import { requestDelayed } from '../rate-limit-errors.ts';

/**
 * How long no requests are sent for a channel after Discord denied access to the channel, in milliseconds. The time is
 * short, so that clips with valid links resume soon after a brief loss of access.
 */
const CHANNEL_REFUSED_MS = 60 * 1000;

/**
 * How long no requests are sent for a channel after a 401 or 403 for no clear reason, in milliseconds. Discord counts
 * such an answer as an invalid request. The time is short, because the cause usually lasts only seconds.
 */
const CHANNEL_DOUBTED_MS = 5 * 1000;

/**
 * After MAX_DOUBTS_IN_A_ROW refusals for no clear reason, no requests at all are sent for this long, in milliseconds.
 */
const PROCESS_DOUBTED_MS = 60 * 1000;

/**
 * After this many refusals in a row for no clear reason, no request at all is sent for PROCESS_DOUBTED_MS. Without this
 * limit, a refusal that concerns the whole process would cost many requests for each channel. After a success, or after
 * a refusal by Discord itself, the count starts again at 0.
 */
const MAX_DOUBTS_IN_A_ROW = 20;

/** The statuses that Discord counts as invalid requests, apart from rate limits. */
const REFUSED_STATUSES: readonly number[] = [401, 403];

/** How long to wait for the result of a probing request before another request may probe, in milliseconds. */
const PROBE_MS = 30 * 1000;

/**
 * The maximum number of remembered channels and paths. Discord bans an IP address after 10,000 invalid requests, so
 * there cannot be more refusals than that at the same time.
 */
const MAX_TARGETS = 10_000;

/**
 * If no caller has asked about a refusal for this long after its waiting time, in milliseconds, the refusal is
 * forgotten.
 */
const FORGOTTEN_AFTER_MS = 60 * 60 * 1000;

/** What a request is about. */
export interface Target {
  /** Empty if the request names no channel. */
  channelId: string;
  path: string;
}

/**
 * Remembers which channels Discord denied access to, whether it rejected the token, and which requests were refused for
 * no clear reason. This stops thousands of clips from repeating requests that would be refused. Discord bans an IP
 * address after 10,000 invalid requests (401, 403, 429) in ten minutes.
 */
export interface Refusals {
  /**
   * Returns normally if a request may be sent; otherwise throws. After the waiting time, one caller may send a probing
   * request, which shows whether the refusal is over.
   * @throws the remembered failure of the channel, the path, the token or the process, while the waiting time after the
   * failure lasts. If `waitsForAccess` says that the denial is too old to be an answer, throws RateLimited with the rest
   * of the waiting time instead of AccessLost.
   */
  check(target: Target, options?: { waitsForAccess?: OldDenials | undefined }): void;
  /**
   * Records a failed request. `status` is the status of the answer, if there was one. `askedAtMs` is when the request
   * began, in epoch milliseconds; now, if absent.
   */
  note(target: Target, failure: unknown, status?: number, askedAtMs?: number): void;
  /** Forgets the refusals of the target, of the token and of the process, because a request succeeded. */
  clear(target: Target): void;
}

/** Which denials of a channel are too old to be an answer. */
export interface OldDenials {
  /** Those of requests that began before this time, epoch milliseconds by the clock of this process. */
  deniedBeforeMs: number;
}

interface Refusal {
  failure: ApplicationFailure;
  /** When the refused request began, epoch milliseconds. */
  askedAtMs: number;
  /** Epoch milliseconds. */
  untilMs: number;
}

/** `now` returns epoch milliseconds; tests replace it. */
export function createRefusals(now: () => number = Date.now): Refusals {
  const byTarget = new BoundedMap<string, Refusal>(
    MAX_TARGETS,
    ({ untilMs }) => untilMs + FORGOTTEN_AFTER_MS <= now(),
  );
  let tokenRefusal: Refusal | null = null;
  let processDoubt: Refusal | null = null;
  let doubtsInARow = 0;

  const refusal = (failure: unknown, lastsMs: number, askedAtMs: number): Refusal => ({
    failure: failure as ApplicationFailure,
    askedAtMs,
    untilMs: now() + lastsMs,
  });

  /**
   * If a request without a channel is refused, such as a request for one server, requests for other paths must not be
   * held back.
   */
  const keyOf = ({ channelId, path }: Target): string => (channelId === '' ? path : channelId);

  function endProcessDoubt(): void {
    doubtsInARow = 0;
    processDoubt = null;
  }

  return {
    check(target, { waitsForAccess } = {}) {
      const refusals = [tokenRefusal, processDoubt, byTarget.get(keyOf(target))].filter(
        (each) => each != null,
      );
      for (const { failure, askedAtMs, untilMs } of refusals) {
        const waitMs = untilMs - now();
        if (waitMs <= 0) continue;
        const isOld = waitsForAccess !== undefined && askedAtMs < waitsForAccess.deniedBeforeMs;
        if (!isOld || !isFailure(failure, 'AccessLost')) throw failure;
        const route = `GET ${target.path}`;
        throw requestDelayed('Discord denied access to this channel a moment ago', waitMs, {
          route,
        });
      }
      for (const each of refusals) each.untilMs = now() + PROBE_MS;
    },
    note(target, failure, status = 0, askedAtMs = now()) {
      if (isFailure(failure, 'TokenRejected')) {
        tokenRefusal = refusal(failure, TOKEN_RETRY_MS, askedAtMs);
      }
      if (isFailure(failure, 'AccessLost')) {
        endProcessDoubt();
        if (target.channelId !== '') {
          byTarget.set(keyOf(target), refusal(failure, CHANNEL_REFUSED_MS, askedAtMs));
        }
      }
      if (isFailure(failure, 'MessageGone')) {
        endProcessDoubt();
        byTarget.delete(keyOf(target));
      }
      if (isFailure(failure, 'ServiceFailed') && REFUSED_STATUSES.includes(status)) {
        byTarget.set(keyOf(target), refusal(failure, CHANNEL_DOUBTED_MS, askedAtMs));
        doubtsInARow += 1;
        if (doubtsInARow >= MAX_DOUBTS_IN_A_ROW) {
          processDoubt = refusal(failure, PROCESS_DOUBTED_MS, askedAtMs);
        }
      }
    },
    clear(target) {
      tokenRefusal = null;
      endProcessDoubt();
      byTarget.delete(keyOf(target));
    },
  };
}
