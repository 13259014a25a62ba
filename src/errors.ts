import {
  ActivityFailure,
  ApplicationFailure,
  ApplicationFailureCategory,
} from '@temporalio/common';

/** The types that workflows branch on; any other failure is one to retry. */
export type FailureType =
  | 'MessageGone'
  | 'AccessLost'
  | 'TokenRejected'
  | 'RateLimited'
  | 'LinkExpired'
  | 'MediaUnreadable'
  | 'MediaTooLarge'
  | 'InvalidInput'
  | 'ServiceFailed';

/**
 * What happens to messages and clips every day, and needs nobody: a worker doesn't count such a failure
 * of an activity among its own (`temporal_activity_execution_failed`), and logs it at level debug.
 */
const EVERYDAY: readonly FailureType[] = [
  ...(['MessageGone', 'AccessLost', 'RateLimited'] as const),
  ...(['LinkExpired', 'MediaUnreadable', 'MediaTooLarge'] as const),
];

/** How long to leave Discord alone after it rejected the token. */
export const TOKEN_RETRY_MS = 5 * 60 * 1000;

/** What came back, for the one who reads the failure. `route` never carries a query: it would be a signature. */
export interface HttpContext {
  /** Method and path, such as `GET /channels/1/messages/2`. */
  route: string;
  status?: number;
  /** Discord's own error code. */
  code?: number | string;
}

function failure(
  type: FailureType,
  message: string,
  options: { retry: boolean | { afterMs: number }; context?: HttpContext },
): ApplicationFailure {
  const { retry, context } = options;
  return ApplicationFailure.create({
    type,
    message: withoutSecrets(context ? `${message} (${describe(context)})` : message),
    nonRetryable: retry === false,
    ...(EVERYDAY.includes(type) && { category: ApplicationFailureCategory.BENIGN }),
    ...(typeof retry === 'object' ? { nextRetryDelay: retry.afterMs } : {}),
  });
}

const describe = ({ route, status, code }: HttpContext): string =>
  [route, status, code === undefined ? undefined : `code ${code}`]
    .filter((part) => part !== undefined)
    .join(', ');

/** The message, or the attachment on it, is not there: 404 with Discord's own error body. */
export const messageGone = (context: HttpContext): ApplicationFailure =>
  failure('MessageGone', 'the message or its attachment is gone', { retry: false, context });

/** The bot may not see this channel or its history: 403. */
export const accessLost = (context: HttpContext): ApplicationFailure =>
  failure(
    'AccessLost',
    'the bot has no access here: give it View Channel and Read Message History',
    {
      retry: false,
      context,
    },
  );

/** Discord doesn't know the token: 401. Retried, for an operator can set another one. */
export const tokenRejected = (context: HttpContext): ApplicationFailure =>
  failure('TokenRejected', 'Discord rejects the bot token: set TOKEN to a valid one', {
    retry: { afterMs: TOKEN_RETRY_MS },
    context,
  });

/** Too many requests: 429, or our own limiter saying so before it is sent. */
export const rateLimited = (retryAfterMs: number, context: HttpContext): ApplicationFailure =>
  failure('RateLimited', `asked to wait ${Math.ceil(retryAfterMs / 1000)} s`, {
    // Where nobody said how long, the back-off knows better than no wait at all.
    retry: retryAfterMs > 0 ? { afterMs: Math.max(retryAfterMs, 50) } : true,
    context,
  });

/** The CDN refuses a link: 403 or 404, whether `ex` is past or not. */
export const linkExpired = (context: HttpContext): ApplicationFailure =>
  failure('LinkExpired', 'the CDN no longer serves this link', { retry: false, context });

/** Bytes that are no video that we can read. */
export const mediaUnreadable = (why: string): ApplicationFailure =>
  failure('MediaUnreadable', why, { retry: false });

/** More bytes or pixels than we allow ourselves to take. */
export const mediaTooLarge = (why: string): ApplicationFailure =>
  failure('MediaTooLarge', why, { retry: false });

/** Arguments that can never work; `message` says what to write instead. */
export const invalidInput = (message: string): ApplicationFailure =>
  failure('InvalidInput', message, { retry: false });

/** A server or the network failed in a way that may pass: 5xx, time-outs, broken connections. */
export const serviceFailed = (message: string, context?: HttpContext): ApplicationFailure =>
  failure('ServiceFailed', message, { retry: true, ...(context ? { context } : {}) });

/** The application failure inside whatever was thrown: an activity's failure carries it as its cause. */
export function applicationFailure(error: unknown): ApplicationFailure | null {
  if (error instanceof ApplicationFailure) return error;
  return error instanceof ActivityFailure && error.cause instanceof ApplicationFailure
    ? error.cause
    : null;
}

/** True where the failure is of this type, thrown directly or out of an activity. */
export const isFailure = (error: unknown, type: FailureType): boolean =>
  applicationFailure(error)?.type === type;

/** Type and sentence of any error, fit for a record that anybody may read. */
export function errorFacts(error: unknown): { type: string; message: string } {
  const inner = error instanceof ActivityFailure ? (error.cause ?? error) : error;
  if (!(inner instanceof Error)) return { type: 'Error', message: withoutSecrets(String(inner)) };
  const type = inner instanceof ApplicationFailure ? (inner.type ?? 'Error') : inner.name;
  return { type, message: withoutSecrets(inner.message) };
}

/** Blanks out the signed part of CDN links, and bot tokens: Discord's, and JWTs of other servers. */
export const withoutSecrets = (text: string): string =>
  text
    .replace(/([?&](?:ex|is|hm)=)[0-9a-zA-Z]+/g, '$1…')
    .replace(/\bBot\s+[\w.-]{20,}/g, 'Bot …')
    .replace(/\b[\w-]{18,200}\.[\w-]{6,1000}\.[\w-]{27,}/g, '…');
