import type { ApplicationFailure } from '@temporalio/common';
import { requestDelayed } from '../../rate-limit-errors.ts';
import type { Logger } from '../../log.ts';

/**
 * The shortest quiet time, in milliseconds. If the quiet time were shorter, the next request would follow a refusal
 * almost at once.
 */
const MIN_QUIET_MS = 1000;

/**
 * The longest quiet time, in milliseconds. One request an hour cannot prolong a ban, but shows when the ban is over.
 */
const MAX_QUIET_MS = 60 * 60 * 1000;

/**
 * After a quiet time, one request tests whether the refusal is over. If this test gets no answer for this long, in
 * milliseconds, another request may test.
 */
const PROBE_MS = 30 * 1000;

/**
 * After the quiet time, the callers that were held back retry at random moments within this time, so that they do not
 * all retry at once.
 */
const SPREAD_MS = 10 * 1000;

/**
 * Keeps the process quiet while Cloudflare refuses its IP address. Every request from a refused address counts towards
 * a longer ban, so no caller may send a request. One log line reports the refusal. After the quiet time, a single
 * request tests whether the refusal is over.
 */
export interface AddressQuiet {
  /** @throws RateLimited during the quiet time */
  check(route: string): void;
  /**
   * Call this method directly before a request is sent.
   * @throws RateLimited during the quiet time, and while another call tests whether the refusal is over
   */
  enter(route: string): void;
  /** Begins or prolongs the quiet time. `failure` says how long the refusal lasts. */
  refused(failure: ApplicationFailure): void;
  /**
   * Call this method when Discord itself has answered. After the quiet time, such an answer shows that the refusal is
   * over.
   */
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
          `Cloudflare refuses this IP address; sending no requests to Discord for ${seconds} s`,
        );
        return;
      }
      quiet.untilMs = Math.max(quiet.untilMs, untilMs);
      quiet.probeUntilMs = 0;
    },
    answered() {
      // An answer during the quiet time belongs to a request that was sent before the quiet time, so the answer proves
      // nothing.
      if (quiet === null || quiet.untilMs > now()) return;
      const seconds = Math.round((now() - quiet.sinceMs) / 1000);
      quiet = null;
      log?.info(`Discord answers this IP address again after ${seconds} s`);
    },
  };
}
