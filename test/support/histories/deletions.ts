import { withWorkers } from '../temporal.ts';
import { CHANNEL } from './a-posted-clip.ts';
import type { Recorder } from './recorder.ts';

/** The recording takes two minutes, because the workflow waits that long before it applies the deletion again. */
export async function recordForwardedDeletions({
  environment,
  isWanted,
  save,
}: Recorder): Promise<void> {
  if (!isWanted('deletion')) return;
  const activities = { forwardDeletion: async () => ({ told: 3 }) };
  await withWorkers(environment, activities, async (taskQueue) => {
    const handle = await environment.client.workflow.start('deletion', {
      taskQueue,
      workflowId: 'deletion',
      args: [{ channelId: CHANNEL, mayHaveThreads: true }],
    });
    await handle.result();
    await save('deletion', handle);
  });
}
