import { join } from 'node:path';
import type { BucketPort } from '../activities/ports.ts';
import type { Config } from '../config.ts';
import { createFolderBucket } from './folder/bucket.ts';
import { createGcsBucket } from './gcs/bucket.ts';
import { checkGcsBucket } from './gcs/client.ts';

/** The bucket that the settings name, which is in Google Cloud Storage or in a folder with the same layout. */
export function createBucket(config: Config): BucketPort {
  return config.bucketName === null
    ? createFolderBucket(bucketFolder(config))
    : createGcsBucket({ bucketName: config.bucketName, apiEndpoint: config.gcsApiEndpoint });
}

/** The folder that holds the objects if BUCKET_NAME is not set. */
export function bucketFolder({ dataDir }: Pick<Config, 'dataDir'>): string {
  return join(dataDir, 'bucket');
}

/** Returns where the bucket is, in a form for people, such as `gs://clips` or the path of a folder. */
export function bucketLocation(config: Pick<Config, 'bucketName' | 'dataDir'>): string {
  return config.bucketName === null ? bucketFolder(config) : `gs://${config.bucketName}`;
}

/**
 * Checks before startup that the bucket in BUCKET_NAME can be used. A folder needs no check.
 * @throws Error with one sentence that says what to do
 */
export async function checkBucket({ bucketName, gcsApiEndpoint }: Config): Promise<void> {
  if (bucketName !== null) await checkGcsBucket({ bucketName, apiEndpoint: gcsApiEndpoint });
}
