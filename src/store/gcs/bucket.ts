import type { Bucket } from '@google-cloud/storage';
import type { BucketPort, WriteCondition } from '../../activities/ports.ts';
import { MAX_OBJECT_BYTES } from '../max-object-bytes.ts';
import { requireValidKey, requireValidPrefix } from '../object-key.ts';
import { isApiError, isPage, readAnswer, type GcsError } from './answer.ts';
import { DEFAULT_LIMITS, withAttempts } from './attempts.ts';
import { type GcsOptions, openBucket } from './client.ts';
import { gcsFailure } from './failure.ts';
import { listObjects, versionOf } from './list-objects.ts';
import { causeOf } from './reasons.ts';

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

  async function readStored(key: string): Promise<StoredBytes | null> {
    requireValidKey(key);
    return retrying(() => download(bucket, key, limits.requestMs));
  }

  return {
    read: async (key) => {
      const found = await readStored(key);
      if (found === null) return null;
      const { bytes, generation } = found;
      return { body: bytes?.toString('utf8') ?? '', generation, version: versionOf(generation) };
    },

    readBytes: async (key) => {
      const found = await readStored(key);
      return found && { bytes: found.bytes ?? Buffer.alloc(0), generation: found.generation };
    },

    list: (prefix) => listObjects(bucket, requireValidPrefix(prefix), retrying),

    exists: async (key) => {
      const file = bucket.file(requireValidKey(key));
      return retrying(() => unlessMissing(false, () => file.getMetadata().then(() => true)));
    },

    delete: async (key) => {
      const file = bucket.file(requireValidKey(key));
      await retrying(() => unlessMissing(null, () => file.delete()));
    },

    write: async (key, body, { contentType, cacheControl, condition }) => {
      requireValidKey(key);
      const bytes = typeof body === 'string' ? Buffer.from(body) : body;
      return retrying(async (attempt) => {
        const file = bucket.file(key);
        try {
          await file.save(Buffer.from(bytes), {
            resumable: false,
            validation: 'crc32c',
            metadata: { contentType, cacheControl },
            ...(condition === undefined
              ? {}
              : { preconditionOpts: { ifGenerationMatch: generationNumber(condition) } }),
          });
          return versionOf(file.metadata.generation);
        } catch (error) {
          if (condition === undefined || readAnswer(error).status !== 412) throw error;
          return findOwnWrite(error, attempt, condition, bytes, () =>
            download(bucket, key, limits.requestMs),
          );
        }
      });
    },
  };
}

/**
 * Decides what a 412 to a conditional write means. Returns the object's generation if an earlier attempt has written the
 * object, even though its response was lost: the condition of this attempt then fails, but the write is done. Returns
 * null if another writer won.
 *
 * Emulators give a 412 no reason. So without a reason, the condition is checked again. Otherwise, a 412 that has
 * another cause would look like a lost race, and the caller would try again at once, without an end.
 * @throws the error of the write if the 412 has another cause, such as an organization policy
 */
async function findOwnWrite(
  error: unknown,
  attempt: number,
  condition: WriteCondition,
  bytes: Uint8Array,
  readStored: () => Promise<StoredBytes | null>,
): Promise<string | null> {
  const answer = readAnswer(error);
  const cause = causeOf(answer);
  if (cause !== 'condition' && (cause !== null || answer.reason !== null)) throw error;
  if (cause === 'condition' && attempt === 1) return null;
  const stored = await readStored();
  if (attempt > 1 && stored?.bytes?.equals(bytes)) return stored.generation;
  if (cause !== 'condition' && isConditionMet(condition, stored)) throw error;
  return null;
}

function isConditionMet(condition: WriteCondition, stored: StoredBytes | null): boolean {
  return condition === 'absent' ? stored === null : stored?.generation === condition.generation;
}

/**
 * Returns the generation in the API's format. 0 means that the object must not exist.
 *
 * Generations are microseconds since 1970, so they are safe integers until 2255.
 */
function generationNumber(condition: WriteCondition): number {
  return condition === 'absent' ? 0 : Number(condition.generation);
}

/** An object's bytes and generation. The bytes are null if there are more than MAX_OBJECT_BYTES. */
interface StoredBytes {
  bytes: Buffer | null;
  generation: string;
}

/**
 * Returns the object, or null if the object does not exist.
 *
 * The bytes and the generation come from one response. Separate requests could see different generations.
 */
async function download(
  bucket: Bucket,
  key: string,
  timeoutMs: number,
): Promise<StoredBytes | null> {
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
    if (isMissingObject(error)) return null;
    throw error;
  } finally {
    clearTimeout(timer);
  }
  if (typeof generation !== 'string') {
    throw new Error('the response has no header x-goog-generation');
  }
  return { bytes: size > MAX_OBJECT_BYTES ? null : Buffer.concat(chunks), generation };
}

/**
 * Returns the result of `run`, or `absent` if the server says that the object does not exist.
 * @throws any other error of `run`
 */
async function unlessMissing<T, Absent>(
  absent: Absent,
  run: () => Promise<T>,
): Promise<T | Absent> {
  try {
    return await run();
  } catch (error) {
    // The library hides the body of a proxy if its content type is JSON. Only the server itself gives a reason, or at
    // least an error body: compatible servers may leave out the reason.
    const { reason } = readAnswer(error);
    const isFromServer = reason === 'notFound' || (reason === null && isApiError(error));
    if (isMissingObject(error) && isFromServer) return absent;
    throw error;
  }
}

/**
 * True if the server says that the object does not exist. A missing bucket and a wrong proxy also return 404. Only the
 * response's body distinguishes them from a missing object.
 */
function isMissingObject(error: unknown): boolean {
  const { code, message } = error as GcsError;
  return code === 404 && !/bucket does not exist/i.test(message) && !isPage(message);
}
