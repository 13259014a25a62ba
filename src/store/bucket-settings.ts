import type { BucketMetadata } from '@google-cloud/storage';
import type { Config } from '../config.ts';
import { readAnswer } from './gcs/answer.ts';
import { openBucket } from './gcs/client.ts';
import { gcsFailure } from './gcs/failure.ts';
import { causeOf } from './gcs/reasons.ts';

/**
 * The settings of a bucket that decide whether Everclip can replace records, what replaced records cost, and who can
 * read records: https://cloud.google.com/storage/docs/json_api/v1/buckets#resource
 */
export interface BucketSettings {
  /** How long each object is kept from being replaced, in seconds; 0 without a retention policy. */
  retentionSeconds: number;
  /** True if the retention policy can never be removed. */
  isRetentionLocked: boolean;
  /** True if each new object is under a hold until somebody releases the hold. */
  holdsNewObjects: boolean;
  /** True if the bucket keeps every version of each object. */
  keepsVersions: boolean;
  /** How long deleted and replaced objects are kept, in seconds; 0 without soft delete. */
  softDeleteSeconds: number;
  /** True if the bucket can't be made public. */
  preventsPublicAccess: boolean;
}

/**
 * Reads the settings of the bucket in BUCKET_NAME. Returns null for a folder, which has no such settings. Writes
 * nothing.
 * @throws Error with one sentence. To read the settings, Everclip needs a permission that it does not need for objects
 */
export async function readBucketSettings(config: Config): Promise<BucketSettings | null> {
  if (config.bucketName === null) return null;
  const options = { bucketName: config.bucketName, apiEndpoint: config.gcsApiEndpoint };
  try {
    const [metadata] = await openBucket(options).getMetadata();
    return toSettings(metadata);
  } catch (error) {
    if (causeOf(readAnswer(error)) !== 'permission') throw gcsFailure(error, options);
    throw new Error(
      'retention policy, holds, versioning and soft delete not checked: give the service account the permission storage.buckets.get on the bucket (role Storage Legacy Bucket Reader)',
      { cause: error },
    );
  }
}

function toSettings({
  retentionPolicy,
  defaultEventBasedHold,
  versioning,
  softDeletePolicy,
  iamConfiguration,
}: BucketMetadata): BucketSettings {
  return {
    retentionSeconds: Number(retentionPolicy?.retentionPeriod ?? 0),
    isRetentionLocked: retentionPolicy?.isLocked === true,
    holdsNewObjects: defaultEventBasedHold === true,
    keepsVersions: versioning?.enabled === true,
    softDeleteSeconds: Number(softDeletePolicy?.retentionDurationSeconds ?? 0),
    preventsPublicAccess: iamConfiguration?.publicAccessPrevention === 'enforced',
  };
}

/** The number of records whose holds are read. A server returns at most 1,000 objects in one response. */
const MAX_LISTED_RECORDS = 1000;

/** The objects in a list, with only the fields that Everclip asks for. */
interface ListedObjects {
  items?: { temporaryHold?: boolean; eventBasedHold?: boolean; retention?: object }[];
}

/**
 * Counts the records that can't be replaced, because they are under a hold or have a retention of their own. Reads only
 * the first MAX_LISTED_RECORDS records. Writes nothing.
 * @throws Error with one sentence
 */
export async function countHeldRecords(config: Config): Promise<number> {
  if (config.bucketName === null) return 0;
  const options = { bucketName: config.bucketName, apiEndpoint: config.gcsApiEndpoint };
  try {
    const [, , response] = await openBucket(options).getFiles({
      prefix: 'messages/',
      maxResults: MAX_LISTED_RECORDS,
      autoPaginate: false,
      // The library needs the names.
      fields: 'items(name,temporaryHold,eventBasedHold,retention)',
    });
    const { items = [] } = response as ListedObjects;
    return items.filter(
      ({ temporaryHold, eventBasedHold, retention }) =>
        temporaryHold === true || eventBasedHold === true || retention !== undefined,
    ).length;
  } catch (error) {
    throw gcsFailure(error, options);
  }
}
