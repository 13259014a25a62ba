import { activityInfo } from '@temporalio/activity';
import { serviceFailed } from '../../../src/errors.ts';
import { refreshNowSignal } from '../../../src/workflows/messages.ts';
import { pause, until } from '../wait.ts';
import { heldUp } from './answers.ts';
import { live, refreshed, viewOf, type Recorder } from './recorder.ts';

/** This time is longer than an attempt inside the workflow task may take. */
const HANGING_MS = 5000;

/** A poster that can be saved only by an ordinary activity, not inside the workflow task. */
function laterSavedPoster(localDelayMs: number) {
  let isSaved = false;
  return {
    saveUser: async () => {
      if (activityInfo().isLocal) {
        await pause(localDelayMs);
        throw serviceFailed('the bucket does not answer');
      }
      isSaved = true;
    },
    saved: () => until('the poster', () => isSaved),
  };
}

/** Clips whose poster is known, and clips whose poster cannot be saved inside the workflow task. */
export async function recordPosters({ clip }: Recorder): Promise<void> {
  await clip('archive-clip-poster-known', {
    persist: () => ({ userSaved: true }),
    play: live,
  });

  await clip('archive-clip-poster-after-a-wanted-refresh', {
    // The write lasts longer than a workflow task, so the signal arrives in the meantime.
    persist: async ({ adopt }) => {
      if (!adopt) return {};
      await pause(activityInfo().attempt === 1 ? 3000 : 1500);
      if (activityInfo().attempt === 1) throw serviceFailed('the bucket does not answer');
      return {};
    },
    async play(handle) {
      await pause(1000);
      await handle.signal(refreshNowSignal);
      await refreshed(handle, 1);
      await live(handle);
    },
  });

  const failed = laterSavedPoster(0);
  await clip('archive-clip-poster-failed', {
    saveUser: failed.saveUser,
    async play(handle) {
      await live(handle);
      await failed.saved();
    },
  });

  const failedFirst = laterSavedPoster(0);
  await clip('archive-clip-poster-failed-before-its-record', {
    saveUser: failedFirst.saveUser,
    persist: async ({ adopt }) => {
      if (adopt) await pause(1500);
      return {};
    },
    async play(handle) {
      await failedFirst.saved();
      await live(handle);
    },
  });

  const failedInFetch = laterSavedPoster(300);
  const fetch = heldUp(() => ({}));
  await clip('archive-clip-poster-failed-in-a-fetch', {
    saveUser: failedInFetch.saveUser,
    refetch: fetch.answer,
    clip: { url: 'https://cdn.example/attachments/1/2/ace.mp4?ex=1&is=0&hm=00' },
    async play(handle) {
      await failedInFetch.saved();
      fetch.release();
      await live(handle);
    },
  });

  const timedOut = laterSavedPoster(HANGING_MS);
  await clip('archive-clip-poster-timed-out', {
    saveUser: timedOut.saveUser,
    async play(handle) {
      await timedOut.saved();
      await live(handle);
    },
  });

  const timedOutLate = laterSavedPoster(HANGING_MS);
  await clip('archive-clip-poster-timed-out-after-a-refresh', {
    saveUser: timedOutLate.saveUser,
    async play(handle) {
      await viewOf(handle);
      // The open workflow task holds the signal back until the task's heartbeat. Then the refresh starts before the
      // poster is saved.
      await pause(1000);
      await handle.signal(refreshNowSignal);
      await timedOutLate.saved();
      await refreshed(handle, 1);
      await live(handle);
    },
  });
}
