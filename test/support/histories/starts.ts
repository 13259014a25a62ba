import { activityInfo, Context } from '@temporalio/activity';
import type { AdoptedState } from '../../../src/clip/state.ts';
import { createCancelWorkflow } from '../../../src/temporal/cancel-workflow.ts';
import { editedSignal, goneSignal, refreshNowSignal } from '../../../src/workflows/messages.ts';
import { until } from '../wait.ts';
import { linkFor, THUMBNAIL } from './a-posted-clip.ts';
import { expired, gone, inTurn, refused } from './answers.ts';
import { ended as hasEnded, live, refreshed, status, viewOf, type Recorder } from './recorder.ts';

const WHOLE: AdoptedState = {
  revision: 7,
  thumbnail: 'thumb/of-before.webp',
  facts: { durationSeconds: 3 },
};
const WITHOUT_THUMBNAIL: AdoptedState = {
  revision: 7,
  thumbnailError: { type: 'ServiceFailed', message: 'the CDN does not answer' },
};

const adopting =
  (adopted: AdoptedState) =>
  ({ adopt }: { adopt: boolean }) =>
    adopt ? { adopted } : {};

/** Clips whose link has expired when their workflow starts, so they are refetched first. */
export async function recordDeadStarts({ clip }: Recorder): Promise<void> {
  const dead = () => ({ url: linkFor(-60) });
  await clip('archive-clip-dead-at-start', { clip: dead(), play: live });

  await clip('archive-clip-dead-at-start-suspected', {
    clip: dead(),
    refetch: inTurn(gone(), {}),
    thumbnail: inTurn(expired(), THUMBNAIL),
    play: (handle) => until('the thumbnail', async () => (await viewOf(handle)).thumbnail),
  });

  await clip('archive-clip-dead-at-start-found-gone', {
    clip: dead(),
    refetch: inTurn(gone()),
    thumbnail: inTurn(expired()),
    play: (handle) => handle.result(),
  });

  await clip('archive-clip-dead-at-start-refused', {
    clip: dead(),
    refetch: inTurn(refused(), {}),
    async play(handle) {
      await status(handle, 'unreachable');
      await until('its record', async () => (await viewOf(handle)).revision === 2);
      await handle.signal(refreshNowSignal);
      await live(handle);
    },
  });

  await clip('archive-clip-dead-at-start-adopted', {
    clip: dead(),
    refetch: adopting(WHOLE),
    play: live,
  });
  await clip('archive-clip-dead-at-start-adopted-without-thumbnail', {
    clip: dead(),
    refetch: adopting(WITHOUT_THUMBNAIL),
    play: live,
  });

  await clip('archive-clip-dead-at-start-gone-in-a-fetch', {
    clip: dead(),
    persist: adopting(WHOLE),
    refetch: () => Context.current().cancelled,
    async play(handle) {
      await viewOf(handle);
      await handle.signal(goneSignal);
      await handle.result();
    },
  });
}

/** Clips whose record is already in the bucket, in some cases with a higher revision than the workflow's. */
export async function recordStoredRecords({ environment, clip }: Recorder): Promise<void> {
  const cancelWorkflow = createCancelWorkflow(environment.client);
  for (const ended of ['deleted', 'stopped'] as const) {
    await clip(`archive-clip-recorded-as-${ended}`, {
      persist: ({ adopt }) => (adopt ? { adopted: WHOLE, ended } : {}),
      cancelClip: () => cancelWorkflow(activityInfo().workflowExecution!),
      play: hasEnded,
    });
  }
  await clip('archive-clip-adopted', { persist: adopting(WHOLE), play: live });
  await clip('archive-clip-from-record', {
    fromRecord: true,
    persist: adopting(WHOLE),
    refetch: inTurn(gone()),
    async play(handle) {
      await handle.signal(refreshNowSignal);
      await handle.result();
    },
  });
  await clip('archive-clip-adopted-without-thumbnail', {
    persist: adopting(WITHOUT_THUMBNAIL),
    play: live,
  });

  let stored = 40;
  const write = ({ state: { revision } }: { state: { revision: number } }) => {
    if (stored > revision) return { superseded: stored };
    stored = revision;
    return {};
  };
  await clip('archive-clip-superseded', {
    persist: (input) => (input.adopt ? {} : write(input)),
    refetch: write,
    async play(handle) {
      await live(handle);
      await until('a write that is not superseded', () => stored === 41);
      stored = 90;
      await handle.signal(refreshNowSignal);
      await refreshed(handle, 1);
      await until('a write that is not superseded', () => stored === 91);
      stored = 200;
      await handle.signal(goneSignal);
      await handle.result();
    },
  });
}

/** Signals that arrived before a worker ran the workflow. */
export async function recordStartSignals({ clip }: Recorder): Promise<void> {
  await clip('archive-clip-gone-at-start', {
    startSignal: { signal: goneSignal, signalArgs: [] },
    play: (handle) => handle.result(),
  });
  await clip('archive-clip-edited-at-start', {
    startSignal: {
      signal: editedSignal,
      signalArgs: [{ description: 'edited', url: linkFor(90_000) }],
    },
    play: live,
  });
  await clip('archive-clip-dead-at-start-refreshed-at-start', {
    clip: { url: linkFor(-60) },
    startSignal: { signal: refreshNowSignal, signalArgs: [] },
    play: live,
  });
}
