import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { after, before, describe, test } from 'node:test';
import { promisify } from 'node:util';
import { WorkflowUpdateFailedError } from '@temporalio/client';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { Worker } from '@temporalio/worker';
import { leaseOf } from '../../src/clip/lease.ts';
import { accessLost, applicationFailure, serviceFailed } from '../../src/errors.ts';
import {
  clipQuery,
  editedSignal,
  freshLinkUpdate,
  goneSignal,
  type FreshLinkInput,
} from '../../src/workflows/messages.ts';
import { aClip, aLink, fakeActivities } from '../support/fake-activities.ts';
import { heldUp, heldUpWrite, inTurn } from '../support/histories/answers.ts';
import { startTemporal, temporalCli, workflowSource } from '../support/temporal.ts';
import { pause, until } from '../support/wait.ts';
import { withClip, type ClipHandle } from './with-clip.ts';

const FETCH = { route: 'GET /channels/1/messages/2' };
/** After this many updates, a run continues as new. */
const UPDATES_PER_RUN = 200;
/** The server accepts this many updates of a workflow at a time. */
const MAX_IN_FLIGHT = 10;
const SHORT_S = 300;
/** Two writes of this duration outlast a workflow task, which the worker extends after about 4 s. */
const WRITE_MS = 3000;

/** A link of a day's lease that is valid for five more minutes. */
function shortLink(leftS = SHORT_S): string {
  const issuedAt = Math.floor(Date.now() / 1000) + leftS - 86_400;
  return aLink(leftS).replace(/is=\w+/, `is=${issuedAt.toString(16)}`);
}

const ask = (handle: ClipHandle, input: FreshLinkInput = { minMinutes: 10 }) =>
  handle.executeUpdate(freshLinkUpdate, { args: [input] });

/** Returns the failure of an update that does not return a link. */
async function failureOf(update: Promise<unknown>) {
  const error: unknown = await update.then(
    () => assert.fail('the update returned a link'),
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof WorkflowUpdateFailedError, String(error));
  const failure = applicationFailure(error.cause);
  assert.ok(failure);
  return failure;
}

const minutesLeft = ({ expiresAt }: { expiresAt: number | null }) =>
  ((expiresAt ?? Infinity) - Date.now() / 1000) / 60;

async function assertReplays(...handles: ClipHandle[]): Promise<void> {
  const histories = await Promise.all(
    handles.map(async (handle) => ({
      workflowId: handle.workflowId,
      history: await handle.fetchHistory(),
    })),
  );
  for await (const { error } of Worker.runReplayHistories(workflowSource(), histories)) {
    assert.equal(error, undefined);
  }
}

/** Waits until the workflow has this many updates that it accepted but did not answer yet. */
async function untilWaiting(handle: ClipHandle, updates: number): Promise<void> {
  await until(`${updates} updates`, async () => {
    const { events } = await handle.fetchHistory();
    const count = (name: string) =>
      (events ?? []).filter((event) => name in event && event[name as 'eventId']).length;
    const accepted = count('workflowExecutionUpdateAcceptedEventAttributes');
    return accepted - count('workflowExecutionUpdateCompletedEventAttributes') === updates;
  });
}

describe('the update freshLink', { concurrency: 4 }, () => {
  let environment: TestWorkflowEnvironment;
  before(async () => {
    environment = await startTemporal();
  });
  after(async () => {
    await environment.teardown();
  });

  const cli = async (handle: ClipHandle, ...input: string[]) => {
    const { stdout } = await promisify(execFile)(temporalCli(), [
      ...['workflow', 'update', 'execute', '--address', environment.address],
      ...['--workflow-id', handle.workflowId, '--name', 'freshLink', '--output', 'json', ...input],
    ]);
    return stdout;
  };

  test('a link that is valid long enough is returned without a fetch, also to the Temporal CLI, with and without an input', async () => {
    const clip = aClip();
    const fakes = fakeActivities();
    await withClip(environment, fakes.activities, clip, async (handle) => {
      const expiresAt = leaseOf(clip.url)?.expiresAt ?? null;
      assert.deepEqual(await ask(handle), { url: clip.url, expiresAt });
      for (const input of [['--input', '{"minMinutes":60}'], []]) {
        const stdout = await cli(handle, ...input);
        assert.ok(stdout.includes(clip.url.slice(0, 40)) && stdout.includes(String(expiresAt)));
      }
      await assert.rejects(cli(handle, '--input', '{"minMinutes":"60"}'), (error) =>
        String(error).includes('minMinutes must be a number from 0 to 1440'),
      );
      assert.deepEqual(
        fakes.writes.filter(({ by }) => by === 'refetch'),
        [],
      );
      await assertReplays(handle);
    });
  });

  test('if the link is valid for too short a time, all updates share one refresh and return the fresh link', async () => {
    const fetch = heldUp(() => ({}));
    const fakes = fakeActivities({ refetch: fetch.answer });
    await withClip(environment, fakes.activities, aClip({ url: shortLink() }), async (handle) => {
      const first = Array.from({ length: 4 }, () => ask(handle));
      await fetch.begun;
      const others = Array.from({ length: MAX_IN_FLIGHT - 4 }, () => ask(handle));
      await untilWaiting(handle, MAX_IN_FLIGHT);
      fetch.release();
      const links = await Promise.all([...first, ...others]);
      assert.equal(new Set(links.map(({ url }) => url)).size, 1);
      assert.ok(minutesLeft(links[0]!) > 60);
      assert.equal(fakes.writes.filter(({ by }) => by === 'refetch').length, 1);
      await assertReplays(handle);
    });
  });

  test('if an edit brings a better link while an update waits for Discord, the update returns that link at once', async () => {
    let fetches = 0;
    const fakes = fakeActivities({
      refetch: () => {
        fetches += 1;
        throw serviceFailed('Discord answered 503', FETCH);
      },
    });
    const clip = aClip({ url: shortLink() });
    await withClip(environment, fakes.activities, clip, async (handle) => {
      const update = ask(handle);
      await until('the fetch', () => fetches > 0);
      const edited = { description: 'edited', url: aLink(90_000) };
      await handle.signal(editedSignal, edited);
      assert.equal((await update).url, edited.url);
      await until('the record', () => fakes.writes.at(-1)?.clip.url === edited.url);
      await assertReplays(handle);
    });
  });

  test('if Discord returns a link that is valid for a shorter time than asked, the update returns it, and further updates make no request', async () => {
    const fakes = fakeActivities({ refetch: () => ({ url: shortLink(SHORT_S + 60) }) });
    await withClip(environment, fakes.activities, aClip({ url: shortLink() }), async (handle) => {
      const link = await ask(handle);
      assert.ok(minutesLeft(link) > 5);
      for (let more = 0; more < 5; more++) assert.deepEqual(await ask(handle), link);
      assert.equal(fakes.writes.filter(({ by }) => by === 'refetch').length, 1);
    });
  });

  test('if the bot has lost access, the update fails with AccessLost, and further updates fail at once without a request or an event', async () => {
    let fetches = 0;
    const fakes = fakeActivities({
      refetch: () => {
        fetches += 1;
        throw accessLost({ ...FETCH, status: 403 });
      },
    });
    await withClip(environment, fakes.activities, aClip({ url: shortLink() }), async (handle) => {
      assert.equal((await failureOf(ask(handle))).type, 'AccessLost');
      await until('the record', () => fakes.writes.at(-1)?.status === 'unreachable');
      await until('the clip to sleep', async () => (await handle.query(clipQuery)).nextRefresh);
      const { historyLength } = await handle.describe();
      const failures = await Promise.all(Array.from({ length: 5 }, () => failureOf(ask(handle))));
      for (const { type, message } of failures) {
        assert.equal(type, 'AccessLost');
        assert.match(message, /ask again at \d{4}-/);
      }
      assert.equal(fetches, 1);
      assert.equal((await handle.describe()).historyLength, historyLength);
      await assertReplays(handle);
    });
  });

  test('if the message is deleted while updates wait, they fail with MessageGone, and then the workflow completes', async () => {
    const fetch = heldUp(() => ({}));
    const fakes = fakeActivities({ refetch: fetch.answer });
    const clip = aClip({ url: shortLink() });
    await withClip(environment, fakes.activities, clip, async (handle) => {
      const updates = [ask(handle), ask(handle)].map(failureOf);
      await fetch.begun;
      await untilWaiting(handle, 2);
      await handle.signal(goneSignal);
      for (const { type } of await Promise.all(updates)) assert.equal(type, 'MessageGone');
      assert.equal((await handle.result()).status, 'deleted');
      fetch.release();
      await assertReplays(handle);
    });
  });

  test('if an operator cancels the clip while updates wait, they fail, and then the workflow ends as Canceled', async () => {
    const fetch = heldUp(() => ({}));
    const fakes = fakeActivities({ refetch: fetch.answer });
    const clip = aClip({ url: shortLink() });
    await withClip(environment, fakes.activities, clip, async (handle) => {
      const updates = [ask(handle), ask(handle)].map(failureOf);
      await fetch.begun;
      await untilWaiting(handle, 2);
      await handle.cancel();
      for (const { type, message } of await Promise.all(updates)) {
        assert.equal(type, 'LinkUnavailable');
        assert.match(message, /an operator stopped this clip/);
      }
      await assert.rejects(handle.result(), { name: 'WorkflowFailedError' });
      assert.equal((await handle.describe()).status.name, 'CANCELLED');
      fetch.release();
      await assertReplays(handle);
    });
  });

  test('an update that arrives during a slow write of the record waits for the write if it needs a fresh link', async () => {
    const write = heldUpWrite();
    const fakes = fakeActivities({
      persist: ({ state }) => (state.clip.description === 'edited' ? write.answer() : {}),
    });
    const clip = aClip({ url: shortLink() });
    await withClip(environment, fakes.activities, clip, async (handle) => {
      await handle.signal(editedSignal, { description: 'edited', url: clip.url });
      await write.begun;
      const update = ask(handle);
      assert.equal((await ask(handle, { minMinutes: 1 })).url, clip.url, 'needs no fresh link');
      write.release();
      assert.ok(minutesLeft(await update) > 60);
      await assertReplays(handle);
    });
  });

  test('if an update arrives in a local write, it is answered after that write, as a replay would answer it', async () => {
    const clip = aClip({ url: shortLink() });
    let begunAtMs = 0;
    let endedAtMs = 0;
    const fakes = fakeActivities({
      persist: async ({ state }) => {
        if (state.clip.description !== 'edited' || endedAtMs > 0) return {};
        const isFirst = begunAtMs === 0;
        begunAtMs ||= Date.now();
        await pause(WRITE_MS);
        if (isFirst) return { superseded: state.revision };
        endedAtMs = Date.now();
        return {};
      },
    });
    await withClip(environment, fakes.activities, clip, async (handle) => {
      await handle.signal(editedSignal, { description: 'edited', url: clip.url });
      await until('the write', () => begunAtMs > 0);
      const expiresAtMs = (leaseOf(clip.url)?.expiresAt ?? 0) * 1000;
      // The task is extended after about 4 s, in the second write, and the update arrives. At that time, the link is
      // still valid for as long as asked. At the end of that write, after 6 s, it is not.
      const enoughMs = expiresAtMs - (begunAtMs + 5000);
      const link = await ask(handle, { minMinutes: enoughMs / 60_000 });
      assert.ok(endedAtMs > 0, 'the write has ended');
      assert.ok(minutesLeft(link) > 60);
      await assertReplays(handle);
    });
  });

  test('after 200 updates, the workflow continues as new as soon as no update waits; no update is lost, and the next run remembers a failed refresh', async () => {
    const fetch = heldUp(inTurn(accessLost({ ...FETCH, status: 403 })));
    const fakes = fakeActivities({ refetch: fetch.answer });
    const clip = aClip({ url: shortLink() });
    await withClip(environment, fakes.activities, clip, async (handle) => {
      const clients = MAX_IN_FLIGHT - 2;
      const askOften = async (times: number) => {
        for (let asked = 0; asked < times; asked++) {
          assert.equal((await ask(handle, { minMinutes: 1 })).url, clip.url);
        }
      };
      const askAll = (times: number) =>
        Promise.all(Array.from({ length: clients }, () => askOften(times)));
      const { runId } = await handle.describe();
      await askAll(UPDATES_PER_RUN / clients - 1);
      const update = failureOf(ask(handle));
      await fetch.begun;
      await askAll(1);
      assert.equal((await handle.describe()).runId, runId, 'an update waits for the refresh');
      fetch.release();
      await askAll(4);
      const { type, message } = await update;
      assert.equal(type, 'AccessLost');
      await until('the next run', async () => (await handle.describe()).runId !== runId);
      const later = await failureOf(ask(handle));
      assert.equal(later.message, message, 'no second fetch');
      const first = environment.client.workflow.getHandle(handle.workflowId, runId);
      await assertReplays(first as ClipHandle, handle);
    });
  });
});
