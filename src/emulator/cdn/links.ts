import { createHmac, timingSafeEqual } from 'node:crypto';
import type { StoredFile } from '../world/model.ts';

export interface LinkOptions {
  /** The origin of all links, such as `http://127.0.0.1:4000`. */
  readonly origin: string;
  readonly secret: string;
  /** How long a link is valid. */
  readonly leaseSeconds: number;
  /**
   * Time is divided into periods of this length. Links to the same file are equal if they are signed in the same
   * period.
   */
  readonly signBucketSeconds: number;
}

/**
 * Signs attachment links and checks them. Like Discord's links, each link has three hexadecimal parameters: `ex` (when
 * it expires) and `is` (when it was issued), both in seconds since 1970, and `hm` (the signature).
 * https://docs.discord.com/developers/reference#signed-attachment-cdn-urls
 */
export class Links {
  readonly #options: LinkOptions;

  constructor(options: LinkOptions) {
    this.#options = options;
  }

  /** Returns a link to an attachment. `id` replaces the attachment's id in the path. */
  signAttachment(file: StoredFile, id: string = file.id): string {
    return this.sign(`/attachments/${file.channelId}/${id}/${encodeURIComponent(file.filename)}`);
  }

  /** Returns a link to a path of the CDN, signed now. */
  sign(path: string): string {
    const { origin, leaseSeconds, signBucketSeconds } = this.#options;
    const nowSeconds = Date.now() / 1000;
    const is = Math.floor(Math.floor(nowSeconds / signBucketSeconds) * signBucketSeconds);
    const issued = is.toString(16);
    const expires = Math.floor(is + leaseSeconds).toString(16);
    const hm = this.#signature(path, expires, issued);
    return `${origin}${path}?ex=${expires}&is=${issued}&hm=${hm}`;
  }

  /** True if the emulator signed the link and the link has not expired. */
  isValid(path: string, query: URLSearchParams): boolean {
    const ex = query.get('ex') ?? '';
    const given = Buffer.from(query.get('hm') ?? '', 'hex');
    const expected = Buffer.from(this.#signature(path, ex, query.get('is') ?? ''), 'hex');
    if (given.length !== expected.length || !timingSafeEqual(given, expected)) return false;
    return Date.now() < Number.parseInt(ex, 16) * 1000;
  }

  #signature(path: string, ex: string, is: string): string {
    return createHmac('sha256', this.#options.secret).update(`${path} ${ex} ${is}`).digest('hex');
  }
}
