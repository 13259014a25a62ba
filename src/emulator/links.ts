import { createHmac, timingSafeEqual } from 'node:crypto';

import type { StoredFile } from './model.ts';

export interface LinkOptions {
  /** Where links point to, such as `http://127.0.0.1:4000`. */
  readonly origin: string;
  readonly secret: string;
  /** How long a link lives, in seconds. */
  readonly leaseSeconds: number;
  /** Links signed within the same so many seconds are the same. */
  readonly signBucketSeconds: number;
}

/**
 * Signs attachment links and checks them. Discord's carry three hexadecimal parameters: `ex`, when
 * they expire, and `is`, when they were issued (epoch seconds both), and `hm`, the signature.
 */
export class Links {
  readonly #options: LinkOptions;

  constructor(options: LinkOptions) {
    this.#options = options;
  }

  /**
   * A link to an attachment. `id` takes the place of the attachment's own (a quirk of other
   * servers).
   */
  attachment(file: StoredFile, id: string = file.id): string {
    return this.sign(`/attachments/${file.channelId}/${id}/${encodeURIComponent(file.filename)}`);
  }

  /** A link to a path of the CDN, signed now. */
  sign(path: string): string {
    const { origin, leaseSeconds, signBucketSeconds } = this.#options;
    const nowSeconds = Date.now() / 1000;
    const is = Math.floor(Math.floor(nowSeconds / signBucketSeconds) * signBucketSeconds);
    const issued = is.toString(16);
    const expires = Math.floor(is + leaseSeconds).toString(16);
    const hm = this.#signature(path, expires, issued);
    return `${origin}${path}?ex=${expires}&is=${issued}&hm=${hm}`;
  }

  /**
   * Whether a link that was asked for is ours and still lives; Discord answers 404 to all others
   * alike.
   */
  isValid(path: string, query: URLSearchParams): boolean {
    const ex = query.get('ex') ?? '';
    const given = Buffer.from(query.get('hm') ?? '', 'hex');
    const right = Buffer.from(this.#signature(path, ex, query.get('is') ?? ''), 'hex');
    if (given.length !== right.length || !timingSafeEqual(given, right)) return false;
    return Date.now() < Number.parseInt(ex, 16) * 1000;
  }

  #signature(path: string, ex: string, is: string): string {
    return createHmac('sha256', this.#options.secret).update(`${path} ${ex} ${is}`).digest('hex');
  }
}
