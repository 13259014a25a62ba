import type { Activities } from '../../../src/activities/create-activities.ts';
import { goneSignal } from '../../../src/workflows/messages.ts';
import { withWorkers } from '../temporal.ts';
import { aPostedClip, CHANNEL } from './a-posted-clip.ts';
import { ended, live, type Recorder } from './recorder.ts';

/** Workflows that forget, and clips whose record is forgotten while they run. */
export async function recordForgetting(recorder: Recorder): Promise<void> {
  const { environment, isWanted, save, clip } = recorder;

  async function start(
    name: string,
    type: string,
    input: object,
    { settleMs = 0, people = ['c3d94a17e60b82f5c3d94a17e60b82f5'] } = {},
  ): Promise<void> {
    if (!isWanted(name)) return;
    const { messageId, attachmentId, channelId } = aPostedClip();
    let isFound = false;
    const activities: Partial<Activities> = {
      findClips: async () => {
        const clips = isFound ? [] : [{ messageId, attachmentId, channelId }];
        isFound = true;
        return { clips, people, isComplete: true };
      },
      buryClips: async () => settleMs,
      removeUserData: async () => 1,
      noteForgotten: async () => 1000,
      removeForgotten: async () => undefined,
    };
    await withWorkers(environment, activities, async (taskQueue) => {
      const handle = await environment.client.workflow.start(type, {
        taskQueue,
        workflowId: name,
        args: [input],
      });
      await handle.result();
      await save(name, handle);
    });
  }

  for (const [name, settleMs] of [
    ['tidy-user-data', 0],
    ['tidy-user-data-after-writes', 500],
  ] as const) {
    if (!isWanted(name)) continue;
    await withWorkers(environment, { removeUserData: async () => 1 }, async (taskQueue) => {
      const handle = await environment.client.workflow.signalWithStart('tidyUserData', {
        taskQueue,
        workflowId: name,
        args: [{ waitMs: 500, settleMs }],
        signal: 'maybeUnused',
        signalArgs: [['c3d94a17e60b82f5c3d94a17e60b82f5']],
      });
      await handle.result();
      await save(name, handle);
    });
  }

  const { messageId, attachmentId } = aPostedClip();
  await start('purge-clip', 'purgeClip', { clipId: `${messageId}-${attachmentId}` });
  await start('purge-channel', 'purgeChannel', { channelId: CHANNEL });
  const ofChannel = { channelId: CHANNEL };
  await start('purge-channel-after-writes', 'purgeChannel', ofChannel, { settleMs: 500 });
  await start('purge-channel-of-nobody', 'purgeChannel', ofChannel, { settleMs: 500, people: [] });
  await start('forget-user', 'forgetUser', { userId: '356003082141696426' });
  await start('remember-user', 'rememberUser', { userId: '356003082141696426' });

  // The recorded activity does not delete the execution, whose history would be gone otherwise.
  await clip('archive-clip-stripped', {
    persist: ({ state }) => (state.status === 'deleted' ? { erased: true } : {}),
    play: async (handle) => {
      await live(handle);
      await handle.signal(goneSignal);
      await ended(handle);
    },
  });
  await clip('archive-clip-purged-before-its-start', {
    persist: () => ({ ended: 'purged', erased: true }),
    play: ended,
  });
}
