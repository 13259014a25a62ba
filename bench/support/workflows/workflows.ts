// The workflows that the benchmarks run, which are our workflows and the bare workflow.
import { continueAsNew, proxyActivities, sleep } from '@temporalio/workflow';
import { NAP_MS, NIGHT_MS } from '../rig/durations.ts';
import type { bareActivities } from '../rig/rig.ts';

export * from '../../../src/workflows/index.ts';

const { noop } = proxyActivities<typeof bareActivities>({ startToCloseTimeout: '1 minute' });

/**
 * The bare workflow, with which a clip's workflow is compared. It runs two activities that do nothing, one after the
 * other, and then a timer. The first `naps` timers are short. After each of them, the workflow repeats all three steps.
 * The last timer is long.
 */
export async function bare(naps = 0, loopsPerRun = 1): Promise<void> {
  for (let loop = 0; loop < loopsPerRun; loop++) {
    await noop();
    await noop();
    await sleep(loop < naps ? NAP_MS : NIGHT_MS);
  }
  await continueAsNew<typeof bare>(naps - loopsPerRun, loopsPerRun);
}
