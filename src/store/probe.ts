import { randomUUID } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Config } from '../config.ts';
import { bucketFolder, createBucket } from './bucket.ts';
import { gcsFailure, openBucket } from './gcs/client.ts';

const DAY_SECONDS = 24 * 60 * 60;

/**
 * Writes, reads and deletes an object, so that all rights are known to be there.
 * @throws Error with one sentence that says what to do
 */
export async function probeBucket(config: Config): Promise<string> {
  const key = `probe/${randomUUID()}.json`;
  const bucket = createBucket(config);
  await bucket.write(key, '{}', { contentType: 'application/json', cacheControl: 'no-store' });
  const found = await bucket.read(key);
  if (found?.body !== '{}')
    throw new Error(`${nameOf(config)} does not give back what was written`);
  await deleteObject(config, key);
  return `${nameOf(config)}: written, read and deleted`;
}

/**
 * What the bucket keeps of objects that were replaced or deleted, in words for a person; null where it
 * keeps nothing.
 * @throws Error with one sentence where it doesn't tell: using objects takes no right to look at the bucket
 */
export async function whatBucketKeeps(config: Config): Promise<string | null> {
  if (config.bucketName === null) return null;
  const [metadata] = await bucketOf(config)
    .getMetadata()
    .catch((error: unknown) => {
      if ((error as { code?: unknown }).code !== 403) throw gcsFailure(error, optionsOf(config));
      throw new Error(
        'not looked at: give the credentials the right storage.buckets.get on the bucket (role Storage Legacy Bucket Reader) to learn whether versioning or soft delete keep what is replaced',
        { cause: error },
      );
    });
  const seconds = Number(metadata.softDeletePolicy?.retentionDurationSeconds ?? 0);
  const kept = [
    ...(metadata.versioning?.enabled ? ['every version of each object (versioning)'] : []),
    ...(seconds > 0
      ? [`what was deleted, for ${Math.round(seconds / DAY_SECONDS)} days (soft delete)`]
      : []),
  ];
  return kept.length === 0 ? null : kept.join(' and ');
}

async function deleteObject(config: Config, key: string): Promise<void> {
  if (config.bucketName === null) {
    await rm(join(bucketFolder(config), key));
    return;
  }
  await bucketOf(config)
    .file(key)
    .delete()
    .catch((error: unknown) => {
      throw gcsFailure(error, optionsOf(config));
    });
}

const optionsOf = ({ bucketName, gcsApiEndpoint }: Config) => ({
  bucketName: bucketName ?? '',
  apiEndpoint: gcsApiEndpoint,
});

const bucketOf = (config: Config) => openBucket(optionsOf(config));

const nameOf = (config: Config): string =>
  config.bucketName === null ? bucketFolder(config) : `gs://${config.bucketName}`;
