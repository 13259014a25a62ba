import type { Bucket } from '@google-cloud/storage';
import type { BucketPort, WriteCondition } from '../../activities/ports.ts';
import { MAX_OBJECT_BYTES } from '../max-object-bytes.ts';
import { requireValidKey } from '../object-key.ts';
import { DEFAULT_LIMITS, type GcsError, withAttempts } from './attempts.ts';
import { gcsFailure, type GcsOptions, openBucket } from './client.ts';

/**
 * A bucket in Google Cloud Storage, or on another server with the same JSON API.
 *
 * Methods throw ServiceFailed within `limits.totalMs`, and a plain Error for an invalid key.
 */
export function createGcsBucket(options: GcsOptions): BucketPort {
  const bucket = openBucket(options);
  const limits = options.limits ?? DEFAULT_LIMITS;

  async function retrying<T>(run: (attempt: number) => Promise<T>): Promise<T> {
    try {
      return await withAttempts(limits, run);
    } catch (error) {
      throw gcsFailure(error, options);
    }
  }

  return {
    read: async (key) => {
      requireValidKey(key);
      const found = await retrying(() => download(bucket, key, limits.requestMs));
      return found && { body: found.bytes?.toString('utf8') ?? '', generation: found.generation };
    },

    write: async (key, body, { contentType, cacheControl, condition }) => {
      requireValidKey(key);
      const bytes = typeof body === 'string' ? Buffer.from(body) : body;
      return retrying(async (attempt) => {
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
          if (attempt === 1) return false;
          // An earlier attempt may have written the object even if its response was lost. The condition of
          // this attempt then fails, but the write is done.
          const stored = await download(bucket, key, limits.requestMs);
          return stored?.bytes?.equals(bytes) === true;
        }
      });
    },
  };
}

/**
 * Returns the generation in the API's format. 0 means that the object must not exist.
 *
 * Generations are microseconds since 1970, so they are safe integers until 2255.
 */
function generationNumber(condition: WriteCondition): number {
  return condition === 'absent' ? 0 : Number(condition.generation);
}

/**
 * Returns an object's bytes and generation, or null if the object does not exist. The bytes are null if there are more
 * than MAX_OBJECT_BYTES.
 *
 * The bytes and the generation come from one response. Separate requests could see different generations.
 */
async function download(
  bucket: Bucket,
  key: string,
  timeoutMs: number,
): Promise<{ bytes: Buffer | null; generation: string } | null> {
  const stream = bucket.file(key).createReadStream({ validation: 'crc32c' });
  let generation: unknown;
  stream.on('response', (response: { headers: Record<string, unknown> }) => {
    generation = response.headers['x-goog-generation'];
  });
  // The library's own timeout covers only the headers. A stalled body would hold its connection forever.
  const timer = setTimeout(() => stream.destroy(new Error('timeout')), timeoutMs);
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of stream as AsyncIterable<Buffer>) {
      size += chunk.length;
      // Leaving the loop ends the request.
      if (size > MAX_OBJECT_BYTES) break;
      chunks.push(chunk);
    }
  } catch (error) {
    const { code, message } = error as GcsError;
    // A missing bucket also returns 404. Only the response's body distinguishes a missing bucket from a missing object.
    if (code === 404 && !/bucket does not exist/i.test(message)) return null;
    throw error;
  } finally {
    clearTimeout(timer);
  }
  if (typeof generation !== 'string') {
    throw new Error('the response has no header x-goog-generation');
  }
  return { bytes: size > MAX_OBJECT_BYTES ? null : Buffer.concat(chunks), generation };
}
