import { ApplicationFailure } from '@temporalio/common';
import { type HttpContext, linkExpired, rateLimited, serviceFailed } from '../../errors.ts';
import { requireAllowed } from './allowed-hosts.ts';
import { type IdleSignal, idleSignal } from './idle-signal.ts';

export interface RequestOptions {
  mediaHosts: readonly string[];
  /** Without a byte for this long a server counts as stalled; milliseconds. */
  idleMs: number;
  signal: AbortSignal;
}

/** A request whose answer has begun; `idle` has to be stopped at its end. */
export interface Exchange {
  response: Response;
  context: HttpContext;
  /** Where the answer came from, after redirects. */
  address: string;
  idle: IdleSignal;
}

const MAX_REDIRECTS = 3;

/**
 * Asks for a file. Redirects are followed by hand, since each target has to stand on one of the media
 * hosts too.
 * @throws MediaUnreadable (not on a media host), ServiceFailed (no answer), and the signal's reason
 */
export async function openMedia(
  url: string,
  options: RequestOptions,
  headers: Record<string, string> = {},
): Promise<Exchange> {
  const idle = idleSignal(options.signal, options.idleMs);
  let context: HttpContext = { route: 'GET' };
  try {
    let target = requireAllowed(url, options.mediaHosts);
    for (let redirects = 0; ; redirects++) {
      context = { route: `GET ${target.pathname}` };
      const response = await fetch(target, {
        redirect: 'manual',
        signal: idle.signal,
        // Else the length that is announced isn't the one that arrives.
        headers: { ...headers, 'accept-encoding': 'identity' },
      });
      idle.alive();
      context = { ...context, status: response.status };
      const location = response.status >= 300 ? response.headers.get('location') : null;
      if (response.status >= 400 || location === null)
        return { response, context, address: target.href, idle };
      await response.body?.cancel();
      if (redirects === MAX_REDIRECTS) throw serviceFailed('too many redirects', context);
      target = requireAllowed(location, options.mediaHosts, target.href);
    }
  } catch (error) {
    idle.stop();
    throw requestFailure(error, { context, idle }, options);
  }
}

/** What went wrong while an answer was awaited or read, as one of our failures. */
export function requestFailure(
  error: unknown,
  { context, idle }: Pick<Exchange, 'context' | 'idle'>,
  { signal }: RequestOptions,
): Error {
  if (signal.aborted) return signal.reason as Error;
  if (error instanceof ApplicationFailure) return error;
  const { code } = ((error as Error).cause ?? {}) as NodeJS.ErrnoException;
  const why = idle.isIdle() ? 'stalled' : `failed${code ? ` with ${code}` : ''}`;
  return serviceFailed(`the media server ${why}`, context);
}

/** The failure that a status means: LinkExpired (403, 404, 410), RateLimited, or ServiceFailed. */
export function refusal({ response, context }: Exchange): ApplicationFailure {
  const { status } = response;
  if (status === 403 || status === 404 || status === 410) return linkExpired(context);
  if (status === 429)
    return rateLimited(retryAfterMs(response.headers.get('retry-after')), context);
  return serviceFailed('the media server does not give the file', context);
}

/** Seconds or a date (RFC 9110, 10.2.3); 5 s where it says neither, and never more than an hour. */
function retryAfterMs(header: string | null): number {
  const seconds = Number(header ?? Number.NaN);
  const ms = Number.isNaN(seconds) ? Date.parse(header ?? '') - Date.now() : seconds * 1000;
  return Number.isNaN(ms) ? 5000 : Math.min(Math.max(ms, 0), 3_600_000);
}
