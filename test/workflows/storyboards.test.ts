import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { ApplicationFailure } from '@temporalio/common';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { MEDIA_PRIORITIES, thumbnailPriority } from '../../src/clip/names.ts';
import { clipQuery, refreshNowSignal } from '../../src/workflows/messages.ts';
import { aClip, aLink, fakeActivities } from '../support/fake-activities.ts';
import { createGate } from '../support/gate.ts';
import { startTemporal } from '../support/temporal.ts';
import { until } from '../support/wait.ts';
import { withClip, type ClipHandle } from './with-clip.ts';

const THUMBNAIL = {
  thumbnail: 'thumb/1-2.webp',
  thumbnailHash: '00000000000000aa',
  facts: { durationSeconds: 21.25 },
};
const NEW_THUMBNAIL = { ...THUMBNAIL, thumbnailHash: '00000000000000bb', pictureVersion: 2 };
const STORYBOARD = {
  storyboard: 'storyboard/1-2.webp',
  storyboardHash: '00000000000000cc',
  storyboardTimes: [1.5, 8, 16.25],
};
/** What a worker that wants storyboards says after a refresh. */
const wantsStoryboards = ({ state }: { state: { pictureVersion?: number } }) =>
  state.pictureVersion === 2 ? {} : { pictureVersion: 2 };

/** Refreshes the link and waits until the clip sleeps again. */
async function refresh(handle: ClipHandle, times: number): Promise<void> {
  await handle.signal(refreshNowSignal);
  await until(`refresh ${times}`, async () => {
    const { refreshes, nextRefresh } = await handle.query(clipQuery);
    return refreshes === times && nextRefresh !== null;
  });
}

test('no storyboard goes before a thumbnail, whoever posted the clip', () => {
  const priorities = [1, 2, 3, 4, 5].map(thumbnailPriority);
  assert.deepEqual(priorities, [1, 2, 3, 4, 4]);
  assert.ok(Math.max(...priorities) < MEDIA_PRIORITIES.storyboard);
});

describe('the storyboards of clips', { concurrency: 3 }, () => {
  let environment: TestWorkflowEnvironment;
  before(async () => {
    environment = await startTemporal();
  });
  after(async () => {
    await environment.teardown();
  });

  test('a new clip is live with its thumbnail before its storyboard is made, and then its record names the storyboard', async () => {
    const { open: endStoryboard, opened: storyboardEnds } = createGate();
    const fakes = fakeActivities({
      thumbnail: () => NEW_THUMBNAIL,
      storyboard: async () => {
        await storyboardEnds;
        return STORYBOARD;
      },
    });
    await withClip(environment, fakes.activities, aClip(), async (handle) => {
      await until('the storyboard to begin', () => fakes.storyboards.length === 1);
      const { storyboard: _, ...last } = fakes.writes.at(-1)!;
      assert.deepEqual([last.status, last.thumbnail], ['live', 'thumb/1-2.webp']);
      assert.equal(fakes.storyboards[0]?.remakesThumbnail, undefined);
      endStoryboard();
      await until('its record', () => fakes.writes.at(-1)?.storyboard);
      const { storyboard, storyboardHash, storyboardTimes, pictureVersion } = fakes.writes.at(-1)!;
      assert.deepEqual({ storyboard, storyboardHash, storyboardTimes }, STORYBOARD);
      assert.equal(pictureVersion, 2);
      await refresh(handle, 1);
      assert.equal(fakes.storyboards.length, 1);
    });
  });

  test('an old clip gets new pictures once, after its next refresh and with the fresh link', async () => {
    const fresh = aLink(90_000);
    const fakes = fakeActivities({
      thumbnail: () => THUMBNAIL,
      refetch: (input) => ({ url: fresh, ...wantsStoryboards(input) }),
      storyboard: () => ({ ...STORYBOARD, remade: NEW_THUMBNAIL }),
    });
    await withClip(environment, fakes.activities, aClip(), async (handle) => {
      assert.equal(fakes.storyboards.length, 0);
      await refresh(handle, 1);
      await until('its pictures', () => fakes.writes.at(-1)?.storyboard);
      const [input] = fakes.storyboards;
      assert.deepEqual([input?.url, input?.remakesThumbnail], [fresh, true]);
      assert.equal(fakes.writes.at(-1)?.thumbnailHash, NEW_THUMBNAIL.thumbnailHash);
      await refresh(handle, 2);
      assert.equal(fakes.storyboards.length, 1);
    });
  });

  test('if no storyboard can be made, the clip stays as it is, writes no record for that, and does not try again', async () => {
    const fakes = fakeActivities({
      thumbnail: () => NEW_THUMBNAIL,
      refetch: wantsStoryboards,
      storyboard: () => ({}),
    });
    await withClip(environment, fakes.activities, aClip(), async (handle) => {
      const version = async () => (await handle.query(clipQuery)).pictureVersion;
      await until('the answer', async () => (await version()) === 2);
      assert.equal(fakes.writes.length, 2);
      await refresh(handle, 1);
      assert.equal(fakes.storyboards.length, 1);
    });
  });

  test('if storyboards fail, the clip stays live without an error, and tries only three times, once after each refresh', async () => {
    const fakes = fakeActivities({
      thumbnail: () => NEW_THUMBNAIL,
      refetch: wantsStoryboards,
      storyboard: () => {
        throw ApplicationFailure.nonRetryable('the CDN does not answer', 'ServiceFailed');
      },
    });
    await withClip(environment, fakes.activities, aClip(), async (handle) => {
      for (let times = 1; times <= 4; times++) {
        await until(`try ${times}`, () => fakes.storyboards.length === Math.min(times, 3));
        await refresh(handle, times);
      }
      const { status, thumbnailError, storyboard } = await handle.query(clipQuery);
      assert.deepEqual([status, thumbnailError, storyboard], ['live', undefined, undefined]);
      assert.equal(fakes.storyboards.length, 3);
    });
  });

  test('if a link is refreshed while a storyboard is made, the storyboard is made only once', async () => {
    const { open: endStoryboard, opened: storyboardEnds } = createGate();
    const fakes = fakeActivities({
      thumbnail: () => NEW_THUMBNAIL,
      refetch: wantsStoryboards,
      storyboard: async () => {
        await storyboardEnds;
        return STORYBOARD;
      },
    });
    await withClip(environment, fakes.activities, aClip(), async (handle) => {
      await until('the storyboard to begin', () => fakes.storyboards.length === 1);
      await refresh(handle, 1);
      endStoryboard();
      await until('its record', () => fakes.writes.at(-1)?.storyboard);
      await refresh(handle, 2);
      assert.equal(fakes.storyboards.length, 1);
    });
  });

  test('if only the storyboard of an old clip fails, its record names the new thumbnail, which is not made again', async () => {
    const fakes = fakeActivities({
      thumbnail: () => THUMBNAIL,
      refetch: wantsStoryboards,
      storyboard: ({ remakesThumbnail = false }) =>
        remakesThumbnail ? { remade: NEW_THUMBNAIL, isStoryboardMissing: true } : STORYBOARD,
    });
    await withClip(environment, fakes.activities, aClip(), async (handle) => {
      await refresh(handle, 1);
      await until(
        'the new thumbnail',
        () => fakes.writes.at(-1)?.thumbnailHash === NEW_THUMBNAIL.thumbnailHash,
      );
      assert.equal(fakes.writes.at(-1)?.pictureVersion, 1);
      await refresh(handle, 2);
      await until('the storyboard', () => fakes.writes.at(-1)?.storyboard);
      const asked = fakes.storyboards.map(({ remakesThumbnail }) => remakesThumbnail);
      assert.deepEqual(asked, [true, undefined]);
    });
  });
});
