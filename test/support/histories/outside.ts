import type { Activities } from '../../../src/activities/create-activities.ts';
import type { Clip } from '../../../src/clip/clip.ts';
import { editedSignal, refreshNowSignal } from '../../../src/workflows/messages.ts';
import { withWorkers } from '../temporal.ts';
import { until } from '../wait.ts';
import { activitiesWith, aPostedClip, CHANNEL, CHANNEL_NAME } from './a-posted-clip.ts';
import { ended, live, refreshed, viewOf, type Recorder } from './recorder.ts';

const REFRESHES_PER_RUN = 15;

/** A clip that today's checks reject. Workflows accepted such clips before the checks were added. */
const ODD: Partial<Clip> = {
  channelId: '7',
  guildId: undefined as never,
  postedAtMs: null as never,
  poster: { id: 'nobody' } as never,
};

/**
 * Workflows whose input or signals come from a person or another program, and differ from what Everclip itself sends.
 */
export async function recordOutsideInputs(recorder: Recorder): Promise<void> {
  const { environment, isWanted, save } = recorder;

  async function start(
    name: string,
    type: string,
    args: unknown[],
    activities = activitiesWith({}),
    play?: (handle: Parameters<typeof live>[0]) => Promise<unknown>,
  ): Promise<void> {
    if (!isWanted(name)) return;
    await withWorkers(environment, activities, async (taskQueue) => {
      const handle = await environment.client.workflow.start(type, {
        taskQueue,
        workflowId: name,
        args,
      });
      await (play ?? ended)(handle as never);
      await save(name, handle);
      await handle.terminate().catch(() => undefined);
    });
  }

  const page = { messages: 0, clips: 0, started: 0, known: 0, oldest: null, newest: null };
  const reading: Partial<Activities> = {
    checkChannel: async () => ({ channelName: CHANNEL_NAME }),
    archiveHistoryPage: async () => page,
  };
  const sweep = { channelId: '7', channelName: 'odd', after: '1', untilQuiet: true };

  // These histories were recorded by older code, which did not check inputs.
  await start('archive-clip-odd', 'archiveClip', [aPostedClip(ODD)], activitiesWith({}), odd);
  await start('sweep-odd', 'sweep', [sweep], reading);
  await start('backfill-odd', 'backfill', [{ channelId: CHANNEL }, { channelName: 7 }], reading);

  // These histories were recorded by code that checks inputs.
  await start('archive-clip-input-refused', 'archiveClip', [aPostedClip({ channelId: '7' })]);
  const title = 'a very long title '.repeat(100);
  await start(
    'archive-clip-long-texts',
    'archiveClip',
    [aPostedClip({ title })],
    activitiesWith({}),
    async (handle) => {
      await live(handle);
      const details = { title: `${title}!`, altText: title };
      const edit = { description: 'edited', url: aPostedClip().url, details };
      await handle.signal(editedSignal, edit);
      await until('the edit', async () => (await viewOf(handle)).clip.description === 'edited');
    },
  );
  await start('sweep-input-refused', 'sweep', [sweep]);
  await start('unknown-type', 'Backfill', [{ channelId: CHANNEL }]);
  await recorder.clip('archive-clip-malformed-edit', {
    async play(handle) {
      await live(handle);
      await handle.signal('edited');
      await handle.signal('edited', { description: 'a text without a link' });
      await handle.signal(editedSignal, {
        description: 'a text',
        url: 'https://cdn.example/x.mp4',
      });
      await until('the edit', async () => (await viewOf(handle)).clip.description === 'a text');
    },
  });
}

/**
 * Sends edits that lack a field. Then refreshes the clip until it continues in a second run, whose input would fail the
 * checks too.
 */
async function odd(handle: Parameters<typeof live>[0]): Promise<void> {
  await live(handle);
  await handle.signal('edited', { description: 'a text without a link' });
  await handle.signal('edited', { url: 'https://cdn.example/attachments/1/2/ace.mp4?ex=7fffffff' });
  for (let times = 1; times <= REFRESHES_PER_RUN + 1; times++) {
    await handle.signal(refreshNowSignal);
    await refreshed(handle, times);
  }
}
