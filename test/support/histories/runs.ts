import { refreshNowSignal } from '../../../src/workflows/messages.ts';
import { pause, until } from '../wait.ts';
import { linkFor, THUMBNAIL } from './a-posted-clip.ts';
import { gone, heldUp, heldUpWrite, inTurn, refused } from './answers.ts';
import { live, refreshed, status, viewOf, type ClipHandle, type Recorder } from './recorder.ts';

/** A clip continues as new after this many refreshes. */
const REFRESHES_PER_RUN = 15;
const REFRESHES_PER_RUN_OF_SHORT_LEASES = 5;
/** A clip also continues as new if its history has more events than this. */
const MOST_EVENTS = 1000;

async function refreshUpTo(handle: ClipHandle, last: number, first = 1): Promise<void> {
  for (let times = first; times <= last; times++) {
    await handle.signal(refreshNowSignal);
    await refreshed(handle, times);
  }
}

async function nextRun(handle: ClipHandle, firstRunId: string): Promise<void> {
  await until('the next run', async () => (await handle.describe()).runId !== firstRunId);
}

/** Clips that continue in a new run, and the state that they pass to the new run. */
export async function recordRuns({ clip }: Recorder): Promise<void> {
  await clip('archive-clip-continued', {
    async play(handle) {
      await live(handle);
      await refreshUpTo(handle, REFRESHES_PER_RUN + 1);
    },
  });

  let leaseSeconds = 1800;
  await clip('archive-clip-continued-short-lease', {
    clip: { url: linkFor(leaseSeconds) },
    refetch: () => ({ url: linkFor(++leaseSeconds) }),
    async play(handle) {
      await live(handle);
      await refreshUpTo(handle, REFRESHES_PER_RUN_OF_SHORT_LEASES + 1);
    },
  });

  let fetches = 0;
  const fetch = heldUp(() => ({}));
  await clip('archive-clip-continued-unreachable', {
    refetch: () => {
      fetches += 1;
      if (fetches === REFRESHES_PER_RUN) return fetch.answer();
      if (fetches === REFRESHES_PER_RUN + 1) throw refused();
      return {};
    },
    async play(handle) {
      await live(handle);
      const { runId } = await handle.describe();
      await refreshUpTo(handle, REFRESHES_PER_RUN - 1);
      await handle.signal(refreshNowSignal);
      await fetch.begun;
      await handle.signal(refreshNowSignal);
      await viewOf(handle);
      fetch.release();
      await nextRun(handle, runId);
      await status(handle, 'unreachable');
      await handle.signal(refreshNowSignal);
      await live(handle);
    },
  });

  // The run continues until the thumbnail is made and the poster is saved.
  const thumbnail = heldUp(() => THUMBNAIL);
  const poster = heldUpWrite();
  const record = heldUpWrite();
  await clip('archive-clip-continued-late', {
    thumbnail: thumbnail.answer,
    persist: record.answer,
    saveUser: async () => {
      await poster.answer();
    },
    async play(handle) {
      await record.begun;
      record.release();
      await thumbnail.begun;
      const { runId } = await handle.describe();
      await refreshUpTo(handle, REFRESHES_PER_RUN + 1);
      thumbnail.release();
      await live(handle);
      poster.release();
      await pause(500);
      await handle.signal(refreshNowSignal);
      await nextRun(handle, runId);
    },
  });
}

/**
 * A clip whose history grows too long. At that time its thumbnail is still being made, and a fetch has just found that
 * its message is missing.
 */
export async function recordLongRun({ clip }: Recorder): Promise<void> {
  const slow = heldUp(() => THUMBNAIL);
  const fetch = heldUp(inTurn(gone(), gone(), {}));
  let tries = 0;
  await clip('archive-clip-continued-early', {
    thumbnail: () => (tries++ === 0 ? slow.answer() : THUMBNAIL),
    refetch: fetch.answer,
    async play(handle) {
      await slow.begun;
      const { runId } = await handle.describe();
      await handle.signal(refreshNowSignal);
      await fetch.begun;
      for (let sent = 0; sent < MOST_EVENTS; sent += 50)
        await Promise.all(Array.from({ length: 50 }, () => handle.signal(refreshNowSignal)));
      fetch.release();
      await nextRun(handle, runId);
      slow.release();
      await pause(500);
      await handle.signal(refreshNowSignal);
      await live(handle);
    },
  });
}
