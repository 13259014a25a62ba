import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import type { Client } from '@temporalio/client';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { clipId, type Clip } from '../../src/clip/clip.ts';
import { parseConfig } from '../../src/config.ts';
import { accessLost } from '../../src/errors.ts';
import { createLinkSource, NoFreshLink } from '../../src/library/link-source.ts';
import { createTemporalLinks } from '../../src/library/temporal-links.ts';
import { startClip } from '../../src/start-clip.ts';
import { openClient } from '../../src/temporal/connect.ts';
import { clipQuery, goneSignal } from '../../src/workflows/messages.ts';
import { aClip, aLink, fakeActivities } from '../support/fake-activities.ts';
import { createRelay } from '../support/relay.ts';
import { startTemporal, withWorkers } from '../support/temporal.ts';
import { until } from '../support/wait.ts';
import { withClip, type ClipHandle } from '../workflows/with-clip.ts';

const TEN_MINUTES = { minMinutes: 10 };
/** The retries of the SDK end sooner. */
const LONG_AWAY_MS = 4000;
const never = () => ({ signal: new AbortController().signal });
const abortedIn = (ms: number) => ({ signal: AbortSignal.timeout(ms) });

describe('the source of links', { concurrency: 3 }, () => {
  let environment: TestWorkflowEnvironment;
  let client: Client;
  let links: ReturnType<typeof createLinkSource>;
  before(async () => {
    environment = await startTemporal();
    client = await openClient(parseConfig({ TEMPORAL_ADDRESS: environment.address }));
    links = createLinkSource(client);
  });
  after(async () => {
    await client.connection.close();
    await environment.teardown();
  });

  /** Returns the error with which the request for a link fails. */
  const failureOf = (id: string, options = never()): Promise<NoFreshLink> =>
    failureIn(links.freshLink(id, TEN_MINUTES, options));

  async function failureIn(request: Promise<unknown>): Promise<NoFreshLink> {
    const error: unknown = await request.then(
      () => assert.fail('there is a link'),
      (reason: unknown) => reason,
    );
    assert.ok(error instanceof NoFreshLink, String(error));
    assert.doesNotMatch(error.message, /hm=/);
    return error;
  }

  const within = (clip: Clip, work: (handle: ClipHandle) => Promise<void>) =>
    withClip(environment, fakeActivities().activities, clip, work);

  test('a running clip gives its link and says what it is; after its deletion, there is no link because the clip is gone', async () => {
    const clip = aClip();
    const id = clipId(clip);
    const described = { channelId: clip.channelId, guildId: clip.guildId, url: clip.url };
    await within(clip, async (handle) => {
      assert.equal((await links.freshLink(id, TEN_MINUTES, never())).url, clip.url);
      assert.deepEqual(await links.describeClip(id, never()), { ...described, status: 'live' });
      await handle.signal(goneSignal);
      await handle.result();
      assert.equal((await failureOf(id)).reason, 'gone');
      assert.deepEqual(await links.describeClip(id, never()), { ...described, status: 'deleted' });
    });
  });

  test('the library may wait for a fraction of a millisecond for a link and for what the workflow knows', async () => {
    const clip = aClip();
    const id = clipId(clip);
    const temporal = createTemporalLinks(client);
    await within(clip, async () => {
      const wait = { timeoutMs: 4999.97 };
      const answer = await temporal.freshLink(id, { ...wait, minMinutes: 10 });
      assert.equal(answer.kind === 'link' && answer.url, clip.url);
      assert.equal((await temporal.describeClip(id, wait)).kind, 'clip');
    });
  });

  test('asking again while the clip does not answer waits for the same update', async () => {
    const url = aLink(300).replace(/is=\w+/, 'is=1');
    const clip = aClip({ url: aLink(-60) });
    const { activities } = fakeActivities({
      refetch: async () => {
        await setTimeout(2000);
        return { url };
      },
    });
    const temporal = createTemporalLinks(client);
    const isRunning = () => Promise.resolve(true);
    const work = async (handle: ClipHandle) => {
      const ask = (timeoutMs: number) =>
        temporal.freshLink(clipId(clip), { minMinutes: 1, timeoutMs });
      const kinds: string[] = [];
      while (kinds.length < 3) kinds.push((await ask(300)).kind);
      assert.deepEqual(kinds, ['busy', 'busy', 'busy']);
      assert.equal((await ask(5000)).kind, 'link');
      const { events } = await handle.fetchHistory();
      const updates = events?.filter(
        (event) => event.workflowExecutionUpdateAcceptedEventAttributes,
      );
      assert.equal(updates?.length, 1);
    };
    await withClip(environment, activities, clip, work, isRunning);
  });

  test('if an operator stopped the clip, there is no link because the clip is unreachable', async () => {
    const clip = aClip();
    await within(clip, async (handle) => {
      await handle.cancel();
      await handle.result().catch(() => undefined);
      const { reason, retryAtMs } = await failureOf(clipId(clip));
      assert.deepEqual([reason, retryAtMs], ['unreachable', null]);
    });
  });

  test('if the bot has lost access, the failure says why and when the clip may be asked again', async () => {
    const url = aLink(300).replace(/is=\w+/, 'is=1');
    const clip = aClip({ url });
    const { activities } = fakeActivities({
      refetch: () => {
        throw accessLost({ route: 'GET /channels/1/messages/2', status: 403 });
      },
    });
    await withClip(environment, activities, clip, async (handle) => {
      for (const asked of ['first', 'again']) {
        const { reason, retryAtMs, message } = await failureOf(clipId(clip));
        assert.equal(reason, 'unreachable', asked);
        assert.match(message, /no access to the clip's channel/);
        const leftMs = (retryAtMs ?? 0) - Date.now();
        assert.ok(leftMs > 0 && leftMs <= 60_000, `${leftMs} ms`);
        await until('the record', async () => (await handle.query(clipQuery)).nextRefresh);
      }
    });
  });

  test('if Temporal knows no such clip, there is no link because the clip is unknown', async () => {
    for (const id of ['1-2', '', 'x'.repeat(500), '1-2%00', "' OR 1=1"]) {
      assert.equal((await failureOf(id)).reason, 'unknown', id);
      assert.equal(await links.describeClip(id, never()), null);
    }
  });

  test('if the workflow does not know the update, there is no link because the clip is busy, so that readers can ask again soon', async () => {
    const clip = aClip();
    const id = clipId(clip);
    const { channelId } = clip;
    await withWorkers(environment, fakeActivities().activities, async (taskQueue) => {
      // Like a clip of an older version, this workflow has no handler for the update.
      const handle = await environment.client.workflow.start('sweep', {
        taskQueue,
        workflowId: `clip-${id}`,
        args: [{ channelId, channelName: 'clips', after: channelId, untilQuiet: false }],
      });
      const { reason, message } = await failureOf(id);
      assert.equal(reason, 'busy');
      assert.match(message, /freshLink/);
      await handle.terminate();
    });
  });

  test('while Temporal cannot be reached, a reader waits for it, and gets the link when it is back', async () => {
    const relay = await createRelay(environment.address);
    await relay.start();
    const far = await openClient(parseConfig({ TEMPORAL_ADDRESS: relay.address }));
    const source = createLinkSource(far);
    const clip = aClip();
    try {
      await within(clip, async () => {
        await relay.stop();
        const given = await failureIn(source.freshLink(clipId(clip), TEN_MINUTES, abortedIn(500)));
        assert.equal(given.reason, 'busy');
        const asked = source.freshLink(clipId(clip), TEN_MINUTES, abortedIn(30_000));
        const isAnswered = asked.then(() => true);
        assert.equal(await Promise.race([isAnswered, setTimeout(LONG_AWAY_MS, false)]), false);
        await relay.start();
        assert.equal((await asked).url, clip.url);
      });
    } finally {
      await far.connection.close();
      await relay.stop();
    }
  });

  test('if no worker answers, or more updates wait than the server accepts, there is no link because the clip is busy', async () => {
    const clip = aClip();
    await startClip(environment.client, clip, { source: 'live', taskQueue: 'nobody-polls-this' });
    const id = clipId(clip);
    const requests = Array.from({ length: 12 }, () => failureOf(id, abortedIn(1500)));
    for (const { reason } of await Promise.all(requests)) assert.equal(reason, 'busy');
    await assert.rejects(links.describeClip(id, abortedIn(300)), { reason: 'busy' });
    const aborted = { signal: AbortSignal.abort() };
    assert.equal((await failureOf(id, aborted)).reason, 'busy');
    await environment.client.workflow.getHandle(`clip-${id}`).terminate();
  });
});
