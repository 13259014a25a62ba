import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { clipQuery, refreshNowSignal } from '../../src/workflows/messages.ts';
import { aClip, aLink, fakeActivities } from '../support/fake-activities.ts';
import { startTemporal } from '../support/temporal.ts';
import { until } from '../support/wait.ts';
import { withClip, type ClipHandle } from './with-clip.ts';

const HOUR_MS = 60 * 60 * 1000;
const DAY_MS = 24 * HOUR_MS;
const DAY_SECONDS = 24 * 60 * 60;

describe('a clip whose worker has a wrong clock', { concurrency: 4 }, () => {
  let environment: TestWorkflowEnvironment;
  before(async () => {
    environment = await startTemporal();
  });
  after(async () => {
    await environment.teardown();
  });

  /** Returns the number of hours until the clip refreshes its link. */
  async function hoursToRefresh(handle: ClipHandle): Promise<number> {
    const next = await until('the next refresh', async () => {
      return (await handle.query(clipQuery)).nextRefresh;
    });
    return (Date.parse(next) - Date.now()) / HOUR_MS;
  }

  // A worker whose clock is right returns a time at most a day ahead, because the link is valid for a day.
  test('if a worker plans a refresh after the link expires, the workflow still refreshes the link in time', async () => {
    const late = () => ({ refreshAtMs: Date.now() + 1.5 * DAY_MS });
    const fakes = fakeActivities({ persist: late, refetch: late });
    await withClip(environment, fakes.activities, aClip(), async (handle) => {
      const first = await hoursToRefresh(handle);
      assert.ok(first > 15 && first <= 16, `in ${first} h, after the first write`);
      await handle.signal(refreshNowSignal);
      await until('a refresh', async () => (await handle.query(clipQuery)).refreshes === 1);
      const second = await hoursToRefresh(handle);
      assert.ok(second > 15 && second <= 16, `in ${second} h, after a refresh`);
    });
  });

  test('if a worker with a wrong clock plans a refresh days too late, an expired link is still refreshed within an hour', async () => {
    const late = () => ({ url: aLink(-60), refreshAtMs: Date.now() + DAY_MS });
    const fakes = fakeActivities({ refetch: late });
    const clip = aClip({ leaseSeconds: -60 });
    await withClip(environment, fakes.activities, clip, async (handle) => {
      const hours = await hoursToRefresh(handle);
      assert.ok(hours <= 1, `in ${hours} h`);
    });
  });

  test('if a link has no expiry and a worker plans its refresh two days ahead, the clip still refreshes after a day', async () => {
    const fakes = fakeActivities({ persist: () => ({ refreshAtMs: Date.now() + 2 * DAY_MS }) });
    const clip = aClip({ url: 'https://cdn.example/attachments/1/2/COMET.mp4' });
    await withClip(environment, fakes.activities, clip, async (handle) => {
      const hours = await hoursToRefresh(handle);
      assert.ok(hours > 23 && hours <= 24, `in ${hours} h`);
    });
  });

  test('if a worker plans each refresh in the past, the clip does not fetch its link in a loop', async () => {
    let fetches = 0;
    const fakes = fakeActivities({
      refetch: () => {
        fetches += 1;
        return { url: aLink(DAY_SECONDS), refreshAtMs: Date.now() - DAY_MS };
      },
    });
    await withClip(environment, fakes.activities, aClip(), async (handle) => {
      await handle.signal(refreshNowSignal);
      await until('a refresh', async () => (await handle.query(clipQuery)).refreshes === 1);
      const hours = await hoursToRefresh(handle);
      assert.ok(hours > 15 && hours <= 16, `in ${hours} h`);
      assert.equal(fetches, 1);
    });
  });

  test('if a refresh is planned a few seconds in the past, the clip refreshes its link at once', async () => {
    const fakes = fakeActivities({ persist: () => ({ refreshAtMs: Date.now() - 5000 }) });
    await withClip(environment, fakes.activities, aClip(), async (handle) => {
      await until('a refresh', async () => (await handle.query(clipQuery)).refreshes === 1);
    });
  });
});
