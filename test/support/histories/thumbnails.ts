import { refreshNowSignal } from '../../../src/workflows/messages.ts';
import { until } from '../wait.ts';
import { THUMBNAIL } from './a-posted-clip.ts';
import { expired, givenUp, heldUp, inTurn, refused } from './answers.ts';
import { live, refreshed, status, viewOf, type ClipHandle, type Recorder } from './recorder.ts';

const made = (handle: ClipHandle) =>
  until('the thumbnail', async () => (await viewOf(handle)).thumbnail);

async function refreshOnce(handle: ClipHandle, times: number): Promise<void> {
  await handle.signal(refreshNowSignal);
  await refreshed(handle, times);
}

/** Thumbnails that fail and are retried after a fetch. */
export async function recordRetriedThumbnails({ clip }: Recorder): Promise<void> {
  await clip('archive-clip-link-expired', { thumbnail: inTurn(expired(), THUMBNAIL), play: made });

  await clip('archive-clip-link-expired-for-ever', {
    thumbnail: inTurn(expired()),
    play: (handle) => refreshed(handle, 2),
  });

  await clip('archive-clip-link-expired-then-refused', {
    thumbnail: inTurn(expired(), THUMBNAIL),
    refetch: inTurn(refused(), {}),
    async play(handle) {
      await status(handle, 'unreachable');
      await refreshOnce(handle, 1);
      await made(handle);
    },
  });

  const failure = givenUp('the CDN does not answer');
  await clip('archive-clip-thumbnail-made-later', {
    thumbnail: inTurn(failure, failure, THUMBNAIL),
    async play(handle) {
      await live(handle);
      await refreshOnce(handle, 1);
      await until('a second try', async () => (await viewOf(handle)).revision === 4);
      await refreshOnce(handle, 2);
      await made(handle);
    },
  });

  await clip('archive-clip-thumbnail-made-after-three-tries', {
    thumbnail: inTurn(failure, failure, failure, THUMBNAIL),
    async play(handle) {
      await live(handle);
      for (const [index, revision] of [4, 6].entries()) {
        await refreshOnce(handle, index + 1);
        await until('a try', async () => (await viewOf(handle)).revision === revision);
      }
      await refreshOnce(handle, 3);
      await made(handle);
    },
  });

  await clip('archive-clip-thumbnail-never-made', {
    thumbnail: inTurn(failure),
    async play(handle) {
      await live(handle);
      // Each fetch adds a revision of the record, and so does the failed thumbnail after the fetch.
      for (const [index, revision] of [4, 6, 8].entries()) {
        await refreshOnce(handle, index + 1);
        await until('its record', async () => (await viewOf(handle)).revision === revision);
      }
    },
  });
}

/** Events that happen while the thumbnail is being made. */
export async function recordSlowThumbnails({ clip }: Recorder): Promise<void> {
  const slow = heldUp(() => THUMBNAIL);
  await clip('archive-clip-refreshed-before-its-thumbnail', {
    thumbnail: slow.answer,
    async play(handle) {
      await slow.begun;
      await refreshOnce(handle, 1);
      await refreshOnce(handle, 2);
      slow.release();
      await live(handle);
    },
  });

  const late = heldUp(() => THUMBNAIL);
  await clip('archive-clip-refused-before-its-thumbnail', {
    thumbnail: late.answer,
    refetch: inTurn(refused(), {}),
    async play(handle) {
      await late.begun;
      await handle.signal(refreshNowSignal);
      await status(handle, 'unreachable');
      late.release();
      await made(handle);
      await refreshOnce(handle, 1);
    },
  });
}

/** Thumbnails that end during a fetch. */
export async function recordThumbnailsInFetches({ clip }: Recorder): Promise<void> {
  const ends: [string, () => typeof THUMBNAIL][] = [
    ['archive-clip-thumbnail-made-in-a-fetch', inTurn(THUMBNAIL)],
    ['archive-clip-thumbnail-failed-in-a-fetch', inTurn(givenUp('no answer'), THUMBNAIL)],
    ['archive-clip-link-expired-in-a-fetch', inTurn(expired(), THUMBNAIL)],
  ];
  for (const [name, end] of ends) {
    const thumbnail = heldUp(end);
    const fetch = heldUp(() => ({}));
    await clip(name, {
      thumbnail: thumbnail.answer,
      refetch: fetch.answer,
      async play(handle) {
        await thumbnail.begun;
        await handle.signal(refreshNowSignal);
        await fetch.begun;
        thumbnail.release();
        await live(handle);
        fetch.release();
        await made(handle);
      },
    });
  }
}
