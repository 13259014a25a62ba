import { activityInfo } from '@temporalio/activity';
import { leaseOf } from '../../../src/clip/lease.ts';
import { serviceFailed } from '../../../src/errors.ts';
import {
  editedSignal,
  freshLinkUpdate,
  goneSignal,
  refreshNowSignal,
} from '../../../src/workflows/messages.ts';
import { pause, until } from '../wait.ts';
import { linkFor } from './a-posted-clip.ts';
import { heldUp, inTurn, refused } from './answers.ts';
import { ended, live, status, viewOf, type ClipHandle, type Recorder } from './recorder.ts';

const UPDATES_PER_RUN = 200;
/** The server accepts ten updates of a workflow at a time. */
const AT_A_TIME = 8;
/** Two writes of this duration outlast the first workflow task, which the worker extends after about 4 s. */
const WRITE_MS = 3000;
/** This time after the begin of the first write is between the extension and the end of the second write. */
const BETWEEN_MS = 5000;

/** A link of a day's lease that is valid for five more minutes, which is less than an update asks for. */
function shortLink(): string {
  const issuedAt = Math.floor(Date.now() / 1000) + 300 - 86_400;
  return linkFor(300).replace(/is=\w+/, `is=${issuedAt.toString(16)}`);
}

const ask = (handle: ClipHandle, minMinutes = 10) =>
  handle.executeUpdate(freshLinkUpdate, { args: [{ minMinutes }] });

/** Asks for a link, and waits for the answer, whether it is a link or a failure. */
const tryToAsk = (handle: ClipHandle, minMinutes = 10) => ask(handle, minMinutes).catch(() => null);

/** Updates that the clip answers with its link, or after a refresh. */
export async function recordFreshLinks({ clip }: Recorder): Promise<void> {
  await clip('archive-clip-fresh-link-at-hand', {
    async play(handle) {
      await live(handle);
      await ask(handle);
      await ask(handle, 0);
    },
  });

  const fetch = heldUp(() => ({}));
  await clip('archive-clip-fresh-link-fetched', {
    clip: { url: shortLink() },
    refetch: fetch.answer,
    async play(handle) {
      await live(handle);
      const updates = [ask(handle), ask(handle)];
      await fetch.begun;
      updates.push(ask(handle));
      await pause(500);
      fetch.release();
      await Promise.all(updates);
      await ask(handle);
    },
  });

  const running = heldUp(() => ({}));
  await clip('archive-clip-fresh-link-in-a-fetch', {
    clip: { url: shortLink() },
    refetch: running.answer,
    async play(handle) {
      await live(handle);
      await handle.signal(refreshNowSignal);
      await running.begun;
      const update = ask(handle);
      await pause(500);
      running.release();
      await update;
    },
  });

  const slow = heldUp(() => ({}));
  await clip('archive-clip-fresh-link-of-an-edit', {
    clip: { url: shortLink() },
    refetch: slow.answer,
    async play(handle) {
      await live(handle);
      const update = ask(handle);
      await slow.begun;
      await handle.signal(editedSignal, { description: 'edited', url: linkFor(90_000) });
      await update;
      slow.release();
    },
  });
}

/**
 * Updates that arrive between the completions of local activities. The first workflow task lasts until the worker
 * extends it after about 4 s. The second one gets the updates, and then both local activities complete in it. All
 * updates are answered after that.
 */
export async function recordFreshLinksInLocalWrites({ clip }: Recorder): Promise<void> {
  for (const end of ['live', 'deleted'] as const) {
    const write = heldUp(() => (end === 'deleted' ? { ended: end } : {}));
    const poster = heldUp(() => undefined);
    let isWriting = false;
    const name = end === 'live' ? 'in-local-writes' : 'in-the-write-that-finds-it-deleted';
    await clip(`archive-clip-fresh-link-${name}`, {
      clip: { url: shortLink() },
      persist: async ({ state: { revision } }) => {
        isWriting = true;
        if (revision > 1) return {};
        await failFirst();
        return await write.answer();
      },
      saveUser: async () => {
        await failFirst();
        await poster.answer();
      },
      async play(handle) {
        // An update in the first workflow task would refresh the link before the first write.
        await until('the first write', () => isWriting);
        const updates = [tryToAsk(handle), tryToAsk(handle), tryToAsk(handle, 1)];
        await Promise.all([write.begun, poster.begun]);
        // The second workflow task begins meanwhile.
        await pause(1500);
        write.release();
        await pause(100);
        poster.release();
        await Promise.all(updates);
        await (end === 'live' ? live(handle) : ended(handle));
      },
    });
  }
}

/**
 * An update that arrives in the first of two writes that follow each other. The worker extends the workflow task in the
 * second write, and the update arrives. At that time, the link is still valid for as long as asked. At the end of the
 * second write, it is not. A replay sees only the later time.
 */
export async function recordFreshLinksInWritesInARow({ clip }: Recorder): Promise<void> {
  const url = shortLink();
  let startedAtMs = 0;
  await clip('archive-clip-fresh-link-in-writes-in-a-row', {
    clip: { url },
    persist: async ({ state: { revision } }) => {
      if (revision > 2) return {};
      startedAtMs ||= Date.now();
      await pause(WRITE_MS);
      return revision === 1 ? { superseded: 1 } : {};
    },
    async play(handle) {
      await until('the first write', () => startedAtMs > 0);
      const expiresAtMs = (leaseOf(url)?.expiresAt ?? 0) * 1000;
      await ask(handle, (expiresAtMs - (startedAtMs + BETWEEN_MS)) / 60_000);
      await live(handle);
    },
  });
}

/** Fails the first attempt after 3 s. A local activity may take 4 s for each attempt, and 8 s for all of them. */
async function failFirst(): Promise<void> {
  if (activityInfo().attempt > 1) return;
  await pause(3000);
  throw serviceFailed('the bucket does not answer');
}

/** Updates that fail, because a refresh fails or takes too long, or because the clip ends. */
export async function recordRefusedFreshLinks({ clip }: Recorder): Promise<void> {
  await clip('archive-clip-fresh-link-refused', {
    clip: { url: shortLink() },
    refetch: inTurn(refused()),
    async play(handle) {
      await live(handle);
      await tryToAsk(handle);
      await status(handle, 'unreachable');
      await tryToAsk(handle);
      await ask(handle, 1);
    },
  });

  const hanging = heldUp(() => ({}));
  await clip('archive-clip-fresh-link-given-up', {
    clip: { url: shortLink() },
    refetch: hanging.answer,
    async play(handle) {
      await live(handle);
      await tryToAsk(handle);
      await tryToAsk(handle);
      hanging.release();
      await until('the refresh', async () => (await viewOf(handle)).refreshes === 1);
      await ask(handle);
    },
  });

  for (const end of ['gone', 'stopped'] as const) {
    const fetch = heldUp(() => ({}));
    await clip(`archive-clip-fresh-link-${end}`, {
      clip: { url: shortLink() },
      refetch: fetch.answer,
      async play(handle) {
        await live(handle);
        const updates = [tryToAsk(handle), tryToAsk(handle)];
        await fetch.begun;
        await pause(500);
        await (end === 'gone' ? handle.signal(goneSignal) : handle.cancel());
        await Promise.all(updates);
        await ended(handle);
        fetch.release();
      },
    });
  }
}

/** A clip that continues as new because of its updates, after an update that waits for a refresh is answered. */
export async function recordContinuedFreshLinks({ clip }: Recorder): Promise<void> {
  const fetch = heldUp(inTurn(refused(), {}));
  await clip('archive-clip-fresh-link-continued', {
    clip: { url: shortLink() },
    refetch: fetch.answer,
    async play(handle) {
      await live(handle);
      const { runId } = await handle.describe();
      const askOften = async (times: number) => {
        for (let asked = 0; asked < times; asked++) await ask(handle, 1);
      };
      const askAll = (times: number) =>
        Promise.all(Array.from({ length: AT_A_TIME }, () => askOften(times)));
      await askAll(UPDATES_PER_RUN / AT_A_TIME - 1);
      const update = tryToAsk(handle);
      await fetch.begun;
      await askAll(1);
      fetch.release();
      await askAll(2);
      await update;
      await until('the next run', async () => (await handle.describe()).runId !== runId);
      await tryToAsk(handle);
      await handle.signal(refreshNowSignal);
      await live(handle);
      await ask(handle);
    },
  });
}
