import { editedSignal, refreshNowSignal } from '../../../src/workflows/messages.ts';
import { until } from '../wait.ts';
import { linkFor } from './a-posted-clip.ts';
import { heldUp } from './answers.ts';
import { live, refreshed, viewOf, type Recorder } from './recorder.ts';

const MARLOW = {
  id: '1150000000000000004',
  username: 'marlow',
  displayName: 'Marlow',
  avatar: null,
};
const PERSONA = {
  id: '1150000000000000005',
  username: 'Kestrel',
  displayName: 'Kestrel',
  avatar: null,
  userDataId: '1150000000000000005-0123456789abcdef',
};
const DETAILS = { title: 'An ace', game: 'Overwatch 2', spoiler: true as const };

/** Clips whose details or people become known only after the clips have started. */
export async function recordDetails({ clip }: Recorder): Promise<void> {
  await clip('archive-clip-details-edited', {
    clip: { title: 'Ace', altText: 'five in a row', postedBy: MARLOW },
    async play(handle) {
      await live(handle);
      const edit = { description: 'five in a row', url: linkFor(60), details: DETAILS };
      await handle.signal(editedSignal, edit);
      await until('the edit', async () => (await viewOf(handle)).clip.spoiler === true);
    },
  });

  await clip('archive-clip-people-found-by-a-fetch', {
    refetch: () => ({ details: DETAILS, poster: PERSONA, postedBy: MARLOW }),
    async play(handle) {
      await live(handle);
      await handle.signal(refreshNowSignal);
      await refreshed(handle, 1);
      // The record is written once more, because the people's names became known only now.
      await until('the record', async () => (await viewOf(handle)).revision >= 4);
    },
  });

  const fetch = heldUp(() => ({ details: DETAILS }));
  await clip('archive-clip-details-edited-in-a-fetch', {
    refetch: fetch.answer,
    async play(handle) {
      await live(handle);
      await handle.signal(refreshNowSignal);
      await fetch.begun;
      const details = { title: 'edited since' };
      await handle.signal(editedSignal, {
        description: 'five in a row',
        url: linkFor(60),
        details,
      });
      await viewOf(handle);
      fetch.release();
    },
  });
}
