import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { activityInfo, Context } from '@temporalio/activity';
import { WorkflowFailedError, type WorkflowHandle } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { Worker } from '@temporalio/worker';
import { createActivities, type Activities } from '../../src/activities/create-activities.ts';
import { recordKey, type Clip, type ClipSource } from '../../src/clip/clip.ts';
import type { ClipRecord } from '../../src/clip/record.ts';
import { detailsOf } from '../../src/clip/message/details.ts';
import { clipWorkflowId } from '../../src/clip/names.ts';
import {
  accessLost,
  linkExpired,
  mediaUnreadable,
  messageGone,
  serviceFailed,
} from '../../src/errors.ts';
import { startClip } from '../../src/start-clip.ts';
import type { archiveClip } from '../../src/workflows/clip/workflow.ts';
import {
  clipQuery,
  editedSignal,
  goneSignal,
  refreshNowSignal,
} from '../../src/workflows/messages.ts';
import { LOCAL_ATTEMPTS } from '../../src/workflows/proxies.ts';
import { aClip, aLink, fakeActivities } from '../support/fake-activities.ts';
import { createFakePorts } from '../support/fake-ports.ts';
import { createGate, type Gate } from '../support/gate.ts';
import { startTemporal, withWorkers, workflowSource } from '../support/temporal.ts';
import { pause, until } from '../support/wait.ts';

const ROUTE = { route: 'GET /channels/1/messages/2', status: 404 };
type ClipHandle = WorkflowHandle<typeof archiveClip>;

describe('archiveClip', { concurrency: 8 }, () => {
  let environment: TestWorkflowEnvironment;
  before(async () => {
    environment = await startTemporal();
  });
  after(async () => {
    await environment.teardown();
  });

  /** Starts a clip as the program does and ends it after the test. */
  const withClip = (
    { activities }: { activities: Partial<Activities> },
    clip: Clip,
    work: (handle: ClipHandle) => Promise<void>,
  ): Promise<void> =>
    withWorkers(environment, activities, async (taskQueue) => {
      await startClip(environment.client, clip, { source: 'live', taskQueue });
      const handle = environment.client.workflow.getHandle<typeof archiveClip>(
        clipWorkflowId(clip),
      );
      try {
        await work(handle);
      } finally {
        await handle.terminate().catch(() => undefined);
      }
    });

  /** Asserts that a worker that restarts can continue the clips. */
  async function assertReplays(clips: { what: string; handle: ClipHandle }[]): Promise<void> {
    const histories = await Promise.all(
      clips.map(async ({ what, handle }) => ({
        workflowId: what,
        history: await handle.fetchHistory(),
      })),
    );
    const failures: string[] = [];
    for await (const { workflowId, error } of Worker.runReplayHistories(
      workflowSource(),
      histories,
    ))
      if (error) failures.push(`${workflowId}: ${error.message}`);
    assert.deepEqual(failures, []);
  }

  const isLive = async (handle: ClipHandle) => (await handle.query(clipQuery)).status === 'live';

  test('the record of a new clip is written at once, and a second write adds the thumbnail and the poster image', async () => {
    const fakes = fakeActivities();
    const clip = aClip();
    await withClip(fakes, clip, async (handle) => {
      await until('the second write', () => fakes.writes[1]);
      assert.equal(fakes.writes[0]?.status, 'archiving');
      assert.equal(fakes.writes[0].thumbnail, undefined);
      const second = fakes.writes[1];
      assert.equal(second?.status, 'live');
      assert.equal(second.thumbnail, `thumb/${clip.messageId}-${clip.attachmentId}.webp`);
      assert.equal(second.posterImage, `poster/${clip.messageId}-${clip.attachmentId}.jpg`);
      assert.equal(second.thumbnailHash, '9f2c51d08b7e43a6');
      assert.equal(second.posterImageHash, '04b1e7a95cd3286f');
      assert.deepEqual(second.facts, { durationSeconds: 21.25, width: 1920, height: 1080 });
      assert.deepEqual(
        fakes.writes.map(({ revision, local }) => ({ revision, local })),
        [
          { revision: 1, local: true },
          { revision: 2, local: true },
        ],
      );
      await until('live', () => isLive(handle));
    });
    assert.deepEqual(fakes.posters, [clip.poster], 'user data is saved once');
    assert.equal(fakes.thumbnails.length, 1);
    assert.equal(fakes.writes.length, 2, 'the workflow then sleeps');
  });

  test('the workflow of a clip sets search attributes, a workflow summary and a timer summary', async () => {
    const fakes = fakeActivities({
      persist: () => ({ refreshAtMs: Date.now() + 3_600_000 }),
    });
    const clip = aClip();
    await withClip(fakes, clip, async (handle) => {
      // A query may be answered before the server has the search attributes of the same workflow task.
      const { shown, raw } = await until('the attribute of a live clip', async () => {
        const { typedSearchAttributes, raw } = await handle.describe();
        const shown = Object.fromEntries(
          typedSearchAttributes.getAll().map(({ key, value }) => [key.name, value]),
        );
        return shown.ClipState === 'live' ? { shown, raw } : null;
      });
      assert.equal(shown.ClipTitle, 'COMET.mp4');
      assert.equal(shown.ClipChannel, 'overtime');
      assert.equal(shown.ClipGuild, 'Clip Club');
      assert.equal(shown.ClipPoster, '_juno');
      assert.ok(shown.LinkExpiresAt instanceof Date);
      assert.ok(raw.executionConfig?.userMetadata?.summary, 'a static summary');
      const { events } = await handle.fetchHistory();
      const timer = events?.find(({ timerStartedEventAttributes: timer }) => timer);
      assert.match(String(timer?.userMetadata?.summary?.data), /until/);
    });
  });

  test('a clip refreshes its link repeatedly and never runs two writes of its record at the same time', async () => {
    const fakes = fakeActivities({
      persist: () => ({ refreshAtMs: Date.now() + 100 }),
      refetch: async () => {
        await pause(20);
        return { refreshAtMs: Date.now() + 100 };
      },
    });
    await withClip(fakes, aClip(), async (handle) => {
      await until('five refreshes', async () => (await handle.query(clipQuery)).refreshes >= 5);
      const revisions = fakes.writes.map(({ revision }) => revision);
      assert.deepEqual(
        revisions,
        revisions.map((_, index) => index + 1),
        'every write is a new revision',
      );
      assert.equal(fakes.mostWritesAtOnce, 1);
    });
  });

  test('before the history grows long, the workflow of a clip continues as new and keeps its state', async () => {
    const fakes = fakeActivities();
    const clip = aClip();
    await withClip(fakes, clip, async (handle) => {
      await until('live', () => isLive(handle));
      const { runId: firstRun } = await handle.describe();
      for (let refreshes = 1; refreshes <= 17; refreshes++) {
        await handle.signal(refreshNowSignal);
        await until(`refresh ${refreshes}`, async () => {
          const view = await handle.query(clipQuery);
          return view.refreshes === refreshes && view.nextRefresh !== null;
        });
      }
      const view = await handle.query(clipQuery);
      const { runId, historyLength } = await handle.describe();
      assert.notEqual(runId, firstRun);
      assert.ok(historyLength < 60, `${historyLength} events`);
      assert.equal(view.thumbnail, `thumb/${clip.messageId}-${clip.attachmentId}.webp`);
      assert.equal(view.posterImage, `poster/${clip.messageId}-${clip.attachmentId}.jpg`);
      assert.equal(view.posterImageHash, '04b1e7a95cd3286f');
      assert.equal(view.clip.description, clip.description);
      assert.equal(fakes.thumbnails.length, 1);
      assert.equal(fakes.posters.length, 1);
      const revisions = fakes.writes.map(({ revision }) => revision);
      assert.equal(new Set(revisions).size, revisions.length, 'no revision is written twice');
    });
  });

  test('a slow thumbnail does not delay the refresh of the link', async () => {
    const { open: release, opened: slow } = createGate();
    const fakes = fakeActivities({
      persist: () => ({ refreshAtMs: Date.now() + 100 }),
      refetch: () => ({ refreshAtMs: Date.now() + 100 }),
      thumbnail: async ({ messageId }) => {
        await slow;
        return { thumbnail: `thumb/${messageId}.webp`, facts: {} };
      },
    });
    await withClip(fakes, aClip(), async (handle) => {
      await until('two refreshes', async () => (await handle.query(clipQuery)).refreshes >= 2);
      assert.equal((await handle.query(clipQuery)).status, 'archiving');
      release();
      await until('live', () => isLive(handle));
    });
  });

  test('if no thumbnail can be made, the clip becomes live and the record contains the reason', async () => {
    const fakes = fakeActivities({
      thumbnail: () => {
        throw mediaUnreadable('the file is a playlist');
      },
    });
    await withClip(fakes, aClip(), async (handle) => {
      await until('live', () => isLive(handle));
      assert.deepEqual(fakes.writes.at(-1)?.thumbnailError, {
        type: 'MediaUnreadable',
        message: 'the file is a playlist',
      });
      assert.equal(fakes.thumbnails.length, 1, 'an unreadable file is not retried');
    });
  });

  test('if no thumbnail can be made, the record still contains the duration, dimensions and codec of the clip', async () => {
    const facts = { durationSeconds: 21.25, width: 1920, height: 1080, codec: 'h264' };
    const fakes = fakeActivities({
      thumbnail: () => {
        const message = 'no picture can be made of the video';
        const failure = { type: 'MediaUnreadable', message, nonRetryable: true };
        throw ApplicationFailure.create({ ...failure, details: [facts] });
      },
    });
    await withClip(fakes, aClip(), async (handle) => {
      await until('live', () => isLive(handle));
      assert.deepEqual(fakes.writes.at(-1)?.facts, facts);
      assert.equal(fakes.writes.at(-1)?.thumbnailError?.type, 'MediaUnreadable');
    });
  });

  test('if the CDN refuses the link of a clip, the thumbnail is retried with a fresh link', async () => {
    const fresh = aLink(90_000);
    const fakes = fakeActivities({
      refetch: () => ({ url: fresh }),
      thumbnail: ({ url, messageId }) => {
        if (url !== fresh)
          throw linkExpired({ route: 'GET /attachments/1/2/COMET.mp4', status: 404 });
        return { thumbnail: `thumb/${messageId}.webp`, facts: {} };
      },
    });
    await withClip(fakes, aClip(), async (handle) => {
      const view = await until('the thumbnail', async () => {
        const now = await handle.query(clipQuery);
        return now.thumbnail === undefined ? null : now;
      });
      assert.equal(view.clip.url, fresh);
      assert.equal(view.thumbnailError, undefined);
    });
  });

  test('if the link of a new clip has already expired, the workflow fetches a fresh link before the first write', async () => {
    const fakes = fakeActivities();
    await withClip(fakes, aClip({ leaseSeconds: -60 }), async (handle) => {
      await until('live', () => isLive(handle));
      assert.equal(fakes.writes[0]?.by, 'refetch', 'no record ever shows the expired link');
    });
  });

  test('if the message of a clip is deleted, the workflow ends and the record gets the status deleted', async () => {
    const fakes = fakeActivities();
    await withClip(fakes, aClip(), async (handle) => {
      await until('live', () => isLive(handle));
      await handle.signal(goneSignal);
      assert.equal((await handle.result()).status, 'deleted');
      const last = fakes.writes.at(-1);
      assert.equal(last?.status, 'deleted');
      assert.ok(last.deletedAtMs! > Date.now() - 60_000);
      assert.ok(last.thumbnail, 'the record keeps its other fields');
    });
  });

  test('a clip counts as deleted only after Discord answers 404 twice, at least a minute apart', async () => {
    let asked = 0;
    const askedAt: number[] = [];
    const fakes = fakeActivities({
      refetch: () => {
        asked += 1;
        askedAt.push(Date.now());
        throw messageGone(ROUTE);
      },
    });
    await withClip(fakes, aClip(), async (handle) => {
      await until('live', () => isLive(handle));
      await handle.signal(refreshNowSignal);
      await until('the first fetch', () => asked === 1);
      await handle.signal(refreshNowSignal);
      await until('an early fetch', () => asked === 2);
      assert.equal(
        (await handle.query(clipQuery)).status,
        'live',
        'a second 404 within the minute proves nothing',
      );
      assert.equal((await handle.result()).status, 'deleted');
      assert.ok(askedAt[2]! - askedAt[0]! >= 59_000, `${askedAt[2]! - askedAt[0]!} ms`);
    });
  });

  test('after a 404, an edit or a 403 restarts the minute that must pass before the clip can count as deleted', async () => {
    const answers = [
      messageGone(ROUTE),
      accessLost({ route: 'GET /channels/1/messages/2', status: 403 }),
      messageGone(ROUTE),
    ];
    let asked = 0;
    const fakes = fakeActivities({
      refetch: () => {
        throw answers[asked++] ?? messageGone(ROUTE);
      },
    });
    await withClip(fakes, aClip(), async (handle) => {
      await until('live', () => isLive(handle));
      const nextLook = async () => {
        const before = asked;
        await handle.signal(refreshNowSignal);
        await until('a fetch', () => asked > before);
        return await until('its end', async () => (await handle.query(clipQuery)).nextRefresh);
      };
      const suspected = await nextLook();
      await pause(2000);
      await nextLook();
      const again = await nextLook();
      const seconds = (Date.parse(again) - Date.parse(suspected)) / 1000;
      assert.ok(seconds >= 1, `a 403 starts a new minute, ${seconds} s later`);
      await pause(2000);
      await handle.signal(editedSignal, { description: 'edited', url: aLink(86_400) });
      const last = await nextLook();
      const more = (Date.parse(last) - Date.parse(again)) / 1000;
      assert.ok(more >= 1, `an edit starts a new minute, ${more} s later`);
    });
  });

  test('if a message is found again after a 404, the clip stays live', async () => {
    let asked = 0;
    const fakes = fakeActivities({
      refetch: () => {
        asked += 1;
        if (asked === 1) throw messageGone(ROUTE);
        return {};
      },
    });
    await withClip(fakes, aClip(), async (handle) => {
      await until('live', () => isLive(handle));
      await handle.signal(refreshNowSignal);
      await until('the first fetch', () => asked === 1);
      await handle.signal(refreshNowSignal);
      await until('a refresh', async () => (await handle.query(clipQuery)).refreshes === 1);
      assert.equal((await handle.query(clipQuery)).status, 'live');
    });
  });

  test('if the bot loses access to a message, the clip is unreachable until access returns', async () => {
    let allowed = false;
    const fakes = fakeActivities({
      refetch: () => {
        if (!allowed) throw accessLost({ route: 'GET /channels/1/messages/2', status: 403 });
        return {};
      },
    });
    await withClip(fakes, aClip(), async (handle) => {
      await until('live', () => isLive(handle));
      await handle.signal(refreshNowSignal);
      await until('the record to say so', () => fakes.writes.at(-1)?.status === 'unreachable');
      const { nextRefresh } = await handle.query(clipQuery);
      const hours = (Date.parse(nextRefresh!) - Date.now()) / 3_600_000;
      assert.ok(hours > 11.5 && hours < 12.1, `not after half of the time left: in ${hours} h`);
      allowed = true;
      await handle.signal(refreshNowSignal);
      await until('live', () => isLive(handle));
      assert.equal(fakes.writes.at(-1)?.status, 'live');
    });
  });

  test('if the workflow of a clip is cancelled, the record stays and gets the status stopped', async () => {
    const fakes = fakeActivities();
    await withClip(fakes, aClip(), async (handle) => {
      await until('live', () => isLive(handle));
      await handle.cancel();
      await assert.rejects(handle.result(), WorkflowFailedError);
      assert.equal((await handle.describe()).status.name, 'CANCELLED');
      assert.equal(fakes.writes.at(-1)?.status, 'stopped');
      assert.ok(fakes.writes.at(-1)?.thumbnail);
    });
  });

  test('after the workflow of a clip is cancelled, only a backfill can start the clip again', async () => {
    const fakes = fakeActivities();
    const clip = aClip();
    await withClip(fakes, clip, async (handle) => {
      await until('live', () => isLive(handle));
      const { taskQueue } = await handle.describe();
      await handle.cancel();
      await assert.rejects(handle.result(), WorkflowFailedError);
      const start = (source: ClipSource) =>
        startClip(environment.client, clip, { source, taskQueue });
      assert.equal(await start('live'), 'known');
      assert.equal(await start('sweep'), 'known');
      assert.equal(await start('backfill'), 'started');
    });
  });

  test('if a clip is cancelled while a link refresh hangs or fails, the record gets the status stopped', async () => {
    const failing = () => {
      throw serviceFailed('Discord does not answer');
    };
    for (const refetch of [() => Context.current().cancelled, failing]) {
      const fakes = fakeActivities({ refetch });
      await withClip(fakes, aClip(), async (handle) => {
        await until('live', () => isLive(handle));
        await handle.signal(refreshNowSignal);
        await until('the fetch', async () => (await handle.query(clipQuery)).nextRefresh === null);
        await handle.cancel();
        await assert.rejects(handle.result(), WorkflowFailedError);
        assert.equal((await handle.describe()).status.name, 'CANCELLED');
        assert.equal(fakes.writes.at(-1)?.status, 'stopped');
        const failed = (await handle.fetchHistory()).events?.filter(
          ({ workflowTaskFailedEventAttributes }) => workflowTaskFailedEventAttributes,
        );
        assert.deepEqual(failed, [], 'no workflow task failed');
      });
    }
  });

  test('an edit updates the text and the link of a clip, and an edit that changes nothing is ignored', async () => {
    const fakes = fakeActivities();
    const clip = aClip();
    await withClip(fakes, clip, async (handle) => {
      await until('live', () => isLive(handle));
      const before = fakes.writes.length;
      await handle.signal(editedSignal, { description: clip.description, url: clip.url });
      await handle.signal(editedSignal, { description: 'ace (edited)', url: aLink(90_000) });
      await until('the edit', () => fakes.writes.at(-1)?.clip.description === 'ace (edited)');
      assert.equal(fakes.writes.length, before + 1);
      assert.notEqual(fakes.writes.at(-1)?.clip.url, clip.url);
    });
  });

  test('a clip takes the message text that a link refresh returns, unless a newer edit has arrived', async () => {
    let gate: Gate | null = null;
    const fakes = fakeActivities({
      refetch: async () => {
        await gate?.opened;
        return { description: 'as it was fetched' };
      },
    });
    await withClip(fakes, aClip(), async (handle) => {
      await until('live', () => isLive(handle));
      await handle.signal(refreshNowSignal);
      const text = async () => (await handle.query(clipQuery)).clip.description;
      await until('the fetched text', async () => (await text()) === 'as it was fetched');
      gate = createGate();
      await handle.signal(refreshNowSignal);
      await until('the fetch', async () => (await handle.query(clipQuery)).nextRefresh === null);
      await handle.signal(editedSignal, { description: 'edited since', url: aLink(60) });
      gate.open();
      await until('the record', () => fakes.writes.at(-1)?.clip.description === 'edited since');
      assert.equal(await text(), 'edited since');
    });
  });

  test('if an edit changes the details of a clip, they are written; an edit without a change writes nothing', async () => {
    const fakes = fakeActivities();
    const clip = aClip({ title: 'Ace', spoiler: true });
    const { description, url } = clip;
    await withClip(fakes, clip, async (handle) => {
      await until('live', () => isLive(handle));
      const before = fakes.writes.length;
      await handle.signal(editedSignal, { description, url, details: detailsOf(clip) });
      // An older ingest process sends an edit without details.
      await handle.signal(editedSignal, { description, url });
      const details = { title: 'An ace', altText: 'five in a row' };
      await handle.signal(editedSignal, { description, url, details });
      await until('the edit', () => fakes.writes.at(-1)?.clip.title === 'An ace');
      assert.equal(fakes.writes.length, before + 1);
      const { altText, spoiler } = fakes.writes.at(-1)!.clip;
      assert.deepEqual([altText, spoiler], ['five in a row', undefined]);
    });
  });

  test('if a refetch finds new details, the clip is updated unless a newer edit arrived during the refetch', async () => {
    let gate: Gate | null = null;
    const fakes = fakeActivities({
      refetch: async () => {
        await gate?.opened;
        return { details: { title: 'as it was fetched', game: 'Overwatch 2' } };
      },
    });
    const clip = aClip();
    await withClip(fakes, clip, async (handle) => {
      await until('live', () => isLive(handle));
      await handle.signal(refreshNowSignal);
      const title = async () => (await handle.query(clipQuery)).clip.title;
      await until('the fetched title', async () => (await title()) === 'as it was fetched');
      gate = createGate();
      await handle.signal(refreshNowSignal);
      await until('the fetch', async () => (await handle.query(clipQuery)).nextRefresh === null);
      const details = { title: 'edited since' };
      await handle.signal(editedSignal, { description: clip.description, url: aLink(60), details });
      gate.open();
      await until('the record', () => fakes.writes.at(-1)?.clip.title === 'edited since');
      const { clip: now } = await handle.query(clipQuery);
      assert.deepEqual([now.title, now.game], ['edited since', 'Overwatch 2']);
    });
  });

  test('after a refetch has saved new user data, the record names the poster and the user behind a bot', async () => {
    const poster = { ...aClip().poster, userDataId: '1283675776780079888-0123456789abcdef' };
    const postedBy = { ...aClip().poster, id: '100000000000000004', username: 'marlow' };
    const fakes = fakeActivities({ refetch: () => ({ poster, postedBy }) });
    await withClip(fakes, aClip(), async (handle) => {
      await until('live', () => isLive(handle));
      await handle.signal(refreshNowSignal);
      const { userDataId } = poster;
      await until('the record', () => fakes.writes.at(-1)?.clip.poster.userDataId === userDataId);
      assert.deepEqual(fakes.writes.at(-1)?.clip.postedBy, { id: postedBy.id });
      assert.equal(fakes.writes.at(-1)?.by, 'persist');
    });
  });

  test('if a record is written, the input of persist contains only the user fields that the record shows', async () => {
    const fakes = fakeActivities();
    const clip = aClip({ webhookId: '1283675776780079888' });
    const userDataId = '1283675776780079888-0123456789abcdef';
    clip.postedBy = { ...clip.poster, username: 'marlow' };
    clip.poster = { ...clip.poster, userDataId };
    await withClip(fakes, clip, async (handle) => {
      await until('live', () => isLive(handle));
    });
    const { id, username } = clip.poster;
    assert.deepEqual(fakes.writes[0]?.clip.poster, { id, username, userDataId });
    assert.deepEqual(fakes.writes[0].clip.postedBy, { id });
  });

  test('if a message is deleted while a link refresh hangs, the clip still ends as deleted', async () => {
    const fakes = fakeActivities({ refetch: () => Context.current().cancelled });
    await withClip(fakes, aClip(), async (handle) => {
      await until('live', () => isLive(handle));
      await handle.signal(refreshNowSignal);
      await until('the fetch', async () => (await handle.query(clipQuery)).nextRefresh === null);
      await handle.signal(goneSignal);
      assert.equal((await handle.result()).status, 'deleted');
      assert.equal(fakes.writes.at(-1)?.by, 'persist');
    });
  });

  test('if the gateway reports a deletion while a fetch finds the message missing, the clip ends as deleted', async () => {
    const { open: endPoster, opened: posterEnds } = createGate();
    let hasFetched = false;
    const fakes = fakeActivities({
      // Saving the poster keeps the workflow task open, so the signal and the end of the fetch arrive together.
      saveUser: () => posterEnds,
      refetch: () => {
        hasFetched = true;
        throw messageGone(ROUTE);
      },
    });
    await withClip(fakes, aClip({ leaseSeconds: -60 }), async (handle) => {
      await until('the fetch', () => hasFetched);
      await pause(500);
      await handle.signal(goneSignal);
      endPoster();
      assert.equal((await handle.result()).status, 'deleted');
      const { events } = await handle.fetchHistory();
      const started = (events ?? []).filter((event) => event.timerStartedEventAttributes);
      assert.deepEqual(started, [], 'the clip does not wait for a second fetch');
      assert.equal(fakes.writes.at(-1)?.status, 'deleted');
      await assertReplays([{ what: 'a deletion', handle }]);
    });
  });

  test('if an operator cancels a clip and its message is deleted during the last write, the clip ends as deleted', async () => {
    const { open: release, opened: released } = createGate();
    let isStopping = false;
    const fakes = fakeActivities({
      persist: async ({ state }) => {
        if (state.status === 'stopped') {
          isStopping = true;
          await released;
        }
        return {};
      },
    });
    await withClip(fakes, aClip(), async (handle) => {
      await until('live', () => isLive(handle));
      await handle.cancel();
      await until('the last write', () => isStopping);
      await handle.signal(goneSignal);
      release();
      assert.equal((await handle.result()).status, 'deleted');
      assert.equal(fakes.writes.at(-1)?.status, 'deleted');
    });
  });

  test('if a write fails, Temporal shows the pending activity and the reason until a retry succeeds', async () => {
    let broken = true;
    const fakes = fakeActivities({
      persist: () => {
        if (broken) throw serviceFailed('the bucket does not answer');
        return {};
      },
    });
    await withClip(fakes, aClip(), async (handle) => {
      const pending = await until('a pending activity with its reason', async () => {
        const { raw } = await handle.describe();
        return raw.pendingActivities?.find(({ lastFailure }) => lastFailure);
      });
      assert.equal(pending.activityType?.name, 'persist');
      assert.match(pending.lastFailure!.message!, /the bucket does not answer/);
      broken = false;
      await until('live', () => isLive(handle));
    });
  });

  test('a poster is saved after the first record, and not at all if the worker knows that they are saved', async () => {
    for (const isKnown of [false, true]) {
      const order: string[] = [];
      const fakes = fakeActivities({
        persist({ state, user }) {
          order.push(
            user ? `record, asks about ${user.poster.displayName}` : `record ${state.status}`,
          );
          return isKnown && user ? { userSaved: true } : {};
        },
        saveUser: ({ poster }) => void order.push(`user ${poster.displayName}`),
      });
      await withClip(fakes, aClip(), async (handle) => {
        await until('live', () => isLive(handle));
        await until('the second record', () => order.includes('record live'));
        const first = ['record, asks about Juno', ...(isKnown ? [] : ['user Juno'])];
        assert.deepEqual(order, [...first, 'record live']);
        await assertReplays([{ what: 'a poster', handle }]);
      });
    }
  });

  test('if a refresh is wanted during the first write, the poster is saved by an ordinary activity', async () => {
    const wasLocal: boolean[] = [];
    const fakes = fakeActivities({
      // The write lasts longer than a workflow task, so the signal arrives in the meantime.
      async persist({ adopt }) {
        if (!adopt) return {};
        await pause(activityInfo().attempt === 1 ? 3000 : 1500);
        if (activityInfo().attempt === 1) throw serviceFailed('the bucket does not answer');
        return {};
      },
      saveUser: () => void wasLocal.push(activityInfo().isLocal),
    });
    await withClip(fakes, aClip(), async (handle) => {
      await pause(1000);
      await handle.signal(refreshNowSignal);
      await until('the poster', () => wasLocal.length > 0);
      await until('live', () => isLive(handle));
      assert.deepEqual(wasLocal, [false]);
      await assertReplays([{ what: 'a wanted refresh', handle }]);
    });
  });

  test('if a clip is cancelled during its first write, its poster is saved after the last write', async () => {
    const { open: release, opened: released } = createGate();
    let isWriting = false;
    const fakes = fakeActivities({
      async persist({ adopt }) {
        if (!adopt) return {};
        if (activityInfo().isLocal) throw serviceFailed('the bucket does not answer');
        isWriting = true;
        await released;
        return {};
      },
    });
    await withClip(fakes, aClip(), async (handle) => {
      await until('the first write', () => isWriting);
      await handle.cancel();
      await pause(500);
      release();
      await assert.rejects(handle.result());
      assert.equal(fakes.writes.at(-1)?.status, 'stopped');
      assert.equal(fakes.posters.length, 1);
      await assertReplays([{ what: 'a cancelled clip', handle }]);
    });
  });

  test('if saving user data fails at first, the workflow history of the clip can still be replayed', async () => {
    /** The timing of a clip's activities. Inside the workflow task, saving the poster fails after `saveUserMs`. */
    interface Timing {
      saveUserMs: number;
      persistMs?: number;
      /** If true, the first write of the record also fails inside the workflow task. */
      persistFails?: boolean;
      thumbnailMs?: number;
      refetchMs?: number;
      leaseSeconds?: number;
      /** Called after the record is written. The open workflow task holds a signal back until the task's heartbeat. */
      play?: (handle: ClipHandle) => Promise<unknown>;
    }
    /** This time is longer than an attempt may take. */
    const HANGING_MS = 5000;
    const edit = { description: 'edited', url: aLink(60) };
    const timings: Record<string, Timing> = {
      'its record is written first': { saveUserMs: 0 },
      'its record is written last': { saveUserMs: 0, persistMs: 1500 },
      'its record is written at the same time': { saveUserMs: 100, persistMs: 900 },
      'its record is being written again': { saveUserMs: 0, persistMs: 400, thumbnailMs: 50 },
      'its record cannot be written either': { saveUserMs: 0, persistFails: true },
      'its link is being fetched': { saveUserMs: 0, leaseSeconds: -60, refetchMs: 1500 },
      'the attempts time out': { saveUserMs: HANGING_MS },
      'a thumbnail is made in the meantime': { saveUserMs: HANGING_MS, persistMs: 2000 },
      'the link is refreshed': {
        saveUserMs: HANGING_MS,
        refetchMs: 6000,
        play: (handle) => handle.signal(refreshNowSignal),
      },
      'the message is edited': {
        saveUserMs: 1800,
        persistMs: 2500,
        play: (handle) => handle.signal(editedSignal, edit),
      },
      'the message is deleted': {
        saveUserMs: 1800,
        persistMs: 2500,
        play: (handle) => handle.signal(goneSignal),
      },
      'the clip is cancelled': { saveUserMs: HANGING_MS, play: (handle) => handle.cancel() },
    };

    const clips = Object.entries(timings).map(([what, timing]) => {
      const { poster, ...clip } = aClip({ leaseSeconds: timing.leaseSeconds ?? 86_400 });
      return { what, timing, clip: { ...clip, poster: { ...poster, id: clip.messageId } } };
    });
    const timingOf = ({ messageId }: { messageId: string }): Timing =>
      clips.find(({ clip }) => clip.messageId === messageId)!.timing;
    const fakes = fakeActivities({
      saveUser: async ({ poster }) => {
        if (!activityInfo().isLocal) return;
        await pause(timingOf({ messageId: poster.id }).saveUserMs);
        throw serviceFailed('the bucket does not answer');
      },
      persist: async ({ state, adopt }) => {
        const { persistMs = 0, persistFails } = timingOf(state.clip);
        await pause(persistMs);
        if (persistFails && adopt && activityInfo().isLocal)
          throw serviceFailed('the bucket does not answer');
        return {};
      },
      thumbnail: async ({ messageId }) => {
        await pause(timingOf({ messageId }).thumbnailMs ?? 0);
        return { thumbnail: `thumb/${messageId}.webp`, facts: {} };
      },
      refetch: async ({ state }) => {
        await pause(timingOf(state.clip).refetchMs ?? 0);
        return {};
      },
    });
    await withWorkers(environment, fakes.activities, async (taskQueue) => {
      const played = clips.map(async ({ what, timing, clip }) => {
        await startClip(environment.client, clip, { source: 'live', taskQueue });
        const handle = environment.client.workflow.getHandle<typeof archiveClip>(
          clipWorkflowId(clip),
        );
        const written = () =>
          fakes.writes.find(({ clip: { messageId } }) => messageId === clip.messageId);
        await until(`the record of the clip when ${what}`, written);
        await timing.play?.(handle);
        await until(`the poster or the end of the clip when ${what}`, async () => {
          if (fakes.posters.some(({ id }) => id === clip.poster.id)) return true;
          return (await handle.describe()).status.name !== 'RUNNING';
        });
        await pause(500);
        return { what, handle };
      });
      const ended = await Promise.all(played);
      await assertReplays(ended);
      for (const { handle } of ended) await handle.terminate().catch(() => undefined);
    });
  });

  test('if a link refresh becomes due during a slow write, the workflow history can still be replayed', async () => {
    let isDue = false;
    const fakes = fakeActivities({
      persist: async ({ state }) => {
        if (state.clip.description !== 'edited') return { refreshAtMs: Date.now() + 2000 };
        // The two attempts take so long that the workflow task sends a heartbeat. The server's answer then contains the
        // timer's event.
        await pause(3000);
        if (activityInfo().attempt === 1) throw serviceFailed('the bucket does not answer');
        return {};
      },
      refetch: () => {
        isDue = true;
        return {};
      },
    });
    await withClip(fakes, aClip(), async (handle) => {
      await until('live', () => isLive(handle));
      await handle.signal(editedSignal, { description: 'edited', url: aLink(60) });
      await until('the refresh', () => isDue);
      await assertReplays([{ what: 'a slow write', handle }]);
    });
  });

  test('if a clip is started again, the new workflow keeps the pictures and duration from the existing record', async () => {
    const fakes = fakeActivities({
      persist: ({ adopt }) =>
        adopt
          ? {
              adopted: {
                revision: 7,
                thumbnail: 'thumb/old.webp',
                posterImage: 'poster/old.jpg',
                thumbnailHash: '00000000000000aa',
                posterImageHash: '00000000000000bb',
                facts: { durationSeconds: 3 },
              },
            }
          : {},
    });
    await withClip(fakes, aClip(), async (handle) => {
      await until('live', () => isLive(handle));
      await until('the record', () => fakes.writes.at(-1)?.revision === 8);
      assert.equal(fakes.writes.at(-1)?.thumbnail, 'thumb/old.webp');
      assert.equal(fakes.writes.at(-1)?.posterImage, 'poster/old.jpg');
      assert.equal(fakes.writes.at(-1)?.thumbnailHash, '00000000000000aa');
      assert.equal(fakes.writes.at(-1)?.posterImageHash, '00000000000000bb');
      assert.deepEqual(fakes.writes.at(-1)?.facts, { durationSeconds: 3 });
      assert.equal(fakes.thumbnails.length, 0);
    });
  });

  test('if the stored record has a higher revision than the workflow, the workflow writes an even higher revision', async () => {
    // Simulates a bucket whose record gets a higher revision than the workflow's state.
    let stored = 40;
    const write = ({ revision }: { revision: number }) => {
      if (stored > revision) return { superseded: stored };
      stored = revision;
      return {};
    };
    const fakes = fakeActivities({
      persist: ({ state }) => write(state),
      refetch: ({ state }) => write(state),
    });
    await withClip(fakes, aClip(), async (handle) => {
      await until('live', () => isLive(handle));
      await until('a write that is not superseded', () => stored > 40);
      stored = 90;
      await handle.signal(refreshNowSignal);
      await until('a refresh', async () => (await handle.query(clipQuery)).refreshes === 1);
      await until('another write that is not superseded', () => stored > 90);
      const { revision, clip } = await handle.query(clipQuery);
      assert.equal(revision, stored);
      assert.equal(fakes.writes.at(-1)?.clip.url, clip.url, 'with the fresh link');
      stored = 200;
      await handle.signal(goneSignal);
      await handle.result();
      assert.equal(stored, 201, 'the last write also has the fresh link');
    });
  });

  test('if a record contains an impossible revision or attempt, an edit needs only a few writes', async () => {
    for (const [field, value] of [
      ['Revision', '1e999'],
      ['Attempt', '1e999'],
      ['Attempt', '1000000'],
    ] as const) {
      const ports = createFakePorts();
      const { persist } = createActivities(ports);
      const clip = aClip();
      const fakes = fakeActivities();
      await withClip({ activities: { ...fakes.activities, persist } }, clip, async (handle) => {
        await until('live', () => isLive(handle));
        const key = recordKey(clip);
        const { revision } = await handle.query(clipQuery);
        const { Revision } = ports.bucket.json(key) as ClipRecord;
        assert.equal(Revision, revision);
        // The next write finds a record that already has the write's revision, but different content.
        const before = JSON.stringify(ports.bucket.json(key));
        const next = before.replace(/"Revision":\d+/, `"Revision":${revision + 1}`);
        ports.bucket.put(key, next.replace(new RegExp(`"${field}":\\d+`), `"${field}":${value}`));
        const writes = ports.bucket.writes.length;
        await handle.signal(editedSignal, { description: 'edited', url: clip.url });
        await until('the edit', () => {
          return (ports.bucket.json(key) as ClipRecord).Description === 'edited';
        });
        await pause(1000);
        assert.equal(ports.bucket.writes.length, writes + 1, `${field} ${value}`);
        assert.equal((ports.bucket.json(key) as ClipRecord).Revision, revision + 1);
      });
    }
  });

  test('if a restarted clip is deleted before its first write, the existing record still gets the status deleted', async () => {
    const fakes = fakeActivities({
      persist: ({ adopt }) => (adopt ? { adopted: { revision: 7 } } : {}),
      refetch: () => Context.current().cancelled,
    });
    await withClip(fakes, aClip({ leaseSeconds: -60 }), async (handle) => {
      await handle.signal(goneSignal);
      assert.equal((await handle.result()).status, 'deleted');
      assert.equal(fakes.writes.at(-1)?.revision, 8);
      assert.equal(fakes.writes.at(-1)?.status, 'deleted');
    });
  });

  test('if a restarted clip has no thumbnail, the record is written before a thumbnail is made', async () => {
    const fakes = fakeActivities({
      persist: ({ adopt }) => (adopt ? { adopted: { revision: 7 } } : {}),
    });
    const writesBefore: number[] = [];
    const thumbnail: Activities['thumbnail'] = async (input) => {
      writesBefore.push(fakes.writes.length);
      return await fakes.activities.thumbnail!(input);
    };
    await withClip({ activities: { ...fakes.activities, thumbnail } }, aClip(), async (handle) => {
      await until('live', () => isLive(handle));
      assert.deepEqual(writesBefore, [2], 'the write that adopts, and the write after it');
    });
  });

  test('if a clip is deleted during the first write of its record, no thumbnail is made', async () => {
    const { open: signalled, opened: signal } = createGate();
    let writes = 0;
    const fakes = fakeActivities({
      persist: async () => {
        // Fail the local attempts: a signal reaches the workflow only while the write is a regular activity.
        if (++writes <= LOCAL_ATTEMPTS) throw new Error('the bucket is busy');
        await signal;
        return {};
      },
    });
    await withClip(fakes, aClip(), async (handle) => {
      await until('the regular write', () => writes > LOCAL_ATTEMPTS);
      await handle.signal(goneSignal);
      signalled();
      assert.equal((await handle.result()).status, 'deleted');
      assert.equal(fakes.thumbnails.length, 0);
    });
  });

  test('if archiveClip is started by hand without a clip, the workflow fails and says to run a backfill', async () => {
    const { activities } = fakeActivities();
    await withWorkers(environment, activities, async (taskQueue) => {
      const result = environment.client.workflow.execute('archiveClip', {
        taskQueue,
        workflowId: `by-hand-${taskQueue}`,
        args: [{}],
      });
      await assert.rejects(result, (error: WorkflowFailedError) =>
        error.cause!.message.includes("run a backfill of the clip's channel"),
      );
    });
  });
});
