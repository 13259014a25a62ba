import { continueAsNew, proxyActivities, sleep } from '@temporalio/workflow';
import type { noActivities } from './no-activities.ts';
import { NAP_MS, NIGHT_MS } from './sizes.ts';

const { noop } = proxyActivities<typeof noActivities>({ startToCloseTimeout: '1 minute' });

/**
 * What a clip's workflow is measured against: two activities that do nothing, one after the other,
 * then a timer. Naps and does it again `naps` times, then sleeps for long.
 */
export async function bare(naps = 0, loopsPerRun = 1): Promise<void> {
  for (let loop = 0; loop < loopsPerRun; loop++) {
    await noop();
    await noop();
    await sleep(loop < naps ? NAP_MS : NIGHT_MS);
  }
  await continueAsNew<typeof bare>(naps - loopsPerRun, loopsPerRun);
}
