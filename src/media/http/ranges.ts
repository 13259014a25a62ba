import { mediaUnreadable, serviceFailed } from '../../errors.ts';
import { type ByteSource, HEAD_BYTES, requireInside } from '../bytes/source.ts';
import { PartialReadError } from '../fallback.ts';
import { ByteCache } from './byte-cache.ts';
import {
  type Exchange,
  requestFailure,
  requestMedia,
  type RequestOptions,
  statusFailure,
} from './request.ts';

export interface RangeOptions extends RequestOptions {
  /** The maximum number of bytes to fetch from one file. The file itself may be larger. */
  maxBytes: number;
  onProgress: () => void;
  /** How many bytes a small read fetches at least; 64 KB by default. */
  chunkBytes?: number;
}

/** A file on a server, of which parts are fetched. */
export interface RangedSource extends ByteSource {
  /** How many bytes were fetched so far. */
  readonly fetchedBytes: number;
}

/** A part of a file, and the size of the whole file. */
interface Part {
  bytes: Uint8Array;
  size: number;
}

/** A read of fewer bytes than this fetches a whole chunk, because the next read is often nearby. */
const MIN_EXACT_READ_BYTES = 4 * 1024;
const CHUNK_BYTES = 64 * 1024;
/**
 * The most requests for one clip. Most clips need three or four. If a clip needs more requests, downloading the whole
 * clip is cheaper.
 */
const MAX_REQUESTS = 24;
const MAX_FETCHED_BYTES = 24 * 1024 * 1024;

/**
 * Opens a file on a server that supports byte ranges. Fetched bytes are cached, and only one request runs at a time.
 * `If-Range` makes sure that the bytes of two versions of a file are never mixed.
 * @throws PartialReadError (no ranges, too many requests or bytes), LinkExpired, RateLimited, ServiceFailed,
 * MediaUnreadable (empty file, not on a media host), and the signal's reason
 */
export async function openRangeSource(url: string, options: RangeOptions): Promise<RangedSource> {
  const source = new RangeSource(url, options);
  await source.open();
  return source;
}

class RangeSource implements RangedSource {
  size = 0;
  readonly #cache = new ByteCache();
  readonly #options: RangeOptions;
  #url: string;
  #validator: string | null = null;
  #requests = 0;
  #fetchedBytes = 0;
  /** The most recently started read. The next read waits until this read ends. */
  #lastRead: Promise<unknown> = Promise.resolve();

  constructor(url: string, options: RangeOptions) {
    this.#url = url;
    this.#options = options;
  }

  get fetchedBytes(): number {
    return this.#fetchedBytes;
  }

  async open(): Promise<void> {
    const part = await this.#request(0, HEAD_BYTES);
    this.size = part.size;
    this.#cache.put(0, part.bytes);
  }

  read(start: number, end: number): Promise<Uint8Array> {
    const read = this.#lastRead.then(() => this.#readNow(start, end));
    this.#lastRead = read.catch(() => undefined);
    return read;
  }

  async #readNow(start: number, end: number): Promise<Uint8Array> {
    requireInside(start, end, this.size);
    for (const hole of this.#cache.missing(start, end)) {
      const isSmall = end - start < MIN_EXACT_READ_BYTES;
      const { chunkBytes = CHUNK_BYTES } = this.#options;
      const holeEnd = isSmall ? Math.max(hole.start + chunkBytes, hole.end) : hole.end;
      // If a range ends beyond the end of the file, some servers answer with 416 or with the whole file.
      const part = await this.#request(hole.start, Math.min(holeEnd, this.size));
      if (part.size !== this.size)
        throw new PartialReadError('changed', 'the size of the file changed');
      this.#cache.put(hole.start, part.bytes);
    }
    const bytes = this.#cache.get(start, end);
    if (!bytes)
      throw new PartialReadError(
        'no-ranges',
        'the media server sent a different range than requested',
      );
    return bytes;
  }

  async #request(start: number, end: number): Promise<Part> {
    this.#requests += 1;
    const maxBytes = Math.min(MAX_FETCHED_BYTES, this.#options.maxBytes);
    if (this.#requests > MAX_REQUESTS || this.#fetchedBytes + (end - start) > maxBytes)
      throw new PartialReadError(
        'limits',
        'reading the clip in parts takes too many requests or bytes',
      );
    const exchange = await requestMedia(this.#url, this.#options, {
      range: `bytes=${start}-${end - 1}`,
      ...(this.#validator === null ? {} : { 'if-range': this.#validator }),
    });
    try {
      this.#options.onProgress();
      this.#requirePartialContent(exchange);
      const part = await readPart(exchange, start, end);
      this.#fetchedBytes += part.bytes.length;
      // Later requests go directly to the URL that answered, without the redirects.
      this.#url = exchange.address;
      this.#validator ??= validatorOf(exchange.response);
      return part;
    } catch (error) {
      await exchange.response.body?.cancel().catch(() => undefined);
      if (error instanceof PartialReadError) throw error;
      throw requestFailure(error, exchange, this.#options);
    } finally {
      exchange.idle.stop();
    }
  }

  #requirePartialContent(exchange: Exchange): void {
    const { response } = exchange;
    if (response.status === 416 && response.headers.get('content-range') === 'bytes */0')
      throw mediaUnreadable('the file is empty');
    if (response.status === 200 && this.#requests > 1)
      throw new PartialReadError('changed', 'the file no longer matches the If-Range header');
    if (response.status === 200 || response.status === 416)
      throw new PartialReadError(
        'no-ranges',
        `the media server answered a range request with status ${response.status}`,
      );
    if (response.status !== 206) throw statusFailure(exchange);
    if (isOfAnotherFile(this.#validator, response))
      throw new PartialReadError('changed', 'the ETag of the file changed');
  }
}

/**
 * Reads a 206 response (RFC 9110, 14.4 and 15.3.7), and never reads more bytes than requested.
 * @throws PartialReadError if the response is not for this range, ServiceFailed if its body is truncated
 */
async function readPart(exchange: Exchange, start: number, end: number): Promise<Part> {
  const { response, context, idle } = exchange;
  const header = response.headers.get('content-range') ?? '';
  const [, first, last, whole] = /^bytes (\d{1,15})-(\d{1,15})\/(\d{1,15})$/.exec(header) ?? [];
  const size = Number(whole);
  // The first range may extend beyond the end of a small file. The part then ends where the file ends.
  const isAsked = Number(first) === start && Number(last) + 1 === Math.min(end, size);
  const isEncoded = (response.headers.get('content-encoding') ?? 'identity') !== 'identity';
  if (!isAsked || isEncoded)
    throw new PartialReadError(
      'no-ranges',
      'the media server sent a different range than requested',
    );
  const bytes = new Uint8Array(Math.min(end, size) - start);
  let receivedBytes = 0;
  for await (const chunk of (response.body ?? []) as AsyncIterable<Uint8Array>) {
    idle.restart(chunk.length);
    if (receivedBytes + chunk.length > bytes.length)
      throw new PartialReadError('no-ranges', 'the media server sent more bytes than requested');
    bytes.set(chunk, receivedBytes);
    receivedBytes += chunk.length;
  }
  if (receivedBytes < bytes.length)
    throw serviceFailed('the media server sent fewer bytes than requested', context);
  return { bytes, size };
}

/** Returns the value for `If-Range`, which is a strong ETag or the date of the last change (RFC 9110, 13.1.5). */
function validatorOf(response: Response): string | null {
  const etag = response.headers.get('etag');
  if (etag?.startsWith('"')) return etag;
  return response.headers.get('last-modified');
}

/**
 * True if the response's strong ETag differs from the validator. This happens if the file has changed and the server
 * ignores `If-Range`.
 */
function isOfAnotherFile(validator: string | null, response: Response): boolean {
  const etag = response.headers.get('etag') ?? '';
  const areStrong = validator?.startsWith('"') === true && etag.startsWith('"');
  return areStrong && etag !== validator;
}
