import { setTimeout as pause } from 'node:timers/promises';
import type { ApplicationFailure } from '@temporalio/common';
import { applicationFailure } from '../errors.ts';
import { namedWaitMs } from '../rate-limit-errors.ts';
import type { Logger } from '../log.ts';

const FIRST_PAUSE_MS = 2000;
/**
 * The longest pause between two checks, in milliseconds, unless Discord asks for a longer pause. Each pause is logged,
 * so this is also the time between two log lines during a long outage.
 */
const MAX_PAUSE_MS = 60_000;

export interface WaitOptions {
  apiUrl: string;
  log: Pick<Logger, 'warn'>;
  /** Ends the wait. */
  signal?: AbortSignal | undefined;
}

/**
 * Repeats a check at startup until Discord answers. A machine may start before its network, and Discord has outages. In
 * both cases, startup must wait instead of stopping. Each wait is one log line.
 * @throws what the check throws if waiting cannot help, such as an invalid token
 * @throws an AbortError after `signal`
 */
export async function waitForDiscord<T>(
  check: () => Promise<T>,
  { apiUrl, log, signal }: WaitOptions,
): Promise<T> {
  for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(pauseMs * 2, MAX_PAUSE_MS)) {
    try {
      return await check();
    } catch (error) {
      const failure = passingFailure(error);
      if (failure === null) throw error;
      const waitMs = Math.max(pauseMs, namedWaitMs(failure) ?? 0);
      const seconds = Math.ceil(waitMs / 1000);
      log.warn(
        `waiting for Discord at ${apiUrl}: ${failure.message}; asking again in ${seconds} s`,
      );
      await pause(waitMs, undefined, signal && { signal });
    }
  }
}

/**
 * Returns the failure if a retry may succeed, otherwise null. A check may have wrapped the failure in an error with a
 * sentence for operators.
 */
function passingFailure(error: unknown): ApplicationFailure | null {
  const cause = error instanceof Error ? error.cause : null;
  const failure = applicationFailure(error) ?? applicationFailure(cause);
  return failure?.type === 'ServiceFailed' || failure?.type === 'RateLimited' ? failure : null;
}
