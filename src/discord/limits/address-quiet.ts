import type { ApplicationFailure } from '@temporalio/common';
import { requestDelayed } from '../../errors.ts';
import type { Logger } from '../../log.ts';

/** The shortest quiet time, in milliseconds. A refusal that names a shorter wait would be asked for again at once. */
const MIN_QUIET_MS = 1000;

/** The longest quiet time, in milliseconds. One request an hour cannot prolong a ban, and finds out when it is over. */
const MAX_QUIET_MS = 60 * 60 * 1000;

/** How long the answer to the first request after a quiet time is awaited before another request may ask. */
const PROBE_MS = 30 * 1000;

/** The callers that were held back return within this time after the quiet time, so not all at once. */
const SPREAD_MS = 10 * 1000;

/**
 * Keeps the process quiet while Cloudflare refuses its IP address. Every request of a refused address counts towards
 * a longer ban, so no caller may send one, and one log line says so. After the quiet time, a single request asks.
 */
export interface AddressQuiet {
  /** @throws RateLimited during the quiet time */
  check(route: string): void;
  /**
   * Call this when it is a call's turn to send its request.
   * @throws RateLimited during the quiet time, and while another call asks whether the refusal is over
   */
  enter(route: string): void;
  /** Begins or prolongs the quiet time. `failure` tells how long the refusal lasts. */
  refused(failure: ApplicationFailure): void;
  /** Ends the quiet time if it has passed, because an answer came from Discord itself. */
  answered(): void;
}

export interface AddressQuietOptions {
  log?: Pick<Logger, 'info' | 'warn'> | undefined;
  /** Returns epoch milliseconds. */
  now?: () => number;
  /** Returns a number from 0 to below 1. */
  random?: () => number;
}

export function createAddressQuiet({
  log,
  now = Date.now,
  random = Math.random,
}: AddressQuietOptions = {}): AddressQuiet {
  let quiet: { sinceMs: number; untilMs: number; probeUntilMs: number } | null = null;

  function check(route: string): void {
    if (quiet !== null && quiet.untilMs > now()) throw heldBack(quiet.untilMs, route);
  }

  function heldBack(untilMs: number, route: string): Error {
    const delayMs = untilMs - now() + random() * SPREAD_MS;
    return requestDelayed('Cloudflare refuses this IP address', Math.ceil(delayMs), { route });
  }

  return {
    check,
    enter(route) {
      check(route);
      if (quiet === null) return;
      if (quiet.probeUntilMs > now()) throw heldBack(now() + MIN_QUIET_MS, route);
      quiet.probeUntilMs = now() + PROBE_MS;
    },
    refused(failure) {
      const asked = Number(failure.nextRetryDelay ?? 0);
      const untilMs = now() + Math.min(Math.max(asked, MIN_QUIET_MS), MAX_QUIET_MS);
      if (quiet === null) {
        quiet = { sinceMs: now(), untilMs, probeUntilMs: 0 };
        const seconds = Math.ceil((untilMs - now()) / 1000);
        log?.warn(
          `Cloudflare refuses this IP address; sending Discord no request for ${seconds} s`,
        );
        return;
      }
      quiet.untilMs = Math.max(quiet.untilMs, untilMs);
      quiet.probeUntilMs = 0;
    },
    answered() {
      // During the quiet time, only requests that were sent before it are answered.
      if (quiet === null || quiet.untilMs > now()) return;
      const seconds = Math.round((now() - quiet.sinceMs) / 1000);
      quiet = null;
      log?.info(`Discord answers this IP address again, after ${seconds} s`);
    },
  };
}
