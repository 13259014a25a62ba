import { refreshNowSignal, goneSignal } from '../../../src/workflows/messages.ts';
import { pause, until } from '../wait.ts';
import { THUMBNAIL } from './a-posted-clip.ts';
import { givenUp, heldUp, inTurn } from './answers.ts';
import { ended, live, refreshed, viewOf, type ClipHandle, type Recorder } from './recorder.ts';

const STORYBOARD = {
  storyboard: 'storyboard/ace.webp',
  storyboardHash: '81f20c6a35d97be4',
  storyboardTimes: [1.25, 9.5, 17.75, 24],
};
/** A worker that makes storyboards also says so in the result of the thumbnail. */
const NEW_THUMBNAIL = { ...THUMBNAIL, pictureVersion: 2 };
/** A clip continues as new after this many refreshes. */
const REFRESHES_PER_RUN = 15;

const made = (handle: ClipHandle) =>
  until('the storyboard', async () => (await viewOf(handle)).storyboard);

async function refreshUpTo(handle: ClipHandle, last: number, first = 1): Promise<void> {
  for (let times = first; times <= last; times++) {
    await handle.signal(refreshNowSignal);
    await refreshed(handle, times);
  }
}

/** Storyboards of new clips, and new pictures of old clips. */
export async function recordStoryboards({ clip }: Recorder): Promise<void> {
  await clip('archive-clip-storyboard', {
    thumbnail: () => NEW_THUMBNAIL,
    storyboard: () => STORYBOARD,
    async play(handle) {
      await made(handle);
      await refreshUpTo(handle, 2);
    },
  });

  await clip('archive-clip-without-a-storyboard', {
    thumbnail: () => NEW_THUMBNAIL,
    storyboard: () => ({}),
    async play(handle) {
      await live(handle);
      await until('its version', async () => (await viewOf(handle)).pictureVersion === 2);
      await refreshUpTo(handle, 1);
    },
  });

  await clip('archive-clip-pictures-remade', {
    refetch: ({ state }) => (state.pictureVersion === 2 ? {} : { pictureVersion: 2 }),
    storyboard: () => ({ ...STORYBOARD, remade: NEW_THUMBNAIL }),
    async play(handle) {
      await live(handle);
      await refreshUpTo(handle, 1);
      await made(handle);
      await refreshUpTo(handle, 2, 2);
    },
  });

  let tries = 0;
  const failure = givenUp('the CDN does not answer');
  await clip('archive-clip-storyboard-never-made', {
    thumbnail: () => NEW_THUMBNAIL,
    refetch: ({ state }) => (state.pictureVersion === 2 ? {} : { pictureVersion: 2 }),
    storyboard: () => {
      tries += 1;
      throw failure;
    },
    async play(handle) {
      await live(handle);
      for (let times = 1; times <= 4; times++) {
        await until('a try', () => Promise.resolve(tries === Math.min(times, 3)));
        await refreshUpTo(handle, times, times);
      }
    },
  });
}

/** Events that happen while the storyboard is being made. */
export async function recordSlowStoryboards({ clip }: Recorder): Promise<void> {
  const slow = heldUp(() => STORYBOARD);
  const fetch = heldUp(() => ({}));
  await clip('archive-clip-storyboard-made-in-a-fetch', {
    thumbnail: () => NEW_THUMBNAIL,
    storyboard: slow.answer,
    refetch: fetch.answer,
    async play(handle) {
      await slow.begun;
      await handle.signal(refreshNowSignal);
      await fetch.begun;
      slow.release();
      await made(handle);
      fetch.release();
      await refreshed(handle, 1);
    },
  });

  const late = heldUp(() => STORYBOARD);
  await clip('archive-clip-storyboard-continued', {
    thumbnail: () => NEW_THUMBNAIL,
    storyboard: late.answer,
    async play(handle) {
      await late.begun;
      const { runId } = await handle.describe();
      await refreshUpTo(handle, REFRESHES_PER_RUN + 1);
      late.release();
      await until('the next run', async () => (await handle.describe()).runId !== runId);
      await made(handle);
    },
  });

  const never = heldUp(inTurn(STORYBOARD));
  await clip('archive-clip-gone-as-its-storyboard-is-made', {
    thumbnail: () => NEW_THUMBNAIL,
    storyboard: never.answer,
    async play(handle) {
      await never.begun;
      await handle.signal(goneSignal);
      await ended(handle);
      never.release();
      await pause(200);
    },
  });
}
