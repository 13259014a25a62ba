import { Context } from '@temporalio/activity';
import { serviceFailed } from '../../../src/errors.ts';
import { editedSignal, goneSignal, refreshNowSignal } from '../../../src/workflows/messages.ts';
import { pause, until } from '../wait.ts';
import { linkFor, THUMBNAIL } from './a-posted-clip.ts';
import { brokenBucket, expired, gone, heldUp, heldUpWrite, inTurn } from './answers.ts';
import { ended, live, viewOf, type Recorder } from './recorder.ts';

const hanging = () => Context.current().cancelled;

/** Deletions that arrive while an activity is running. */
export async function recordDeletions({ clip }: Recorder): Promise<void> {
  const fetch = heldUp(() => ({}));
  await clip('archive-clip-gone-in-a-fetch', {
    refetch: fetch.answer,
    async play(handle) {
      await live(handle);
      await handle.signal(refreshNowSignal);
      await fetch.begun;
      await handle.signal(goneSignal);
      await handle.result();
      fetch.release();
    },
  });

  await clip('archive-clip-gone-before-its-thumbnail', {
    thumbnail: hanging,
    async play(handle) {
      await until('its record', async () => (await viewOf(handle)).nextRefresh);
      await handle.signal(goneSignal);
      await handle.result();
    },
  });

  const write = heldUpWrite();
  await clip('archive-clip-gone-in-its-first-write', {
    persist: write.answer,
    thumbnail: hanging,
    async play(handle) {
      await write.begun;
      await handle.signal(goneSignal);
      await viewOf(handle);
      write.release();
      await handle.result();
    },
  });

  await clip('archive-clip-gone-before-its-poster-is-saved', {
    startSignal: { signal: goneSignal, signalArgs: [] },
    saveUser: () => {
      throw serviceFailed('the bucket does not answer');
    },
    play: (handle) => handle.result(),
  });

  const slow = heldUp(() => THUMBNAIL);
  const lastWrite = heldUpWrite();
  await clip('archive-clip-thumbnail-made-in-its-last-write', {
    persist: ({ state }) => (state.status === 'deleted' ? lastWrite.answer() : {}),
    thumbnail: slow.answer,
    async play(handle) {
      await slow.begun;
      await handle.signal(goneSignal);
      await lastWrite.begun;
      slow.release();
      await until('the thumbnail', async () => (await viewOf(handle)).thumbnail);
      lastWrite.release();
      await handle.result();
    },
  });
}

/** A signal and the end of an activity arrive in one task, because a local activity kept the previous task open. */
export async function recordThingsAtOnce({ clip }: Recorder): Promise<void> {
  const signals = { gone: goneSignal, refreshed: refreshNowSignal };
  for (const [what, signal] of Object.entries(signals)) {
    const ends = { made: inTurn(THUMBNAIL), expired: inTurn(expired(), THUMBNAIL) };
    for (const [end, answer] of Object.entries(ends)) {
      const thumbnail = heldUp(answer);
      const write = heldUp(() => ({}));
      await clip(`archive-clip-${what}-as-its-thumbnail-is-${end}`, {
        thumbnail: thumbnail.answer,
        persist: ({ state }) => (state.clip.description === 'edited' ? write.answer() : {}),
        async play(handle) {
          await thumbnail.begun;
          await handle.signal(editedSignal, { description: 'edited', url: linkFor(60) });
          await write.begun;
          thumbnail.release();
          await pause(500);
          await handle.signal(signal);
          write.release();
          await (what === 'gone' ? ended(handle) : live(handle));
        },
      });
    }
  }

  const poster = heldUp(() => undefined);
  const fetch = heldUp(() => ({}));
  await clip('archive-clip-gone-as-a-fetch-ends', {
    clip: { url: linkFor(-60) },
    // Saving the poster takes longer than a workflow task may take, so the fetch is scheduled before the poster is
    // saved.
    saveUser: poster.answer,
    refetch: fetch.answer,
    async play(handle) {
      await fetch.begun;
      fetch.release();
      await pause(500);
      await handle.signal(goneSignal);
      poster.release();
      await handle.result();
    },
  });
}

/**
 * The gateway reports a deletion, and a fetch finds the message missing for the first time. Both arrive in one task,
 * because a local activity kept the previous task open.
 */
export async function recordDeletionAndMissingMessage({ clip }: Recorder): Promise<void> {
  const poster = heldUp(() => undefined);
  const fetch = heldUp(inTurn(gone(), {}));
  await clip('archive-clip-gone-as-a-fetch-finds-nothing', {
    clip: { url: linkFor(-60) },
    saveUser: poster.answer,
    refetch: fetch.answer,
    async play(handle) {
      await fetch.begun;
      fetch.release();
      await pause(500);
      await handle.signal(goneSignal);
      poster.release();
      await ended(handle);
    },
  });
}

/** Clips that an operator cancels while an activity is running. */
export async function recordCancellations({ clip }: Recorder): Promise<void> {
  const fetch = heldUp(() => ({}));
  await clip('archive-clip-stopped-before-its-thumbnail', {
    thumbnail: hanging,
    async play(handle) {
      await until('its record', async () => (await viewOf(handle)).nextRefresh);
      await handle.cancel();
      await ended(handle);
    },
  });

  await clip('archive-clip-stopped-in-a-fetch-before-its-thumbnail', {
    thumbnail: hanging,
    refetch: fetch.answer,
    async play(handle) {
      await until('its record', async () => (await viewOf(handle)).nextRefresh);
      await handle.signal(refreshNowSignal);
      await fetch.begun;
      await handle.cancel();
      await ended(handle);
      fetch.release();
    },
  });

  const bucket = brokenBucket();
  await clip('archive-clip-stopped-in-its-first-write', {
    persist: bucket.write,
    async play(handle) {
      await until('a write that waits', async () => {
        const { raw } = await handle.describe();
        return raw.pendingActivities?.some(({ lastFailure }) => lastFailure);
      });
      bucket.mend();
      await handle.cancel();
      await ended(handle);
    },
  });
}
