import type { Config } from '../config.ts';
import { checkBucket } from '../store/bucket.ts';
import { probeBucket, whatBucketKeeps } from '../store/probe-bucket.ts';
import { findingOf, type Finding } from './finding.ts';

/** May we write, read and delete, and does the bucket keep what people had deleted? */
export async function checkBucketWell(config: Config): Promise<Finding[]> {
  const probe = await findingOf('bucket', async () => {
    await checkBucket(config);
    return await probeBucket(config);
  });
  if (probe.state === 'fault') return [probe];
  const kept = await whatBucketKeeps(config);
  return [
    probe,
    kept === null
      ? { check: 'deletion', state: 'ok', says: 'what is deleted is gone' }
      : {
          check: 'deletion',
          state: 'warning',
          says: `the bucket keeps ${kept}: every refresh replaces an object, so turn it off unless you want to pay for it`,
        },
  ];
}
