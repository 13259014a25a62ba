import type { ApplicationFailure } from '@temporalio/common';
import { RateLimitError } from '@discordjs/rest';
import {
  accessLost,
  applicationFailure,
  failure,
  messageGone,
  serviceFailed,
  tokenRejected,
  type HttpContext,
} from '../errors.ts';
import { addressRefused, rateLimited } from '../rate-limit-errors.ts';
import { judgeAnswer, type Answer } from './verdict.ts';

/** Translates an answer that is not a success into a failure of `errors.ts`. */
export function answerFailure(answer: Answer): ApplicationFailure {
  const verdict = judgeAnswer(answer);
  const context: HttpContext = { route: answer.route, status: answer.status };
  if ('code' in verdict) context.code = verdict.code;
  switch (verdict.kind) {
    case 'unknown':
      return messageGone(context);
    case 'accessDenied':
      return accessLost(context);
    case 'unauthenticated':
      return tokenRejected(context);
    case 'rateLimited':
      return verdict.scope === 'address'
        ? addressRefused(verdict.retryAfterMs, context)
        : rateLimited(verdict.retryAfterMs ?? 0, context);
    case 'doubt':
      return failure('ServiceFailed', verdict.sentence, {
        retry: true,
        context,
        ...(isRejection(answer.status) && {
          details: { rejectedRoute: answer.route } satisfies Rejection,
        }),
      });
  }
}

/** The details of a failure after an answer that rejects one request, although the answer proves nothing. */
interface Rejection {
  rejectedRoute: string;
}

/** The statuses of rejections that concern more than one request, or that time alone ends. */
const GENERAL_STATUSES: readonly number[] = [401, 407, 408, 425, 429];

function isRejection(status: number): boolean {
  return status >= 400 && status < 500 && !GENERAL_STATUSES.includes(status);
}

/**
 * Returns the route of the request that a server rejected without a clear reason, such as `GET /channels/1`. Returns
 * null for every other error. The same request may be rejected for ever.
 */
export function rejectedRouteIn(error: unknown): string | null {
  const [detail] = (applicationFailure(error)?.details ?? []) as (Partial<Rejection> | null)[];
  return detail?.rejectedRoute ?? null;
}

/** Translates an error of a request that got no answer, or that discord.js's limiter did not send. */
export function requestFailure(error: unknown, route: string): Error {
  const known = applicationFailure(error);
  if (known) return known;
  if (error instanceof RateLimitError) {
    return rateLimited(Math.max(error.retryAfter, error.sublimitTimeout), { route, status: 429 });
  }
  const name = error instanceof Error ? error.name : 'Error';
  const isTimeout = name === 'AbortError' || name === 'TimeoutError';
  const reason = isTimeout ? 'the request timed out' : networkErrorCode(error);
  return serviceFailed(`Discord is unreachable: ${reason}`, { route });
}

/**
 * Returns the system's error code, such as ECONNREFUSED. The error's message is not used, because it may contain
 * addresses.
 */
function networkErrorCode(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  const code: unknown =
    typeof cause === 'object' && cause !== null && 'code' in cause && cause.code;
  if (typeof code === 'string') return code;
  return cause instanceof Error ? cause.name : 'unknown error';
}
