import { join } from 'node:path';
import type { BucketPort } from '../activities/ports.ts';
import type { Config } from '../config.ts';
import { createFolderBucket } from './folder/bucket.ts';
import { checkGcsBucket, createGcsBucket } from './gcs/bucket.ts';

/** The bucket that the settings name: Google Cloud Storage, or a folder of the same layout. */
export const createBucket = (config: Config): BucketPort =>
  config.bucketName === null
    ? createFolderBucket(bucketFolder(config))
    : createGcsBucket({ bucketName: config.bucketName, apiEndpoint: config.gcsApiEndpoint });

/** Where the embedded default keeps its objects. */
export const bucketFolder = ({ dataDir }: Pick<Config, 'dataDir'>): string =>
  join(dataDir, 'bucket');

/**
 * Makes sure, before anything starts, that a named bucket is there.
 * @throws Error with one sentence that says what to do
 */
export async function checkBucket({ bucketName, gcsApiEndpoint }: Config): Promise<void> {
  if (bucketName !== null) await checkGcsBucket({ bucketName, apiEndpoint: gcsApiEndpoint });
}
