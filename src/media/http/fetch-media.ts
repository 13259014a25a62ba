import { mediaTooLarge, serviceFailed } from '../../errors.ts';
import {
  type Exchange,
  openMedia,
  refusal,
  requestFailure,
  type RequestOptions,
} from './request.ts';

export interface FetchOptions extends RequestOptions {
  maxBytes: number;
}

/**
 * Fetches a whole body, chunk by chunk.
 * @throws MediaUnreadable (not on a media host), LinkExpired (403, 404, 410), RateLimited, MediaTooLarge,
 * ServiceFailed (other statuses, no answer, a stalled or short body), and the signal's reason
 */
export async function* fetchMedia(url: string, options: FetchOptions): AsyncGenerator<Uint8Array> {
  const exchange = await openMedia(url, options);
  try {
    yield* body(exchange, options);
  } catch (error) {
    throw requestFailure(error, exchange, options);
  } finally {
    exchange.idle.stop();
  }
}

async function* body(exchange: Exchange, { maxBytes }: FetchOptions): AsyncGenerator<Uint8Array> {
  const { response, context, idle } = exchange;
  if (response.status !== 200) {
    await response.body?.cancel();
    throw refusal(exchange);
  }
  const header = response.headers.get('content-length');
  const declared = header === null ? null : Number(header);
  if (declared !== null && declared > maxBytes) {
    await response.body?.cancel();
    throw tooLarge(maxBytes);
  }
  let received = 0;
  for await (const chunk of (response.body ?? []) as AsyncIterable<Uint8Array>) {
    idle.alive();
    received += chunk.byteLength;
    // Leaving the loop cancels the body, and with it the connection.
    if (received > maxBytes) throw tooLarge(maxBytes);
    yield chunk;
  }
  if (declared !== null && received !== declared) {
    throw serviceFailed(`the media server sent ${received} of ${declared} bytes`, context);
  }
}

/** The failure for a file of more bytes than we take. */
export const tooLarge = (maxBytes: number) =>
  mediaTooLarge(`the file is larger than the ${maxBytes} bytes that are taken of one`);
