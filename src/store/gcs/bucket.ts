import type { Bucket, File } from '@google-cloud/storage';
import type { BucketPort, WriteCondition } from '../../activities/ports.ts';
import { DEFAULT_LIMITS, type GcsError, withAttempts } from './attempts.ts';
import { gcsFailure, type GcsOptions, openBucket } from './client.ts';
import { validKey } from '../object-key.ts';

export { checkGcsBucket, type GcsOptions } from './client.ts';

/**
 * A bucket of Google Cloud Storage, or of another server that speaks its JSON API.
 * Methods throw ServiceFailed, each within some 20 s, and a plain Error for a key that can't be one.
 */
export function createGcsBucket(options: GcsOptions): BucketPort {
  const bucket = openBucket(options);
  const limits = options.limits ?? DEFAULT_LIMITS;
  const translated = <T>(run: (attempt: number) => Promise<T>): Promise<T> =>
    withAttempts(limits, run).catch((error: unknown) => {
      throw gcsFailure(error, options);
    });

  return {
    read: async (key) => {
      validKey(key);
      const found = await translated(() => download(bucket, key, limits.requestMs));
      return found && { body: found.bytes.toString('utf8'), generation: found.generation };
    },

    write: async (key, body, { contentType, cacheControl, condition }) => {
      validKey(key);
      const bytes = typeof body === 'string' ? Buffer.from(body) : body;
      return translated(async (attempt) => {
        try {
          await bucket.file(key).save(Buffer.from(bytes), {
            resumable: false,
            validation: 'crc32c',
            metadata: { contentType, cacheControl },
            ...(condition === undefined
              ? {}
              : { preconditionOpts: { ifGenerationMatch: generationNumber(condition) } }),
          });
          return true;
        } catch (error) {
          if ((error as GcsError).code !== 412) throw error;
          // An earlier attempt may have been written while its answer was lost: then it is ours that
          // stands in the way of this one.
          return (
            attempt > 1 &&
            (await download(bucket, key, limits.requestMs))?.bytes.equals(bytes) === true
          );
        }
      });
    },
  };
}

/** Generations are microseconds since 1970, safe integers until 2255; 0 means that there is none. */
const generationNumber = (condition: WriteCondition): number =>
  condition === 'absent' ? 0 : Number(condition.generation);

/**
 * Body and generation out of one answer: metadata and body asked for one after the other may belong to
 * two generations.
 */
async function download(
  bucket: Bucket,
  key: string,
  limitMs: number,
): Promise<{ bytes: Buffer; generation: string } | null> {
  const file: File = bucket.file(key);
  const stream = file.createReadStream({ validation: 'crc32c' });
  let generation: unknown;
  stream.on('response', (response: { headers: Record<string, unknown> }) => {
    generation = response.headers['x-goog-generation'];
  });
  // The library's own limit ends with the headers; a body that stalls would hold its connection for ever.
  const timer = setTimeout(() => stream.destroy(new Error('timeout')), limitMs);
  const chunks: Buffer[] = [];
  try {
    for await (const chunk of stream) chunks.push(chunk as Buffer);
  } catch (error) {
    const { code, message } = error as GcsError;
    // A bucket that is missing answers 404 as well, and says so in the body.
    if (code === 404 && !/bucket does not exist/i.test(message)) return null;
    throw error;
  } finally {
    clearTimeout(timer);
  }
  if (typeof generation !== 'string') throw new Error('the answer names no x-goog-generation');
  return { bytes: Buffer.concat(chunks), generation };
}
