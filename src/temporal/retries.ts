import { EventEmitter, once } from 'node:events';
import {
  defaultGrpcRetryOptions,
  type ConnectionOptions,
  type GrpcRetryOptions,
} from '@temporalio/client';

/** With the SDK's default, a call to an unreachable server fails only after half a minute. */
const MAX_CALL_ATTEMPTS = 4;

/**
 * The server refuses a query while a workflow task runs (server-settings.ts). The SDK's own pause is longer than most
 * tasks. A task takes at most 10 s, and all pauses together 13 s.
 */
const MAX_QUERY_ATTEMPTS = 40;
const FIRST_QUERY_PAUSE_MS = 20;
const QUERY_PAUSE_GROWTH = 1.2;
const MAX_QUERY_PAUSE_MS = 500;

type Interceptor = NonNullable<ConnectionOptions['interceptors']>[number];

export interface Retries {
  options: GrpcRetryOptions;
  /** Must come after the interceptor that retries, so that it sees each attempt of a call. */
  interceptor: Interceptor;
  /** Ends the retries, and waits until no retry is due. */
  end(): Promise<void>;
}

/**
 * Creates the options for the retries of calls, and a function that ends the retries before the connection is closed. A
 * retry on a closed connection would throw in a timer, which ends the process.
 */
export function createRetries(): Retries {
  const { retryableDecider, delayFunction } = defaultGrpcRetryOptions({
    maxAttempts: MAX_CALL_ATTEMPTS,
  });
  let hasEnded = false;
  /** How many retries wait in a timer. */
  let waiting = 0;
  const idle = new EventEmitter();
  // All attempts of a call share one object of options.
  const attempted = new WeakSet<object>();
  return {
    options: {
      retryableDecider(attempt, status) {
        if (hasEnded) return false;
        return isRefusedQuery(status)
          ? attempt < MAX_QUERY_ATTEMPTS
          : retryableDecider(attempt, status);
      },
      delayFunction(attempt, status) {
        waiting += 1;
        return isRefusedQuery(status) ? queryPauseMs(attempt) : delayFunction(attempt, status);
      },
    },
    interceptor(options, nextCall) {
      if (attempted.has(options)) {
        waiting -= 1;
        if (waiting === 0) idle.emit('idle');
      }
      attempted.add(options);
      // The class is gRPC's own; an interceptor may pass on any call.
      return nextCall(options) as ReturnType<Interceptor>;
    },
    async end() {
      hasEnded = true;
      if (waiting > 0) await once(idle, 'idle');
    },
  };
}

/** The pause after an attempt; the first attempt is 1. */
function queryPauseMs(attempt: number): number {
  return Math.min(FIRST_QUERY_PAUSE_MS * QUERY_PAUSE_GROWTH ** (attempt - 1), MAX_QUERY_PAUSE_MS);
}

/** True if the server has refused a query because a workflow task runs. The server's text is the only sign. */
function isRefusedQuery({ details }: { details: string }): boolean {
  return details.includes('query buffer is full');
}
