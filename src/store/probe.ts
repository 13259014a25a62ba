import { randomUUID } from 'node:crypto';
import { rm, rmdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Config } from '../config.ts';
import { bucketFolder, bucketLocation, createBucket } from './bucket.ts';
import { gcsFailure, openBucket, type GcsOptions } from './gcs/client.ts';

const DAY_SECONDS = 24 * 60 * 60;

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
 * Describes which replaced or deleted objects the bucket keeps, or returns null if it keeps none.
 * @throws Error with one sentence if the bucket's settings can't be read. To read the settings, Everclip needs a
 * permission that it does not need for objects
 */
export async function describeRetention(config: Config): Promise<string | null> {
  if (config.bucketName === null) return null;
  const options = gcsOptions(config);
  const [metadata] = await openBucket(options)
    .getMetadata()
    .catch((error: unknown) => {
      if ((error as { code?: unknown }).code !== 403) throw gcsFailure(error, options);
      throw new Error(
        'versioning and soft delete not checked: give the service account the permission storage.buckets.get on the bucket (role Storage Legacy Bucket Reader)',
        { cause: error },
      );
    });
  const seconds = Number(metadata.softDeletePolicy?.retentionDurationSeconds ?? 0);
  const kept: string[] = [];
  if (metadata.versioning?.enabled) kept.push('every version of each object (versioning)');
  if (seconds > 0) {
    kept.push(`deleted objects for ${Math.round(seconds / DAY_SECONDS)} days (soft delete)`);
  }
  return kept.length === 0 ? null : kept.join(' and ');
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
  const options = gcsOptions(config);
  try {
    await openBucket(options).file(key).delete();
  } catch (error) {
    throw gcsFailure(error, options);
  }
}

function gcsOptions({ bucketName, gcsApiEndpoint }: Config): GcsOptions {
  return { bucketName: bucketName ?? '', apiEndpoint: gcsApiEndpoint };
}
