import { createRequire } from 'node:module';
import type * as GoogleStorage from '@google-cloud/storage';
import type { Bucket } from '@google-cloud/storage';
import { serviceFailed } from '../../errors.ts';
import type { GcsError } from './answer.ts';
import { DEFAULT_LIMITS, type TimeLimits, withAttempts } from './attempts.ts';
import { accessDenied, gcsFailure } from './failure.ts';

const require = createRequire(import.meta.url);

export interface GcsOptions {
  bucketName: string;
  /** The URL of a storage API, such as `http://localhost:4443`. Null or absent: Google's API. */
  apiEndpoint?: string | null;
  /** For tests. Absent: DEFAULT_LIMITS. */
  limits?: TimeLimits;
}

/**
 * The permissions that Everclip needs. Replacing an object needs both `create` and `delete`:
 * https://cloud.google.com/storage/docs/access-control/iam-json
 */
const PERMISSIONS = [
  'storage.objects.create',
  'storage.objects.get',
  'storage.objects.list',
  'storage.objects.delete',
];

/** The HTTP statuses that storage emulators return if they do not implement `testPermissions`. */
const UNIMPLEMENTED_STATUSES = [400, 404, 405, 501];

/**
 * Returns the library's object for the bucket, without sending a request.
 *
 * For Google's API, the library looks for Application Default Credentials. No credentials are sent to any
 * other endpoint.
 */
export function openBucket({ bucketName, apiEndpoint, limits }: GcsOptions): Bucket {
  // A program whose bucket is a folder does not load the library, which takes 0.4 s of CPU time.
  const { Storage } = require('@google-cloud/storage') as typeof GoogleStorage;
  const storage = new Storage({
    retryOptions: { autoRetry: false, maxRetries: 0 },
    timeout: (limits ?? DEFAULT_LIMITS).requestMs,
    // Don't use STORAGE_EMULATOR_HOST instead, because the library then builds wrong paths.
    ...(apiEndpoint ? { apiEndpoint, useAuthWithCustomEndpoint: isGoogle(apiEndpoint) } : {}),
  });
  return storage.bucket(bucketName);
}

/**
 * Checks that the bucket exists and that the credentials have all permissions that Everclip needs.
 * @throws ServiceFailed with one sentence that says what to do
 */
export async function checkGcsBucket(options: GcsOptions): Promise<void> {
  const bucket = openBucket(options);
  const limits = options.limits ?? DEFAULT_LIMITS;
  try {
    await withAttempts(limits, () => bucket.getFiles({ maxResults: 1, autoPaginate: false }));
    const granted = await withAttempts(limits, () => grantedPermissions(bucket));
    const missing = PERMISSIONS.filter((name) => granted?.[name] === false);
    if (missing.length > 0) {
      throw serviceFailed(`${accessDenied(options.bucketName)} (missing: ${missing.join(', ')})`);
    }
  } catch (error) {
    throw gcsFailure(error, options);
  }
}

/** Returns which permissions the credentials have, or null if the server can't tell. */
async function grantedPermissions(bucket: Bucket): Promise<Record<string, boolean> | null> {
  try {
    const [granted] = await bucket.iam.testPermissions(PERMISSIONS);
    return granted;
  } catch (error) {
    if (UNIMPLEMENTED_STATUSES.includes(Number((error as GcsError).code))) return null;
    throw error;
  }
}

function isGoogle(endpoint: string): boolean {
  return URL.canParse(endpoint) && /(^|\.)googleapis\.com$/.test(new URL(endpoint).hostname);
}
