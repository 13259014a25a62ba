import { activityInfo, Context } from '@temporalio/activity';
import { mediaUnreadable, serviceFailed } from '../../../src/errors.ts';
import { editedSignal, goneSignal, refreshNowSignal } from '../../../src/workflows/messages.ts';
import { ENDLESS_LINK, linkFor } from './a-posted-clip.ts';
import { givenUp, gone, inTurn, refused } from './answers.ts';
import { ended, fetchEnded, live, refreshed, status, viewOf, type Recorder } from './recorder.ts';
import { pause, until } from '../wait.ts';

/** A local write is given up after 8 s (src/workflows/proxies.ts). */
const LONGER_THAN_LOCAL_MS = 9000;

/** Clips that start, refresh and end, and the faults that occur meanwhile. */
/** A link whose times are in hexadecimal milliseconds, as some compatible servers write them. */
export function millisecondLink(leaseSeconds: number): string {
  return linkFor(leaseSeconds).replace(/=([0-9a-f]{8})/g, (_, hex: string) => {
    return `=${(parseInt(hex, 16) * 1000).toString(16)}`;
  });
}

/** Links that older code did not understand, or did not keep. */
export async function recordLinks({ clip }: Recorder): Promise<void> {
  await clip('archive-clip-millisecond-lease', {
    clip: { url: millisecondLink(86_400) },
    refetch: () => ({ url: millisecondLink(90_000) }),
    async play(handle) {
      await live(handle);
      await handle.signal(refreshNowSignal);
      await refreshed(handle, 1);
    },
  });
  const forged = linkFor(86_400).replace(/ex=\w+/, 'ex=fffffffff');
  for (const [name, url] of [
    ['archive-clip-edited-to-a-forged-lease', linkFor(86_400)],
    ['archive-clip-started-with-a-forged-lease', forged],
  ] as const) {
    await clip(name, {
      clip: { url },
      refetch: () => ({ url: linkFor(90_000) }),
      async play(handle) {
        await live(handle);
        await handle.signal(editedSignal, { description: 'edited', url: forged });
        await handle.signal(refreshNowSignal);
        await refreshed(handle, 1);
      },
    });
  }
  await clip('archive-clip-fetched-earlier-link', {
    refetch: () => ({ url: linkFor(3600) }),
    async play(handle) {
      await live(handle);
      await handle.signal(refreshNowSignal);
      await refreshed(handle, 1);
    },
  });
}

export async function recordLives({ clip }: Recorder): Promise<void> {
  await clip('archive-clip-deleted', {
    persist: () => ({ refreshAtMs: Date.now() + 1000 }),
    async play(handle) {
      await refreshed(handle, 1);
      await handle.signal(editedSignal, { description: 'edited', url: linkFor(90_000) });
      await handle.signal(refreshNowSignal);
      await refreshed(handle, 2);
      await handle.signal(goneSignal);
      await handle.result();
    },
  });

  await clip('archive-clip-stopped-without-thumbnail', {
    thumbnail: () => {
      throw mediaUnreadable('no video');
    },
    async play(handle) {
      await live(handle);
      await handle.cancel();
      await ended(handle);
    },
  });

  await clip('archive-clip-stopped-in-a-fetch', {
    refetch: () => Context.current().cancelled,
    async play(handle) {
      await live(handle);
      await handle.signal(refreshNowSignal);
      await until('the fetch', async () => (await viewOf(handle)).nextRefresh === null);
      await handle.cancel();
      await ended(handle);
    },
  });

  let writes = 0;
  await clip('archive-clip-through-faults', {
    persist: () => {
      writes += 1;
      if (writes < 6) throw serviceFailed('the bucket does not answer');
      return {};
    },
    refetch: inTurn(refused(), {}),
    async play(handle) {
      await live(handle);
      await handle.signal(refreshNowSignal);
      await status(handle, 'unreachable');
      await handle.signal(refreshNowSignal);
      await refreshed(handle, 1);
    },
  });

  // The task with the first 404 ends without a command, because the local write is slow. If a replay saw a later time at
  // the first 404, the second 404 would not confirm the deletion. Recording takes 70 s.
  let seen = 0;
  await clip('archive-clip-found-gone-after-a-slow-write', {
    refetch: () => {
      seen += 1;
      throw gone();
    },
    persist: async () => {
      if (activityInfo().isLocal && seen === 1) await pause(LONGER_THAN_LOCAL_MS);
      return {};
    },
    async play(handle) {
      await live(handle);
      await handle.signal(refreshNowSignal);
      await ended(handle);
    },
  });

  let fetches = 0;
  const suspicions = inTurn(gone(), refused(), gone(), {});
  await clip('archive-clip-suspected', {
    refetch: () => {
      fetches += 1;
      return suspicions();
    },
    async play(handle) {
      await live(handle);
      for (let asked = 1; asked <= 3; asked++) {
        await handle.signal(refreshNowSignal);
        await until('an answer', () => fetches === asked);
        await fetchEnded(handle);
      }
      await handle.signal(editedSignal, { description: 'edited', url: linkFor(60) });
      await handle.signal(refreshNowSignal);
      await refreshed(handle, 1);
    },
  });

  await clip('archive-clip-found-gone', {
    refetch: inTurn(gone()),
    async play(handle) {
      await live(handle);
      await handle.signal(refreshNowSignal);
      await handle.result();
    },
  });

  await clip('archive-clip-fetch-failed', {
    refetch: inTurn(givenUp('nobody thought of this'), {}),
    async play(handle) {
      await live(handle);
      const { nextRefresh } = await viewOf(handle);
      await handle.signal(refreshNowSignal);
      await until('another time', async () => (await fetchEnded(handle)) !== nextRefresh);
      await handle.signal(refreshNowSignal);
      await refreshed(handle, 1);
    },
  });

  await clip('archive-clip-endless-link', {
    clip: { url: ENDLESS_LINK },
    refetch: inTurn({ url: linkFor(86_400) }, { url: ENDLESS_LINK }),
    async play(handle) {
      await live(handle);
      await handle.signal(refreshNowSignal);
      await refreshed(handle, 1);
      await handle.signal(refreshNowSignal);
      await refreshed(handle, 2);
    },
  });
}
