import { type Bucket, Storage } from '@google-cloud/storage';
import { ApplicationFailure } from '@temporalio/common';
import { serviceFailed } from '../../errors.ts';
import {
  DEFAULT_LIMITS,
  type GcsError,
  isCredentialFault,
  type Limits,
  withAttempts,
} from './attempts.ts';

export interface GcsOptions {
  bucketName: string;
  /** Of another storage API, such as `http://localhost:4443`; null or absent: Google's. */
  apiEndpoint?: string | null;
  /** For tests; see DEFAULT_LIMITS. */
  limits?: Limits;
}

/** The rights that reading, writing and replacing objects takes; replacing one counts as deleting it. */
const PERMISSIONS = ['create', 'get', 'list', 'delete'].map((verb) => `storage.objects.${verb}`);

/**
 * The library's bucket. Against Google it finds Application Default Credentials; another endpoint gets no
 * login and no look-up of one.
 */
export function openBucket({ bucketName, apiEndpoint, limits }: GcsOptions): Bucket {
  const storage = new Storage({
    retryOptions: { autoRetry: false, maxRetries: 0 },
    timeout: (limits ?? DEFAULT_LIMITS).requestMs,
    // The option and never STORAGE_EMULATOR_HOST: with that the library builds wrong paths.
    ...(apiEndpoint ? { apiEndpoint, useAuthWithCustomEndpoint: isGoogles(apiEndpoint) } : {}),
  });
  return storage.bucket(bucketName);
}

/**
 * Sees at start-up that the bucket is there and that we may use it.
 * @throws ServiceFailed with one sentence that says what to do
 */
export async function checkGcsBucket(options: GcsOptions): Promise<void> {
  const bucket = openBucket(options);
  const limits = options.limits ?? DEFAULT_LIMITS;
  try {
    await withAttempts(limits, () => bucket.getFiles({ maxResults: 1, autoPaginate: false }));
    const [granted] = await withAttempts(limits, () =>
      bucket.iam.testPermissions(PERMISSIONS),
    ).catch(
      // Emulators don't offer this call.
      (error: unknown) => {
        if ([400, 404, 405, 501].includes(Number((error as GcsError).code))) return [null];
        throw error;
      },
    );
    const missing = PERMISSIONS.filter((name) => granted?.[name] === false);
    if (missing.length > 0) throw serviceFailed(`${forbidden(options)} (${missing.join(', ')})`);
  } catch (error) {
    throw gcsFailure(error, options);
  }
}

/** Any error of the library as a ServiceFailed of one sentence; `verb` is `read` or `write`. */
export function gcsFailure(error: unknown, options: GcsOptions): ApplicationFailure {
  if (error instanceof ApplicationFailure) return error;
  const { code, message } = error as GcsError;
  const status = Number(code);
  const where = options.apiEndpoint || 'Google Cloud Storage';
  if (status === 404) {
    return serviceFailed(
      `bucket ${options.bucketName} is not there: create it or correct BUCKET_NAME`,
    );
  }
  if (status === 403) return serviceFailed(forbidden(options));
  if (status === 401 || isCredentialFault(error as Error)) {
    return serviceFailed(
      `${where} does not accept the credentials: ` +
        'set GOOGLE_APPLICATION_CREDENTIALS to the key file of a service account',
    );
  }
  if (Number.isInteger(status)) return serviceFailed(`${where} fails with status ${status}`);
  if (/timeout|aborted|terminated/i.test(message))
    return serviceFailed(`${where} did not answer in time`);
  // `request to https://…?… failed, reason: connect ECONNREFUSED 127.0.0.1:1`, or several lines.
  const reason = /reason: (.*)$/m.exec(message)?.[1] ?? String(code ?? message.split('\n')[0]);
  return serviceFailed(
    `${where} cannot be reached: ${reason.replace(/\?\S*/, '')} ` +
      `(check ${options.apiEndpoint ? 'GCS_API_ENDPOINT' : 'the network'})`,
  );
}

const forbidden = ({ bucketName }: GcsOptions): string =>
  `the credentials may not use bucket ${bucketName}: give them the role Storage Object User on it`;

const isGoogles = (endpoint: string): boolean =>
  URL.canParse(endpoint) && /(^|\.)googleapis\.com$/.test(new URL(endpoint).hostname);
