import { randomUUID } from 'node:crypto';
import { rm, rmdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Config } from '../config.ts';
import { bucketFolder, bucketLocation, createBucket } from './bucket.ts';
import { openBucket } from './gcs/client.ts';
import { gcsFailure } from './gcs/failure.ts';

/**
 * Writes, reads and deletes an object, which proves that all needed permissions are granted.
 * @throws Error with one sentence that says what to do
 */
export async function probeBucket(config: Config): Promise<string> {
  const location = bucketLocation(config);
  const key = `probe/${randomUUID()}.json`;
  const bucket = createBucket(config);
  await bucket.write(key, '{}', { contentType: 'application/json', cacheControl: 'no-store' });
  const found = await bucket.read(key);
  if (found?.body !== '{}') {
    throw new Error(
      `${location} did not return the object that was just written: check the storage server`,
    );
  }
  await deleteObject(config, key);
  return `wrote, read and deleted an object in ${location}`;
}

/**
 * Deletes the probe's object. BucketPort has no method to delete objects, because Everclip deletes no object except the
 * probe's.
 */
async function deleteObject(config: Config, key: string): Promise<void> {
  if (config.bucketName === null) {
    const file = join(bucketFolder(config), key);
    await rm(file);
    // The folder is not empty if another program probes the bucket at the same time.
    await rmdir(dirname(file)).catch(() => undefined);
    return;
  }
  const options = { bucketName: config.bucketName, apiEndpoint: config.gcsApiEndpoint };
  try {
    await openBucket(options).file(key).delete();
  } catch (error) {
    throw gcsFailure(error, options);
  }
}
