import assert from 'node:assert/strict';
import { test } from 'node:test';
import { clipWorkflowId } from '../../src/clip/names.ts';
import { startClip } from '../../src/start-clip.ts';
import { fakeActivities } from '../support/fake-activities.ts';
import { aPostedClip } from '../support/histories/a-posted-clip.ts';
import { startTemporal, withWorkers } from '../support/temporal.ts';
import { until } from '../support/wait.ts';

test('the call stacks of a sleeping clip are short, but name the place at which the clip waits', async () => {
  const environment = await startTemporal();
  try {
    const { client } = environment;
    await withWorkers(environment, fakeActivities().activities, async (taskQueue) => {
      const clip = aPostedClip();
      await startClip(client, clip, { source: 'live', taskQueue });
      const handle = client.workflow.getHandle(clipWorkflowId(clip));
      const stacks = await until('the clip to sleep', async () => {
        const text = await handle.query<string>('__stack_trace');
        return text.includes('sleepUntilDue') ? text.trim().split('\n\n') : null;
      });
      for (const stack of stacks) assert.ok(stack.split('\n').length <= 2, stack);
      await handle.terminate();
    });
  } finally {
    await environment.teardown();
  }
});
