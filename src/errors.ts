import {
  ActivityFailure,
  ApplicationFailure,
  ApplicationFailureCategory,
} from '@temporalio/common';
import { plain, type PlainOptions } from './clip/plain.ts';

/** The failure types that workflows branch on. Every other failure is retried. */
export type FailureType =
  | 'MessageGone'
  | 'AccessLost'
  | 'TokenRejected'
  | 'RateLimited'
  | 'LinkExpired'
  | 'MediaUnreadable'
  | 'MediaTooLarge'
  | 'InvalidInput'
  | 'LinkUnavailable'
  | 'ServiceFailed';

/**
 * Failures that are part of normal operation and need no action by an operator. Temporal treats them as benign: the
 * worker does not count them in `temporal_activity_execution_failed` and logs them at level debug.
 */
const BENIGN_TYPES: readonly FailureType[] = [
  'MessageGone',
  'AccessLost',
  'RateLimited',
  'LinkExpired',
  'MediaUnreadable',
  'MediaTooLarge',
  'LinkUnavailable',
];

/** After Discord rejects the token, no requests are sent to Discord for this long, in milliseconds. */
export const TOKEN_RETRY_MS = 5 * 60 * 1000;

/**
 * Describes a request and the server's answer. `route` never contains a query, because a link's query contains the
 * signature.
 */
export interface HttpContext {
  /** Method and path, such as `GET /channels/1/messages/2`. */
  route: string;
  status?: number;
  /** Discord's own error code. */
  code?: number | string;
}

/** The maximum length of a failure's message. Some messages contain a server's answer, which may have any length. */
const MAX_FAILURE_BYTES = 2000;

/** Returns the message of a failure as one plain line without secrets, because the message may contain foreign texts. */
export function failureText(message: string): string {
  return plainWithoutSecrets(message, { markup: 'kept', maxBytes: MAX_FAILURE_BYTES });
}

/**
 * Returns a foreign text like `plain`, but without secrets. The secrets are removed before the cut, because a pattern
 * doesn't recognize the first part of a secret. They are removed after the invisible characters, which could hide them.
 */
export function plainWithoutSecrets(text: string, options: PlainOptions): string {
  return plain(withoutSecrets(plain(text, { markup: 'kept' })), options);
}

/** Creates a failure of one of the types above. Activities and workflows throw only such failures. */
export function failure(
  type: FailureType,
  message: string,
  options: { retry: boolean | { afterMs: number }; context?: HttpContext; details?: object },
): ApplicationFailure {
  const { retry, context, details } = options;
  return ApplicationFailure.create({
    type,
    message: failureText(context ? `${message} (${describe(context)})` : message),
    nonRetryable: retry === false,
    ...(BENIGN_TYPES.includes(type) && { category: ApplicationFailureCategory.BENIGN }),
    ...(typeof retry === 'object' ? { nextRetryDelay: retry.afterMs } : {}),
    ...(details && { details: [details] }),
  });
}

const describe = ({ route, status, code }: HttpContext): string =>
  [route, status, code === undefined ? undefined : `code ${code}`]
    .filter((part) => part !== undefined)
    .join(', ');

/**
 * The message or its attachment does not exist. Discord itself answered 404, or the attachment is missing from a
 * message that still has content. This type also covers a channel or server that does not exist.
 */
export const messageGone = (context: HttpContext): ApplicationFailure =>
  failure('MessageGone', 'the message or its attachment no longer exists', {
    retry: false,
    context,
  });

/**
 * Discord sent a message without a text, an attachment or anything else, although such a message cannot exist. An empty
 * message does not prove that something was removed, because a fault at Discord has left out content before.
 */
export const contentMissing = (context: HttpContext): ApplicationFailure =>
  failure(
    'ServiceFailed',
    'Discord sent a message without its text and attachments; retrying until it sends them again',
    { retry: true, context },
  );

/** The bot may not read this channel or its history: Discord answered 403 with a permission code. */
export const accessLost = (context: HttpContext): ApplicationFailure =>
  failure(
    'AccessLost',
    'the bot has no access to this channel: grant it View Channel and Read Message History',
    {
      retry: false,
      context,
    },
  );

/** Discord rejected the token: 401. The activity is retried, because an operator can set a valid token. */
export const tokenRejected = (context: HttpContext): ApplicationFailure =>
  failure('TokenRejected', 'Discord rejected the bot token: set TOKEN to a valid token', {
    retry: { afterMs: TOKEN_RETRY_MS },
    context,
  });

/** The CDN refused the link with status 403, 404 or 410, before or after the link's expiry. */
export const linkExpired = (context: HttpContext): ApplicationFailure =>
  failure('LinkExpired', 'the CDN no longer serves this link', { retry: false, context });

/** The file is not a video that Everclip can read. */
export const mediaUnreadable = (why: string): ApplicationFailure =>
  failure('MediaUnreadable', why, { retry: false });

/** The file needs more bytes or pixels than the limits allow. */
export const mediaTooLarge = (why: string): ApplicationFailure =>
  failure('MediaTooLarge', why, { retry: false });

/** The input is invalid. `message` says what to write instead. */
export const invalidInput = (message: string): ApplicationFailure =>
  failure('InvalidInput', message, { retry: false });

/** A server or the network failed, for example with a 5xx, a timeout or a broken connection. A retry may succeed. */
export const serviceFailed = (message: string, context?: HttpContext): ApplicationFailure =>
  failure('ServiceFailed', message, { retry: true, ...(context ? { context } : {}) });

/** The details of the failure `linkRefused`. */
interface LinkRefusal {
  retryAtMs: number | null;
}

/**
 * The update `freshLink` can't return a link. MessageGone means that the clip was deleted. `retryAtMs` is the time from
 * which the clip may ask Discord again, epoch milliseconds; null if that time is not known.
 */
export const linkRefused = (
  type: FailureType & ('MessageGone' | 'AccessLost' | 'LinkUnavailable'),
  message: string,
  retryAtMs: number | null,
): ApplicationFailure =>
  ApplicationFailure.create({
    type,
    message,
    nonRetryable: true,
    category: ApplicationFailureCategory.BENIGN,
    details: [{ retryAtMs } satisfies LinkRefusal],
  });

/** Returns the time in a failure of `linkRefused`, epoch milliseconds; null for any other value. */
export function retryTimeIn(error: unknown): number | null {
  const [detail] = (applicationFailure(error)?.details ?? []) as (Partial<LinkRefusal> | null)[];
  return typeof detail?.retryAtMs === 'number' ? detail.retryAtMs : null;
}

/** The details of the failure `laterAttemptStored`. */
interface StoredAttempt {
  storedAttempt: number;
}

/**
 * The bucket already has the same revision with other content, from an attempt with a higher number. The failure
 * contains that number, so that the next attempt can use a higher number.
 */
export const laterAttemptStored = ({
  storedAttempt,
  revision,
}: StoredAttempt & { revision: number }): ApplicationFailure =>
  ApplicationFailure.create({
    type: 'ServiceFailed' satisfies FailureType,
    message: `attempt ${storedAttempt} wrote different content as revision ${revision}; retrying with a higher attempt number`,
    details: [{ storedAttempt } satisfies StoredAttempt],
  });

/** Returns the attempt number in a failure of `laterAttemptStored`, or null for any other value. */
export function storedAttemptIn(error: unknown): number | null {
  const [detail] = (applicationFailure(error)?.details ?? []) as (Partial<StoredAttempt> | null)[];
  const attempt = detail?.storedAttempt;
  return typeof attempt === 'number' ? attempt : null;
}

/** If this many fetches in a row return a worse link, the fault is probably not temporary. */
const QUICK_LINK_ATTEMPTS = 8;
const WORSE_LINK_RETRY_MS = 60 * 60 * 1000;

/**
 * Discord returned a link that is worse than the clip's current link. The fetch is retried, at first with the retry
 * policy's back-off and then once an hour, because a server that always returns such links affects all clips.
 */
export const worseLink = (why: string, attempt: number, context: HttpContext): ApplicationFailure =>
  failure('ServiceFailed', why, {
    retry: attempt <= QUICK_LINK_ATTEMPTS ? true : { afterMs: WORSE_LINK_RETRY_MS },
    context,
  });

/**
 * Returns the application failure in a thrown value, or null if there is none. The thrown value may be an activity
 * failure whose cause is the application failure.
 */
export function applicationFailure(error: unknown): ApplicationFailure | null {
  if (error instanceof ApplicationFailure) return error;
  return error instanceof ActivityFailure && error.cause instanceof ApplicationFailure
    ? error.cause
    : null;
}

/** True if the failure has this type, whether it was thrown directly or by an activity. */
export const isFailure = (error: unknown, type: FailureType): boolean =>
  applicationFailure(error)?.type === type;

/** Returns the message of any thrown value, without secrets. An error without a message has a name. */
export const messageOf = (error: unknown): string =>
  withoutSecrets(error instanceof Error ? error.message || error.name : String(error));

/** Returns the type and message of any thrown value, as plain text without secrets, because records are public. */
export function errorFacts(error: unknown): { type: string; message: string } {
  const inner = error instanceof ActivityFailure ? (error.cause ?? error) : error;
  const message = failureText(messageOf(inner));
  if (!(inner instanceof Error)) return { type: 'Error', message };
  const type = inner instanceof ApplicationFailure ? (inner.type ?? 'Error') : inner.name;
  return { type, message };
}

/** Replaces bot tokens and the signatures of CDN links with `…`. Compatible servers use JWTs as bot tokens. */
export const withoutSecrets = (text: string): string =>
  text
    .replace(/([?&](?:ex|is|hm)=)[0-9a-zA-Z]+/g, '$1…')
    .replace(/\bBot\s+[\w.-]{20,}/g, 'Bot …')
    .replace(/\b[\w-]{18,200}\.[\w-]{6,1000}\.[\w-]{27,}/g, '…');
