import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import {
  refreshNowSignal,
  sweepNowSignal,
  type BackfillProgress,
} from '../../src/workflows/messages.ts';
import {
  post,
  postClip,
  postedClip,
  recordOf,
  untilArchived,
  untilRecord,
} from '../support/stack/clips.ts';
import { startStack, type Stack } from '../support/stack/stack.ts';

const MESSAGE = 'GET /channels/:id/messages/:id';
const STRIPPED = /without its text and attachments; retrying until it sends them again/;
const NETWORK_ERROR = {
  status: 403,
  body: { message: 'internal network error', code: 40_333 },
};
const HTML = { status: 403, body: '<html><h1>Sign in</h1></html>' };

let stack: Stack<'refreshed' | 'posted' | 'refused' | 'history'>;
before(async () => {
  stack = await startStack({
    channels: ['refreshed', 'posted', 'refused', 'history'],
    watched: ['refreshed', 'posted', 'refused'],
  });
});
after(() => stack.stop());

/** Waits until an activity of the workflow has failed with this message and has failed at least `times` times. */
async function untilFailed(workflowId: string, message: RegExp, times = 1): Promise<void> {
  await stack.until(`${workflowId} to fail with ${message}`, async () => {
    const { raw } = await stack.temporal.workflow.getHandle(workflowId).describe();
    return raw.pendingActivities?.some(
      ({ attempt, lastFailure }) =>
        message.test(lastFailure?.message ?? '') && Number(attempt) > times,
    );
  });
}

async function startBackfill(channelId: string) {
  return await stack.temporal.workflow.start('backfill', {
    taskQueue: stack.taskQueue,
    workflowId: `backfill-${channelId}`,
    args: [{ channelId }],
  });
}

const refresh = (workflowId: string) =>
  stack.temporal.workflow.getHandle(workflowId).signal(refreshNowSignal);

// The tests run one after another, because the emulator leaves out content in all channels at once.
describe('what is no proof ends no clip and skips none', () => {
  test('if a message repeatedly arrives without its content, the clip is refreshed when the content is back', async () => {
    const { emulator, channels } = stack;
    const clips = post(stack, { channelId: channels.refreshed, filenames: ['a.mp4', 'b.mp4'] });
    const original = { channelId: channels.refreshed, messageId: clips[0]!.messageId };
    const forward = emulator.postMessage({
      channelId: channels.refreshed,
      authorId: stack.userId,
      forwardOf: original,
    });
    const forwarded = postedClip(channels.refreshed, forward.id, clips[0]!.attachmentId);
    const all = [...clips, forwarded];
    await untilArchived(stack, all);
    const before = await Promise.all(all.map((clip) => recordOf(stack, clip)));

    emulator.quirks.contentStripped = true;
    for (const { workflowId } of all) await refresh(workflowId);
    for (const { workflowId } of all) await untilFailed(workflowId, STRIPPED, 2);
    emulator.editMessage({ ...original, content: 'edited while nothing is sent' });
    emulator.quirks.contentStripped = false;

    for (const [at, clip] of all.entries()) {
      const { Revision } = before[at]!;
      await untilRecord(stack, clip, 'be refreshed', (record) => record.Revision > Revision);
      assert.equal((await recordOf(stack, clip))?.Status, 'live');
      const { status } = await stack.temporal.workflow.getHandle(clip.workflowId).describe();
      assert.equal(status.name, 'RUNNING');
    }
    await untilRecord(
      stack,
      clips[0]!,
      'have the text',
      ({ Description }) => Description === 'edited while nothing is sent',
    );
  });

  test('if clips are posted while Discord leaves out content, sweeps and backfills find them when it is back', async () => {
    const { emulator, channels, temporal } = stack;
    const channelId = channels.posted;
    emulator.quirks.contentStripped = true;
    const clips = [postClip(stack, { channelId }), postClip(stack, { channelId })];
    const sweep = `sweep-${channelId}`;
    await temporal.workflow.getHandle(sweep).signal(sweepNowSignal);
    const backfill = await startBackfill(channelId);
    await untilFailed(sweep, STRIPPED);
    await untilFailed(backfill.workflowId, STRIPPED);
    emulator.quirks.contentStripped = false;
    await untilArchived(stack, clips);
    const { messages, clips: found } = (await backfill.result()) as BackfillProgress;
    assert.deepEqual({ messages, found }, { messages: 2, found: 2 });
  });

  test('if the gateway sends a clip without its content, ingest starts a sweep that finds the clip', async () => {
    const { emulator, channels } = stack;
    emulator.quirks.contentStripped = true;
    const clip = postClip(stack, { channelId: channels.posted });
    emulator.quirks.contentStripped = false;
    await untilArchived(stack, [clip]);
    assert.match(stack.ingest.output(), /Discord sent a message without its text and attachments/);
  });

  test('if Discord refuses a request for a reason other than permissions, the refresh is delayed but the clip stays reachable', async () => {
    const { emulator, channels } = stack;
    const clip = postClip(stack, { channelId: channels.refused });
    await untilArchived(stack, [clip]);
    for (const refusal of [NETWORK_ERROR, HTML]) {
      const { Revision } = (await recordOf(stack, clip))!;
      emulator.faults.add({ route: MESSAGE, times: 1, ...refusal });
      await refresh(clip.workflowId);
      const { Status } = await untilRecord(
        stack,
        clip,
        'be refreshed',
        (record) => record.Revision > Revision,
      );
      assert.equal(Status, 'live');
    }
  });

  test('if Discord refuses a request for a reason other than permissions, a backfill waits and continues where it stopped', async () => {
    const { emulator, channels } = stack;
    const channelId = channels.history;
    const clip = postClip(stack, { channelId, silent: true });
    for (const route of ['GET /channels/:id', 'GET /guilds/:id', 'GET /channels/:id/messages']) {
      emulator.faults.add({ route, times: 1, ...NETWORK_ERROR });
    }
    const { pages, clips } = (await (await startBackfill(channelId)).result()) as BackfillProgress;
    assert.deepEqual({ pages, clips }, { pages: 1, clips: 1 });
    await untilArchived(stack, [clip]);
  });
});
