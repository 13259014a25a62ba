import { mediaUnreadable, serviceFailed } from '../../errors.ts';
import { ByteCache } from './byte-cache.ts';
import { type ByteSource, HEAD_BYTES } from '../bytes/source.ts';
import { NotSparse } from '../fallback.ts';
import { openMedia, refusal, requestFailure, type RequestOptions } from './request.ts';
import { isOfAnother, type Part, partOf, validatorOf } from './range-answer.ts';

export interface RangeOptions extends RequestOptions {
  /** The most that is fetched of a file, MAX_MEDIA_BYTES; however large it is. */
  maxBytes: number;
  onProgress: () => void;
}

/** A read smaller than this looks for something, and what it looks for next is often near. */
const SMALL_READ = 4 * 1024;
const CHUNK_BYTES = 64 * 1024;
/** Of one clip: three or four are the rule, and a clip with more is cheaper to download. */
const MAX_REQUESTS = 24;
const MAX_FETCHED_BYTES = 24 * 1024 * 1024;

/**
 * A file on a server that answers byte ranges. What was read is kept, what is missing is asked for with
 * `If-Range`, so that no two versions of a file are ever mixed. One request at a time.
 * @throws NotSparse (no ranges, too many requests or bytes), LinkExpired, RateLimited, ServiceFailed,
 * MediaUnreadable (empty, not on a media host), and the signal's reason
 */
export async function openRangeSource(url: string, options: RangeOptions): Promise<ByteSource> {
  const source = new RangeSource(url, options);
  await source.open();
  return source;
}

class RangeSource implements ByteSource {
  size = 0;
  private readonly cache = new ByteCache();
  private readonly options: RangeOptions;
  private url: string;
  private validator: string | null = null;
  private requests = 0;
  private fetchedBytes = 0;
  private turn: Promise<unknown> = Promise.resolve();

  constructor(url: string, options: RangeOptions) {
    this.url = url;
    this.options = options;
  }

  async open(): Promise<void> {
    const part = await this.request(0, HEAD_BYTES);
    this.size = part.size;
    this.cache.put(0, part.bytes);
  }

  read(start: number, end: number): Promise<Uint8Array> {
    const mine = this.turn.then(() => this.readNow(start, end));
    this.turn = mine.catch(() => undefined);
    return mine;
  }

  private async readNow(start: number, end: number): Promise<Uint8Array> {
    if (!(start >= 0 && start <= end && end <= this.size))
      throw new NotSparse('structure', 'bytes outside of the file are asked for');
    for (const hole of this.cache.missing(start, end)) {
      // Never a byte past the end: some servers answer that with 416 or with the whole file.
      const grown = end - start < SMALL_READ ? hole.start + CHUNK_BYTES : hole.end;
      const part = await this.request(hole.start, Math.min(grown, this.size));
      if (part.size !== this.size) throw new NotSparse('changed', 'its size is another');
      this.cache.put(hole.start, part.bytes);
    }
    const bytes = this.cache.get(start, end);
    if (!bytes) throw new NotSparse('no-ranges', 'another range came than was asked for');
    return bytes;
  }

  private async request(start: number, end: number): Promise<Part> {
    const { options } = this;
    this.requests += 1;
    const maxBytes = Math.min(MAX_FETCHED_BYTES, options.maxBytes);
    if (this.requests > MAX_REQUESTS || this.fetchedBytes + (end - start) > maxBytes)
      throw new NotSparse('limits', 'it takes too many requests or bytes');
    const exchange = await openMedia(this.url, options, {
      range: `bytes=${start}-${end - 1}`,
      ...(this.validator === null ? {} : { 'if-range': this.validator }),
    });
    const { response, context, idle } = exchange;
    try {
      options.onProgress();
      if (response.status === 416 && response.headers.get('content-range') === 'bytes */0')
        throw mediaUnreadable('the file is empty');
      if (response.status === 200 && this.requests > 1)
        throw new NotSparse('changed', 'the server sends it whole, as a changed one');
      if (response.status === 200 || response.status === 416)
        throw new NotSparse('no-ranges', `the server answers a range with ${response.status}`);
      if (response.status !== 206) throw refusal(exchange);
      if (isOfAnother(this.validator, response))
        throw new NotSparse('changed', 'the server sends a part of another file');
      const part = await partOf(response, { start, end }, idle.alive);
      if (!part) throw serviceFailed('the media server sent less than a range', context);
      this.fetchedBytes += part.bytes.length;
      // A redirect's target is asked directly from now on.
      this.url = exchange.address;
      this.validator ??= validatorOf(response);
      return part;
    } catch (error) {
      await response.body?.cancel().catch(() => undefined);
      if (error instanceof NotSparse) throw error;
      throw requestFailure(error, exchange, options);
    } finally {
      idle.stop();
    }
  }
}
