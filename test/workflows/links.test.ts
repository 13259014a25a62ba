import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { leaseOf } from '../../src/clip/lease.ts';
import { accessLost, linkExpired, serviceFailed } from '../../src/errors.ts';
import { clipQuery, editedSignal, refreshNowSignal } from '../../src/workflows/messages.ts';
import { aClip, aLink, fakeActivities } from '../support/fake-activities.ts';
import { createGate } from '../support/gate.ts';
import { millisecondLink } from '../support/histories/lives.ts';
import { startTemporal } from '../support/temporal.ts';
import { until } from '../support/wait.ts';
import { withClip, type ClipHandle } from './with-clip.ts';

const HOUR_MS = 60 * 60 * 1000;

describe("a clip's link", { concurrency: 4 }, () => {
  let environment: TestWorkflowEnvironment;
  before(async () => {
    environment = await startTemporal();
  });
  after(async () => {
    await environment.teardown();
  });

  const urlOf = async (handle: ClipHandle) => (await handle.query(clipQuery)).clip.url;

  test('if an edit during a refetch brings a link that expires after the fetched link, the clip keeps and writes the link of the edit', async () => {
    const { open: release, opened: held } = createGate();
    const fakes = fakeActivities({
      refetch: async () => {
        await held;
        return { url: aLink(86_000) };
      },
    });
    await withClip(environment, fakes.activities, aClip(), async (handle) => {
      await handle.signal(refreshNowSignal);
      await until('the fetch', async () => (await handle.query(clipQuery)).nextRefresh === null);
      const edited = { description: 'edited', url: aLink(90_000) };
      await handle.signal(editedSignal, edited);
      release();
      await until('the record', () => fakes.writes.at(-1)?.clip.url === edited.url);
      assert.equal(await urlOf(handle), edited.url);
    });
  });

  test('if fetches from Discord fail and an edit brings a link that expires later, the record gets the link of the edit at once', async () => {
    const fakes = fakeActivities({
      refetch: () => {
        throw serviceFailed('Discord answered 503', { route: 'GET /channels/1/messages/2' });
      },
    });
    await withClip(environment, fakes.activities, aClip(), async (handle) => {
      await handle.signal(refreshNowSignal);
      await until('the fetch', async () => (await handle.query(clipQuery)).nextRefresh === null);
      const edited = { description: 'edited', url: aLink(90_000) };
      await handle.signal(editedSignal, edited);
      await until('the record', () => fakes.writes.at(-1)?.clip.url === edited.url);
      const { nextRefresh } = await handle.query(clipQuery);
      assert.ok(Date.parse(nextRefresh ?? '') > Date.now() + HOUR_MS, 'the fetch has ended');
    });
  });

  test('if an edit brings a live link while Discord answers no fetch, the thumbnail is made with this link', async () => {
    const edited = { description: 'edited', url: aLink(90_000) };
    let fetches = 0;
    const fakes = fakeActivities({
      thumbnail: ({ url }) => {
        if (url !== edited.url) throw linkExpired({ route: 'GET the media link' });
        return { thumbnail: 'thumb/1-2.webp', facts: {} };
      },
      refetch: () => {
        fetches += 1;
        throw serviceFailed('Discord answered 503', { route: 'GET /channels/1/messages/2' });
      },
    });
    const isFetching = () => Promise.resolve(fetches > 0);
    const clip = aClip();
    await withClip(
      environment,
      fakes.activities,
      clip,
      async (handle) => {
        await handle.signal(editedSignal, edited);
        await until(
          'the thumbnail',
          async () => (await handle.query(clipQuery)).thumbnail !== undefined,
        );
      },
      isFetching,
    );
  });

  test('if a fetched link expires earlier than the link of the clip, the clip keeps its own link and writes it to the record again', async () => {
    const clip = aClip();
    const fakes = fakeActivities({ refetch: () => ({ url: aLink(3600) }) });
    await withClip(environment, fakes.activities, clip, async (handle) => {
      await handle.signal(refreshNowSignal);
      await until('the record', () => {
        const [before, last] = fakes.writes.slice(-2);
        return before?.by === 'refetch' && last?.clip.url === clip.url;
      });
      assert.equal(await urlOf(handle), clip.url);
    });
  });

  test('if an edit contains a worse link or the link of another attachment, the clip keeps its link', async () => {
    const clip = aClip();
    const fakes = fakeActivities();
    await withClip(environment, fakes.activities, clip, async (handle) => {
      const later = aLink(90_000);
      const worse = [
        later.replace(/\?.*/, ''),
        later.replace(/ex=\w+/, 'ex=tomorrow'),
        later.replace('/1/2/', '/1/3/'),
        later.replace('https:', 'ftp:'),
        aLink(3600),
      ];
      for (const [index, url] of worse.entries()) {
        await handle.signal(editedSignal, { description: `edit ${index}`, url });
        assert.equal(await urlOf(handle), clip.url, url);
      }
    });
  });

  test('if a link claims to be valid for centuries, the clip does not take it from an edit, and a fetched link replaces it', async () => {
    const forged = aLink(86_400).replace(/ex=\w+/, 'ex=fffffffff');
    const fetched = aLink(90_000);
    for (const clip of [aClip(), { ...aClip(), url: forged }]) {
      const fakes = fakeActivities({ refetch: () => ({ url: fetched }) });
      await withClip(environment, fakes.activities, clip, async (handle) => {
        await handle.signal(editedSignal, { description: 'forged', url: forged });
        await until('the edit', () => fakes.writes.at(-1)?.clip.description === 'forged');
        assert.equal(await urlOf(handle), clip.url);
        await handle.signal(refreshNowSignal);
        await until('the fetch', async () => (await urlOf(handle)) === fetched);
      });
    }
    const { activities } = fakeActivities();
    await withClip(environment, activities, { ...aClip(), url: forged }, async (handle) => {
      await handle.signal(editedSignal, { description: 'real', url: fetched });
      await until('the edit', async () => (await urlOf(handle)) === fetched);
    });
  });

  test('if an edit brings a later link, an unreachable clip still makes its next check at the planned time', async () => {
    const fakes = fakeActivities({
      refetch: () => {
        throw accessLost({ route: 'GET /channels/1/messages/2', status: 403 });
      },
    });
    await withClip(environment, fakes.activities, aClip({ leaseSeconds: 3600 }), async (handle) => {
      await handle.signal(refreshNowSignal);
      const view = await until('unreachable', async () => {
        const now = await handle.query(clipQuery);
        return now.status === 'unreachable' && now.nextRefresh !== null ? now : null;
      });
      const edited = { description: 'edited', url: aLink(90_000) };
      await handle.signal(editedSignal, edited);
      await until('the record', () => fakes.writes.at(-1)?.clip.url === edited.url);
      await until('the clip to sleep', async () => (await handle.query(clipQuery)).nextRefresh);
      assert.equal((await handle.query(clipQuery)).nextRefresh, view.nextRefresh);
    });
  });

  test('if the times in a link are in hexadecimal milliseconds, the clip reads the expiry correctly', async () => {
    const first = millisecondLink(7200);
    const fakes = fakeActivities({ refetch: () => ({ url: millisecondLink(9000) }) });
    await withClip(environment, fakes.activities, aClip({ url: first }), async (handle) => {
      const expiresAt = async () => {
        const { typedSearchAttributes } = await handle.describe();
        const found = typedSearchAttributes
          .getAll()
          .find(({ key: { name } }) => name === 'LinkExpiresAt');
        return Number(found?.value) / 1000;
      };
      assert.equal(await expiresAt(), leaseOf(first)?.expiresAt);
      const later = millisecondLink(8000);
      await handle.signal(editedSignal, { description: 'edited', url: later });
      await until('the edit', async () => (await urlOf(handle)) === later);
      await handle.signal(refreshNowSignal);
      await until('a refresh', async () => (await handle.query(clipQuery)).refreshes === 1);
      const left = (leaseOf(await urlOf(handle))?.expiresAt ?? 0) * 1000 - Date.now();
      assert.ok(left > 2 * HOUR_MS, `${left} ms`);
      const fresh = leaseOf(await urlOf(handle))?.expiresAt;
      await until('the search attribute', async () => (await expiresAt()) === fresh);
    });
  });
});
