import { createHash } from 'node:crypto';
import type { Context } from 'hono';
import { messageOf } from '../../errors.ts';
import { sniffImage } from '../../media/sniff.ts';
import { KEEP_A_WEEK, REVALIDATE } from '../http/headers.ts';
import { sendTagged } from '../http/respond.ts';
import type { LibraryParts } from '../ports.ts';
import { BucketUnavailable } from '../support/bucket-unavailable.ts';
import { withDeadline } from '../support/deadline.ts';

/** How long the bucket may take, in milliseconds. */
const MAX_READ_MS = 10_000;

/** Records contain this many hexadecimal digits of the SHA-256 of a picture's bytes. */
const HASH_DIGITS = 16;

/** Returns the version of a picture, as addresses of pictures contain it, or null if it has none. */
type VersionOf = (bytes: Uint8Array) => string | null;

/** The version of a clip's pictures. A stale version in the catalog never makes a browser keep the wrong bytes. */
export function hashOfBytes(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex').slice(0, HASH_DIGITS);
}

/**
 * Sends a picture of the bucket, or returns null if there is no such picture. The type is what the bytes are. Anything
 * that is not a picture is not sent, because anybody with access to the bucket can write an object.
 * @throws BucketUnavailable
 */
export async function sendPicture(
  c: Context,
  { key, bucket, versionOf }: { key: string; bucket: LibraryParts['bucket']; versionOf: VersionOf },
): Promise<Response | null> {
  const stored = await withDeadline(MAX_READ_MS, () => bucket.readBytes(key)).catch(
    (error: unknown) => {
      throw new BucketUnavailable(messageOf(error), { cause: error });
    },
  );
  if (stored === null) return null;
  const bytes = new Uint8Array(stored.bytes);
  const type = sniffImage(bytes);
  if (type === null) return null;
  const version = c.req.query('v');
  const isCurrent = version !== undefined && version === versionOf(bytes);
  const cacheControl = isCurrent ? KEEP_A_WEEK : REVALIDATE;
  return sendTagged(c, bytes, { contentType: type.contentType, cacheControl });
}
