import { ApplicationFailure } from '@temporalio/common';
import { allowedUrl, hasCredentials } from '../../clip/media-hosts.ts';
import { type HttpContext, linkExpired, mediaUnreadable, serviceFailed } from '../../errors.ts';
import { rateLimited } from '../../rate-limit-errors.ts';

import { type FileAnswer, fileAnswerOf } from './answer.ts';
import { RateClock } from './minimum-rate.ts';

export interface RequestOptions {
  /** The origins that media may come from. */
  mediaHosts: readonly string[];
  /** How long a server may send no byte before it counts as stalled, in milliseconds. */
  idleMs: number;
  /** How long a body may arrive below the minimum rate, in milliseconds; 30 s by default. */
  rateWindowMs?: number;
  /** The clock of all requests for the same clip; a new clock by default. */
  rateClock?: RateClock;
  signal: AbortSignal;
  /** Called for each answer that contains the file or a part of it. */
  onFileAnswer?: (answer: FileAnswer) => void;
}

/** A response whose headers have arrived. The caller stops `idle` after reading the body. */
export interface Exchange {
  response: Response;
  context: HttpContext;
  /** The URL that answered, after redirects. */
  address: string;
  idle: IdleTimer;
}

/** Aborts `signal` when the server is silent or too slow, or when the caller aborts. */
export interface IdleTimer {
  signal: AbortSignal;
  /** Call this function when the headers have arrived, and for each part of the body with the number of its bytes. */
  restart: (receivedBytes?: number) => void;
  /** Says what the server did wrong. Null if the server was fast enough. */
  fault: () => string | null;
  stop: () => void;
}

/**
 * The statuses of answers that contain the size of the file. The server sends the whole file, sends a part of the file,
 * or rejects a range beyond the file's end.
 */
const FILE_STATUSES = [200, 206, 416];
const MAX_REDIRECTS = 3;
/** How long to wait after a 429 without a Retry-After header. */
const DEFAULT_RETRY_MS = 5000;
const MAX_RETRY_MS = 3_600_000;

/**
 * Sends a GET request and waits for the headers of the answer. Redirects are followed here and not by
 * `fetch`, because each target must be on a media host too.
 * @throws MediaUnreadable if the URL is not on a media host, ServiceFailed if the server does not answer,
 * and the signal's reason
 */
export async function requestMedia(
  url: string,
  options: RequestOptions,
  headers: Record<string, string> = {},
): Promise<Exchange> {
  const idle = startIdleTimer(options);
  let context: HttpContext = { route: 'GET' };
  try {
    let target = requireAllowedUrl(url, options.mediaHosts);
    for (let redirects = 0; ; redirects++) {
      context = { route: `GET ${target.pathname}` };
      const response = await fetch(target, {
        redirect: 'manual',
        signal: idle.signal,
        // `fetch` would decompress a compressed body, so the body's length would differ from its
        // content-length.
        headers: { ...headers, 'accept-encoding': 'identity' },
      });
      idle.restart();
      context = { ...context, status: response.status };
      const location = response.status >= 300 ? response.headers.get('location') : null;
      if (FILE_STATUSES.includes(response.status)) options.onFileAnswer?.(fileAnswerOf(response));
      if (response.status >= 400 || location === null)
        return { response, context, address: target.href, idle };
      await response.body?.cancel();
      if (redirects === MAX_REDIRECTS)
        throw serviceFailed('the media server sent too many redirects', context);
      target = requireAllowedUrl(location, options.mediaHosts, target.href);
    }
  } catch (error) {
    idle.stop();
    throw requestFailure(error, { context, idle }, options);
  }
}

function requireAllowedUrl(url: string, mediaHosts: readonly string[], base?: string): URL {
  const allowed = allowedUrl(url, mediaHosts, base);
  if (allowed) return allowed;
  if (!URL.canParse(url, base)) throw mediaUnreadable('the media link is not a valid URL');
  const parsed = new URL(url, base);
  if (hasCredentials(parsed))
    throw mediaUnreadable('the media link contains a user name or password');
  // A URL with the scheme `file` has the origin "null".
  const place = parsed.origin === 'null' ? parsed.protocol : parsed.origin;
  throw mediaUnreadable(
    `the media link points to ${place}, which is not in MEDIA_HOSTS: if you trust this origin, add it to MEDIA_HOSTS`,
  );
}

/** Turns an error of the request, or of reading its body, into a failure of `errors.ts`. */
export function requestFailure(
  error: unknown,
  { context, idle }: Pick<Exchange, 'context' | 'idle'>,
  { signal }: RequestOptions,
): Error {
  if (signal.aborted) return signal.reason as Error;
  if (error instanceof ApplicationFailure) return error;
  const fault = idle.fault();
  if (fault !== null) return serviceFailed(fault, context);
  const { code } = ((error as Error).cause ?? {}) as NodeJS.ErrnoException;
  const why = code ? ` (${code})` : '';
  return serviceFailed(`the connection to the media server failed${why}`, context);
}

/**
 * Returns LinkExpired for the statuses 403, 404 and 410, RateLimited for 429, and ServiceFailed for all other statuses.
 */
export function statusFailure({ response, context }: Exchange): ApplicationFailure {
  const { status } = response;
  if (status === 403 || status === 404 || status === 410) return linkExpired(context);
  if (status === 429)
    return rateLimited(retryAfterMs(response.headers.get('retry-after')), context);
  return serviceFailed('the media server did not send the file', context);
}

/** Reads a Retry-After header, which holds seconds or a date (RFC 9110, 10.2.3). */
function retryAfterMs(header: string | null): number {
  const seconds = Number(header ?? Number.NaN);
  const ms = Number.isNaN(seconds) ? Date.parse(header ?? '') - Date.now() : seconds * 1000;
  return Number.isNaN(ms) ? DEFAULT_RETRY_MS : Math.min(Math.max(ms, 0), MAX_RETRY_MS);
}

function startIdleTimer({
  signal: outer,
  idleMs,
  rateWindowMs,
  rateClock = new RateClock(rateWindowMs),
}: RequestOptions): IdleTimer {
  const controller = new AbortController();
  let fault: string | null = null;
  const end = (why: string): void => {
    fault ??= why;
    controller.abort();
  };
  const startIdle = (): NodeJS.Timeout => setTimeout(() => end('the media server stalled'), idleMs);
  const abort = (): void => controller.abort(outer.reason);
  let idleTimer = startIdle();
  outer.addEventListener('abort', abort, { once: true });
  if (outer.aborted) abort();
  return {
    signal: controller.signal,
    restart: (bytes = 0) => {
      clearTimeout(idleTimer);
      idleTimer = startIdle();
      rateClock.add(bytes);
      // The wait for the headers does not count: a redirect or a busy server says nothing about the rate.
      if (bytes > 0) rateClock.start(end);
    },
    fault: () => fault,
    stop: () => {
      clearTimeout(idleTimer);
      rateClock.stop();
      outer.removeEventListener('abort', abort);
    },
  };
}
