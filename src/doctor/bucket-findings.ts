import type { Config } from '../config.ts';
import { messageOf } from '../errors.ts';
import { checkBucket } from '../store/bucket.ts';
import { describeRetention, probeBucket } from '../store/probe.ts';
import { runCheck, type Finding } from './finding.ts';

/**
 * Checks that objects can be written, read and deleted, and that the bucket does not keep objects that were replaced or
 * deleted.
 */
export async function bucketFindings(config: Config): Promise<Finding[]> {
  const probe = await runCheck('bucket', async () => {
    await checkBucket(config);
    return await probeBucket(config);
  });
  if (probe.state === 'fault') return [probe];
  return [probe, await deletionFinding(config)];
}

/**
 * If the bucket keeps replaced objects, they cost money, but Everclip can still run. So the worst result is a warning.
 */
async function deletionFinding(config: Config): Promise<Finding> {
  const check = 'deletion';
  try {
    const kept = await describeRetention(config);
    if (kept === null) return { check, state: 'ok', says: 'deleted objects are not kept' };
    return {
      check,
      state: 'warning',
      says: `the bucket keeps ${kept}, so you also pay for the old copy of each record that a refresh replaces: turn off versioning or soft delete to avoid the cost`,
    };
  } catch (error) {
    return { check, state: 'warning', says: messageOf(error) };
  }
}
