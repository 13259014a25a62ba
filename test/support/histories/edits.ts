import { serviceFailed } from '../../../src/errors.ts';
import { editedSignal, goneSignal, refreshNowSignal } from '../../../src/workflows/messages.ts';
import { pause, until } from '../wait.ts';
import { linkFor, THUMBNAIL, type Answers } from './a-posted-clip.ts';
import { gone, heldUp, heldUpWrite, inTurn, refused } from './answers.ts';
import {
  ended,
  live,
  refreshed,
  status,
  viewOf,
  type ClipHandle,
  type Recorder,
} from './recorder.ts';

const EDITED = 'edited since';
const edit = async (handle: ClipHandle, { description = EDITED, url = linkFor(60) } = {}) => {
  await handle.signal(editedSignal, { description, url });
  // The workflow answers this query only after it has handled the signal.
  return await viewOf(handle);
};

/** Edits that arrive during a fetch. */
export async function recordEditsInFetches({ clip }: Recorder): Promise<void> {
  type Fetched = Awaited<ReturnType<NonNullable<Answers['refetch']>>>;
  const fetches: [string, () => Fetched, Parameters<typeof edit>[1]][] = [
    ['archive-clip-edited-in-a-fetch', () => ({}), {}],
    [
      'archive-clip-edited-in-a-fetch-later-link',
      () => ({ url: linkFor(86_400) }),
      { description: 'five in a row', url: linkFor(90_000) },
    ],
    [
      'archive-clip-edited-in-a-fetch-of-another-text',
      () => ({ description: 'as it was fetched' }),
      { url: linkFor(90_000) },
    ],
  ];
  for (const [name, answer, edited] of fetches) {
    const fetch = heldUp(answer);
    await clip(name, {
      refetch: fetch.answer,
      async play(handle) {
        await live(handle);
        await handle.signal(refreshNowSignal);
        await fetch.begun;
        await edit(handle, edited);
        fetch.release();
      },
    });
  }

  await clip('archive-clip-edited-in-a-fetch-without-end', {
    refetch: () => {
      throw serviceFailed('Discord answered 503', { route: 'GET /channels/1/messages/2' });
    },
    async play(handle) {
      await live(handle);
      await handle.signal(refreshNowSignal);
      await until('the fetch', async () => (await viewOf(handle)).nextRefresh === null);
      await edit(handle, { url: linkFor(90_000) });
      await until('the record', async () => (await viewOf(handle)).nextRefresh !== null);
    },
  });

  await clip('archive-clip-text-found-by-a-fetch', {
    refetch: () => ({ description: 'as it was fetched' }),
    async play(handle) {
      await live(handle);
      await handle.signal(refreshNowSignal);
      await refreshed(handle, 1);
    },
  });
}

/** Edits that arrive during a fetch that fails. */
export async function recordEditsInFailingFetches({ clip }: Recorder): Promise<void> {
  const failures = { refused: refused(), suspected: gone() };
  for (const [what, failure] of Object.entries(failures)) {
    const fetch = heldUp(inTurn(failure, {}));
    await clip(`archive-clip-edited-in-a-fetch-${what}`, {
      refetch: fetch.answer,
      async play(handle) {
        await live(handle);
        await handle.signal(refreshNowSignal);
        await fetch.begun;
        await edit(handle, { url: linkFor(90_000) });
        fetch.release();
        if (what === 'refused') await status(handle, 'unreachable');
        await until('the record', async () => (await viewOf(handle)).revision === 4);
        await edit(handle, { description: 'edited again', url: linkFor(95_000) });
        await pause(500);
        await handle.signal(refreshNowSignal);
      },
    });
  }
}

/** While the bot has no access to a clip, an edit brings a link that expires later. */
export async function recordEditsWithoutAccess({ clip }: Recorder): Promise<void> {
  await clip('archive-clip-edited-without-access', {
    refetch: inTurn(refused(), {}),
    async play(handle) {
      await live(handle);
      await handle.signal(refreshNowSignal);
      await status(handle, 'unreachable');
      await edit(handle, { url: linkFor(90_000) });
      await until('the record', async () => (await viewOf(handle)).revision >= 4);
      await handle.signal(refreshNowSignal);
      await live(handle);
    },
  });
}

/** Edits that arrive at other times, and tasks with more than one signal. */
export async function recordOtherEdits({ clip }: Recorder): Promise<void> {
  const slow = heldUp(() => THUMBNAIL);
  await clip('archive-clip-edited-before-its-thumbnail', {
    thumbnail: slow.answer,
    async play(handle) {
      await slow.begun;
      await edit(handle);
      await edit(handle, { url: linkFor(90_000) });
      slow.release();
      await live(handle);
    },
  });

  const write = heldUpWrite();
  await clip('archive-clip-edited-in-its-first-write', {
    persist: write.answer,
    async play(handle) {
      await write.begun;
      await edit(handle, { url: linkFor(90_000) });
      write.release();
      await live(handle);
    },
  });

  // Signals wait while a local activity keeps the workflow task open. The signals arrive together in the next task.
  const last = { refreshNow: refreshNowSignal, gone: goneSignal };
  for (const [what, signal] of Object.entries(last)) {
    const local = heldUp(() => ({}));
    await clip(`archive-clip-edited-and-${what === 'gone' ? 'gone' : 'refreshed'}-at-once`, {
      persist: local.answer,
      async play(handle) {
        await local.begun;
        await handle.signal(editedSignal, { description: EDITED, url: linkFor(90_000) });
        await handle.signal(signal);
        local.release();
        await (what === 'gone' ? ended(handle) : live(handle));
      },
    });
  }
}
