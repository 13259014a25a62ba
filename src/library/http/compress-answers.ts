import type { MiddlewareHandler } from 'hono';
import { compress, COMPRESSIBLE_CONTENT_TYPE_REGEX } from 'hono/compress';

const compressBody = compress();

/**
 * Compresses pages, JSON and other texts with gzip or deflate, and weakens their ETag. Assets are compressed already.
 * Hono skips HEAD, so this function adds `Vary` there.
 */
export const compressAnswers: MiddlewareHandler = async (c, next) => {
  await compressBody(c, next);
  const isText = COMPRESSIBLE_CONTENT_TYPE_REGEX.test(c.res.headers.get('Content-Type') ?? '');
  if (c.req.method === 'HEAD' && isText && !c.res.headers.has('Vary')) {
    c.res.headers.set('Vary', 'Accept-Encoding');
  }
};
