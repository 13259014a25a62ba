import type { Config } from '../config.ts';
import { messageOf } from '../errors.ts';
import { checkBucket } from '../store/bucket.ts';
import {
  countHeldRecords,
  readBucketSettings,
  type BucketSettings,
} from '../store/bucket-settings.ts';
import { probeBucket } from '../store/probe.ts';
import { runCheck, type Finding } from './finding.ts';

/**
 * Checks that objects can be written, replaced, read and deleted, what the bucket keeps, and who can read it.
 *
 * The settings are read before anything is written. Under a retention policy or a hold, the probe's object could not be
 * deleted again.
 */
export async function bucketFindings(config: Config): Promise<Finding[]> {
  const access = await runCheck('bucket', async () => {
    await checkBucket(config);
    return '';
  });
  if (access.state === 'fault') return [access];
  const settings = await readBucketSettings(config).catch((error: unknown) => messageOf(error));
  const obstacle = typeof settings === 'string' ? null : findObstacle(settings, config.bucketName);
  if (obstacle !== null) {
    return [{ check: 'bucket', state: 'fault', says: `${obstacle}. Nothing was written` }];
  }
  const probe = await runCheck('bucket', () => probeBucket(config));
  if (probe.state === 'fault') return [probe];
  const findings = typeof settings === 'string' ? [] : publicAccessFindings(settings);
  return [probe, await holdFindings(config), deletionFinding(settings), findings].flat();
}

const DAY_SECONDS = 24 * 60 * 60;

/** Returns why Everclip could not replace records in this bucket, and what to do, or null if nothing prevents it. */
function findObstacle(settings: BucketSettings | null, name: string | null): string | null {
  if (settings === null) return null;
  if (settings.retentionSeconds > 0) {
    const days = describeDays(settings.retentionSeconds);
    const remedy = settings.isRetentionLocked
      ? 'the policy is locked, so use another bucket'
      : `remove the policy (gcloud storage buckets update gs://${name} --clear-retention-period), or use another bucket`;
    return `the retention policy of bucket ${name} keeps each object for ${days}, so Everclip could not replace records: ${remedy}`;
  }
  if (settings.holdsNewObjects) {
    return `bucket ${name} puts each new object under an event-based hold, so Everclip could not replace records: turn the hold off (gcloud storage buckets update gs://${name} --no-default-event-based-hold)`;
  }
  return null;
}

async function holdFindings(config: Config): Promise<Finding[]> {
  const check = 'holds';
  try {
    const count = await countHeldRecords(config);
    if (count === 0) return [];
    return [
      {
        check,
        state: 'warning',
        says: `at least ${count} records are under a hold or a retention of their own, so their links cannot be refreshed: release the holds`,
      },
    ];
  } catch (error) {
    return [{ check, state: 'warning', says: messageOf(error) }];
  }
}

/**
 * If the bucket keeps replaced objects, they cost money, but Everclip can still run. So the worst result is a warning.
 */
function deletionFinding(settings: BucketSettings | string | null): Finding {
  const check = 'deletion';
  if (typeof settings === 'string') return { check, state: 'warning', says: settings };
  const kept: string[] = [];
  if (settings?.keepsVersions) kept.push('every version of each object (versioning)');
  if (settings !== null && settings.softDeleteSeconds > 0) {
    kept.push(`deleted objects for ${describeDays(settings.softDeleteSeconds)} (soft delete)`);
  }
  if (kept.length === 0) return { check, state: 'ok', says: 'deleted objects are not kept' };
  return {
    check,
    state: 'warning',
    says: `the bucket keeps ${kept.join(' and ')}, so you also pay for the old copy of each record that a refresh replaces: turn off versioning or soft delete to avoid the cost`,
  };
}

/** A private archive is a valid choice, so prevented public access is not a warning. */
function publicAccessFindings(settings: BucketSettings | null): Finding[] {
  if (!settings?.preventsPublicAccess) return [];
  return [
    {
      check: 'public access',
      state: 'ok',
      says: 'public access prevention is on: only accounts with permission can read records, so web pages need a server in between',
    },
  ];
}

/** Formats a duration in days, or in seconds if the duration is shorter than a day. */
function describeDays(seconds: number): string {
  return seconds < DAY_SECONDS ? `${seconds} s` : `${Math.round(seconds / DAY_SECONDS)} days`;
}
