import type { Config } from '../config.ts';
import { checkBucket } from '../store/bucket.ts';
import { probeBucket, whatBucketKeeps } from '../store/probe.ts';
import { findingOf, sentenceOf, type Finding } from './finding.ts';

/** May we write, read and delete, and does the bucket keep what people had deleted? */
export async function checkBucketWell(config: Config): Promise<Finding[]> {
  const probe = await findingOf('bucket', async () => {
    await checkBucket(config);
    return await probeBucket(config);
  });
  if (probe.state === 'fault') return [probe];
  return [probe, await deletion(config)];
}

/** A warning at most: what the bucket keeps costs money, and keeps nothing from working. */
async function deletion(config: Config): Promise<Finding> {
  const check = 'deletion';
  const { kept, fault } = await whatBucketKeeps(config).then(
    (words) => ({ kept: words, fault: null }),
    (error: unknown) => ({ kept: null, fault: sentenceOf(error) }),
  );
  if (fault !== null) return { check, state: 'warning', says: fault };
  return kept === null
    ? { check, state: 'ok', says: 'what is deleted is gone' }
    : {
        check,
        state: 'warning',
        says: `the bucket keeps ${kept}: every refresh replaces an object, so turn it off unless you want to pay for it`,
      };
}
