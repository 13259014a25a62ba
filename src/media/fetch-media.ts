import { ApplicationFailure } from '@temporalio/common';
import {
  type HttpContext,
  linkExpired,
  mediaTooLarge,
  rateLimited,
  serviceFailed,
} from '../errors.ts';
import { requireAllowed } from './allowed-hosts.ts';
import { idleSignal } from './idle-signal.ts';

export interface FetchOptions {
  mediaHosts: readonly string[];
  maxBytes: number;
  /** Without a byte for this long a server counts as stalled; milliseconds. */
  idleMs: number;
  signal: AbortSignal;
}

const MAX_REDIRECTS = 3;

/**
 * Fetches a whole body, chunk by chunk. Redirects are followed by hand, since each target has to stand
 * on one of the media hosts too.
 * @throws MediaUnreadable (not on a media host), LinkExpired (403, 404, 410), RateLimited, MediaTooLarge,
 * ServiceFailed (other statuses, no answer, a stalled or short body), and the signal's reason
 */
export async function* fetchMedia(url: string, options: FetchOptions): AsyncGenerator<Uint8Array> {
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
        headers: { 'accept-encoding': 'identity' },
      });
      idle.alive();
      context = { ...context, status: response.status };
      const location = response.status >= 300 ? response.headers.get('location') : null;
      if (response.status >= 400 || location === null) {
        yield* body(response, context, options, idle.alive);
        return;
      }
      await response.body?.cancel();
      if (redirects === MAX_REDIRECTS) throw serviceFailed('too many redirects', context);
      target = requireAllowed(location, options.mediaHosts, target.href);
    }
  } catch (error) {
    if (options.signal.aborted) throw options.signal.reason;
    if (error instanceof ApplicationFailure) throw error;
    const { code } = ((error as Error).cause ?? {}) as NodeJS.ErrnoException;
    const why = idle.isIdle() ? 'stalled' : `failed${code ? ` with ${code}` : ''}`;
    throw serviceFailed(`the media server ${why}`, context);
  } finally {
    idle.stop();
  }
}

async function* body(
  response: Response,
  context: HttpContext,
  { maxBytes }: FetchOptions,
  alive: () => void,
): AsyncGenerator<Uint8Array> {
  if (response.status !== 200) {
    await response.body?.cancel();
    throw refusal(response, context);
  }
  const header = response.headers.get('content-length');
  const declared = header === null ? null : Number(header);
  if (declared !== null && declared > maxBytes) {
    await response.body?.cancel();
    throw tooLarge(maxBytes);
  }
  let received = 0;
  for await (const chunk of (response.body ?? []) as AsyncIterable<Uint8Array>) {
    alive();
    received += chunk.byteLength;
    // Leaving the loop cancels the body, and with it the connection.
    if (received > maxBytes) throw tooLarge(maxBytes);
    yield chunk;
  }
  if (declared !== null && received !== declared) {
    throw serviceFailed(`the media server sent ${received} of ${declared} bytes`, context);
  }
}

const tooLarge = (maxBytes: number) =>
  mediaTooLarge(`the file is larger than the ${maxBytes} bytes that are taken of one`);

function refusal(response: Response, context: HttpContext): ApplicationFailure {
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
