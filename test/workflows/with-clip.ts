import type { WorkflowHandle } from '@temporalio/client';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import type { Activities } from '../../src/activities/create-activities.ts';
import type { Clip } from '../../src/clip/clip.ts';
import { clipWorkflowId } from '../../src/clip/names.ts';
import { startClip } from '../../src/start-clip.ts';
import type { archiveClip } from '../../src/workflows/clip/workflow.ts';
import { clipQuery } from '../../src/workflows/messages.ts';
import { withWorkers } from '../support/temporal.ts';
import { until } from '../support/wait.ts';

export type ClipHandle = WorkflowHandle<typeof archiveClip>;

/** Starts a clip as ingest does, waits until `isReady`, and ends the clip after `work`. */
export async function withClip(
  environment: TestWorkflowEnvironment,
  activities: Partial<Activities>,
  clip: Clip,
  work: (handle: ClipHandle) => Promise<void>,
  isReady: (handle: ClipHandle) => Promise<boolean> = isLive,
): Promise<void> {
  await withWorkers(environment, activities, async (taskQueue) => {
    const { client } = environment;
    await startClip(client, clip, { source: 'live', taskQueue });
    const handle = client.workflow.getHandle<typeof archiveClip>(clipWorkflowId(clip));
    try {
      await until('the clip to be ready', () => isReady(handle));
      await work(handle);
    } finally {
      await handle.terminate().catch(() => undefined);
    }
  });
}

async function isLive(handle: ClipHandle): Promise<boolean> {
  return (await handle.query(clipQuery)).status === 'live';
}
