import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { WorkflowHandle } from '@temporalio/client';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { clipWorkflowId } from '../../src/clip/names.ts';
import { startClip } from '../../src/start-clip.ts';
import type { tidyUserData } from '../../src/workflows/forget/tidy.ts';
import { fakeActivities } from '../support/fake-activities.ts';
import { aPostedClip } from '../support/histories/a-posted-clip.ts';
import { startTemporal, withWorkers } from '../support/temporal.ts';
import { until } from '../support/wait.ts';

/** Five frames without the SDK's own. */
const MAX_LINES = 4;

describe('the call stacks that the Web UI shows', { concurrency: 2 }, () => {
  let environment: TestWorkflowEnvironment;
  before(async () => {
    environment = await startTemporal();
  });
  after(() => environment.teardown());

  const readStacks = async (handle: WorkflowHandle, place: string) =>
    await until(`a wait in ${place}`, async () => {
      const text = await handle.query<string>('__stack_trace');
      return text.includes(place) ? text.trim().split('\n\n') : null;
    });

  test('the call stacks of a sleeping clip are short, but name the place at which the clip waits', async () => {
    const { client } = environment;
    await withWorkers(environment, fakeActivities().activities, async (taskQueue) => {
      const clip = aPostedClip();
      await startClip(client, clip, { source: 'live', taskQueue });
      const handle = client.workflow.getHandle(clipWorkflowId(clip));
      const stacks = await readStacks(handle, 'sleepUntilDue');
      for (const stack of stacks) assert.ok(stack.split('\n').length <= MAX_LINES, stack);
      await handle.terminate();
    });
  });

  test('the call stacks of a wait with a time limit are all places in code', async () => {
    await withWorkers(environment, fakeActivities().activities, async (taskQueue) => {
      const handle = await environment.client.workflow.start<typeof tidyUserData>('tidyUserData', {
        taskQueue,
        workflowId: `tidy-${taskQueue}`,
        args: [{ waiting: ['someone'], waitMs: 3_600_000 }],
      });
      const stacks = await readStacks(handle, 'tidyUserData');
      for (const stack of stacks) assert.doesNotMatch(stack, /^at Promise\.then \(<anonymous>\)/);
      await handle.terminate();
    });
  });
});
