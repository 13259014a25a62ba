import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { ApplicationFailure } from '@temporalio/common';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { createActivities } from '../../src/activities/create-activities.ts';
import { linkExpired } from '../../src/errors.ts';
import { clipQuery, refreshNowSignal } from '../../src/workflows/messages.ts';
import { aClip, aLink, fakeActivities } from '../support/fake-activities.ts';
import { createFakePorts } from '../support/fake-ports.ts';
import { createGate } from '../support/gate.ts';
import { startTemporal } from '../support/temporal.ts';
import { pause, until } from '../support/wait.ts';
import { withClip, type ClipHandle } from './with-clip.ts';

const REFUSED = { route: 'GET /attachments/1/2/COMET.mp4', status: 404 };
/** A run with more events than this continues as new. */
const MAX_HISTORY_EVENTS = 1000;

const refreshes = async (handle: ClipHandle) => (await handle.query(clipQuery)).refreshes;
const thumbnailOf = async (handle: ClipHandle) => (await handle.query(clipQuery)).thumbnail;
const always = () => Promise.resolve(true);

/** Refreshes the link and waits until the clip sleeps again. */
async function refresh(handle: ClipHandle, times: number): Promise<void> {
  await handle.signal(refreshNowSignal);
  await until(`refresh ${times}`, async () => {
    const { refreshes: done, nextRefresh } = await handle.query(clipQuery);
    return done === times && nextRefresh !== null;
  });
}

describe('the tries of a thumbnail', { concurrency: 3 }, () => {
  let environment: TestWorkflowEnvironment;
  before(async () => {
    environment = await startTemporal();
  });
  after(async () => {
    await environment.teardown();
  });

  test('if the CDN refuses a link for 8 seconds after the post, the clip still gets its thumbnail', async () => {
    const ports = createFakePorts();
    const real = createActivities(ports);
    let refusedUntilMs: number | null = null;
    let requests = 0;
    const thumbnail = ports.media.thumbnail.bind(ports.media);
    ports.media.thumbnail = async (url, options) => {
      requests += 1;
      refusedUntilMs ??= Date.now() + 8000;
      if (Date.now() < refusedUntilMs) throw linkExpired(REFUSED);
      return await thumbnail(url, options);
    };
    const fakes = fakeActivities();
    const activities = { ...fakes.activities, thumbnail: real.thumbnail };
    await withClip(
      environment,
      activities,
      aClip(),
      async (handle) => {
        await until('the thumbnail', () => thumbnailOf(handle), 60_000);
        assert.ok(requests <= 5, `${requests} requests`);
        assert.equal(await refreshes(handle), 0, 'the link needed no refresh');
      },
      always,
    );
  });

  test('if the thumbnail keeps failing, each later refresh tries again until ten tries have failed', async () => {
    let tries = 0;
    const fakes = fakeActivities({
      thumbnail: () => {
        tries += 1;
        throw ApplicationFailure.nonRetryable('the CDN does not answer', 'ServiceFailed');
      },
    });
    await withClip(environment, fakes.activities, aClip(), async (handle) => {
      for (let times = 1; times <= 9; times++) {
        await refresh(handle, times);
        await until(`try ${times + 1}`, () => tries === times + 1);
        // The result of the try must be in the record before the next refresh.
        await until('its record', async () => {
          return (await handle.query(clipQuery)).revision === 2 * (times + 1);
        });
      }
      await refresh(handle, 10);
      await pause(1000);
      assert.equal(tries, 10);
    });
  });

  test('if the CDN always refuses the link, the clip makes only two immediate refreshes', async () => {
    let tries = 0;
    const fakes = fakeActivities({
      thumbnail: ({ messageId }) => {
        tries += 1;
        if (tries <= 4) throw linkExpired(REFUSED);
        return { thumbnail: `thumb/${messageId}.webp`, facts: {} };
      },
    });
    await withClip(environment, fakes.activities, aClip(), async (handle) => {
      await until('three tries', () => tries === 3);
      await until('the last of two refreshes', async () => (await refreshes(handle)) === 2);
      await pause(1000);
      assert.equal(await refreshes(handle), 2);
      await refresh(handle, 3);
      await until('a fourth try', () => tries === 4);
      await pause(1000);
      assert.equal(await refreshes(handle), 3, 'no refresh at once');
      await refresh(handle, 4);
      await until('the thumbnail', () => thumbnailOf(handle));
    });
  });

  test('if the CDN refuses a link during a refetch, the clip does not refetch a second time', async () => {
    let fetches = 0;
    const { open: endThumbnail, opened: thumbnailEnds } = createGate();
    const { open: endFetch, opened: fetchEnds } = createGate();
    const fresh = aLink(90_000);
    const fakes = fakeActivities({
      refetch: async () => {
        fetches += 1;
        await fetchEnds;
        return { url: fresh };
      },
      thumbnail: async ({ url, messageId }) => {
        if (url === fresh) return { thumbnail: `thumb/${messageId}.webp`, facts: {} };
        await thumbnailEnds;
        throw linkExpired(REFUSED);
      },
    });
    await withClip(
      environment,
      fakes.activities,
      aClip(),
      async (handle) => {
        await until('the first thumbnail', () => fakes.thumbnails.length === 1);
        await handle.signal(refreshNowSignal);
        await until('the fetch', () => fetches === 1);
        endThumbnail();
        await until('its failure', async () => (await handle.query(clipQuery)).thumbnailError);
        endFetch();
        await until('the thumbnail', () => thumbnailOf(handle));
        await pause(500);
        assert.equal(fetches, 1);
      },
      always,
    );
  });

  test('if a run continues as new while a thumbnail is being made, the next run starts the thumbnail again', async () => {
    const { open: endFetch, opened: fetchEnds } = createGate();
    const neverEnds = new Promise<never>(() => undefined);
    let isFetching = false;
    const fakes = fakeActivities({
      refetch: async () => {
        isFetching = true;
        await fetchEnds;
        return {};
      },
      thumbnail: async ({ messageId }) => {
        if (fakes.thumbnails.length === 1) await Promise.race([neverEnds, pause(30_000)]);
        return { thumbnail: `thumb/${messageId}.webp`, facts: {} };
      },
    });
    await withClip(
      environment,
      fakes.activities,
      aClip(),
      async (handle) => {
        await until('the first thumbnail', () => fakes.thumbnails.length === 1);
        const { runId } = await handle.describe();
        await handle.signal(refreshNowSignal);
        await until('the fetch', () => isFetching);
        for (let sent = 0; sent < MAX_HISTORY_EVENTS; sent += 50) {
          const signals = Array.from({ length: 50 }, () => handle.signal(refreshNowSignal));
          await Promise.all(signals);
        }
        endFetch();
        await until('the next run', async () => (await handle.describe()).runId !== runId, 60_000);
        await until('the thumbnail', () => thumbnailOf(handle), 60_000);
        assert.equal(fakes.thumbnails.length, 2);
      },
      always,
    );
  });
});
