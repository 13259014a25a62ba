import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { isExpired, leaseOf } from '../../src/clip/lease.ts';
import { readStatus } from '../../src/status/read-status.ts';
import { refreshNowSignal } from '../../src/workflows/messages.ts';
import { postClip, recordOf, untilArchived, untilRecord } from '../support/stack/clips.ts';
import { startStack, type Stack } from '../support/stack/stack.ts';
import { pause } from '../support/wait.ts';

const LEASE_SECONDS = 45;
const DAY_MS = 24 * 60 * 60 * 1000;

/** A module that sets the clock of a process ahead by a day. */
const DAY_AHEAD = `data:text/javascript,${encodeURIComponent(`
  const True = Date;
  globalThis.Date = class extends True {
    constructor(...given) {
      if (given.length === 0) super(True.now() + ${DAY_MS});
      else super(...given);
    }
    static now() { return True.now() + ${DAY_MS}; }
  };
`)}`;

describe('a worker whose clock is a day ahead', () => {
  let stack: Stack<'clips'>;
  before(async () => {
    stack = await startStack({
      channels: ['clips'],
      leaseSeconds: LEASE_SECONDS,
      refreshMargin: '15s',
      envOf: { worker: { NODE_OPTIONS: `--import ${DAY_AHEAD}` } },
    });
  });
  after(() => stack.stop());

  test('if the clock of a worker is a day ahead, no link expires', async () => {
    const clips = Array.from({ length: 3 }, () =>
      postClip(stack, { channelId: stack.channels.clips }),
    );
    await untilArchived(stack, clips, 60_000);
    const links = new Map(clips.map(({ id }) => [id, new Set<string>()]));
    const deadlineMs = Date.now() + 2 * LEASE_SECONDS * 1000;
    while (Date.now() < deadlineMs) {
      for (const clip of clips) {
        const { Attachment_URL: url } = (await recordOf(stack, clip))!;
        assert.equal(isExpired(url, Date.now()), false, 'the link in the bucket is valid');
        links.get(clip.id)!.add(url);
      }
      await pause(1000);
    }
    for (const [id, seen] of links) assert.ok(seen.size >= 3, `${id}: ${seen.size} links`);
  });
});

describe('a clip', { concurrency: 1 }, () => {
  let stack: Stack<'clips'>;
  before(async () => {
    stack = await startStack({ channels: ['clips'] });
  });
  after(() => stack.stop());

  test('if the CDN answers 404 for 8 seconds after the post, the clip still gets its thumbnail', async () => {
    const restore = stack.emulator.faults.add({ route: 'cdn', status: 404, body: 'not yet' });
    const clip = postClip(stack, { channelId: stack.channels.clips });
    await stack.until('the first request', () => stack.emulator.stats.requests(/^CDN GET/));
    await pause(8000);
    restore();
    await untilArchived(stack, [clip], 60_000);
  });

  test('if the CDN first sends an HTML page with status 200, the clip still gets its thumbnail', async () => {
    stack.emulator.faults.add({ route: /^GET \/attachments/, times: 2, status: 200 });
    const clip = postClip(stack, { channelId: stack.channels.clips });
    await untilArchived(stack, [clip], 60_000);
  });

  test('if Discord returns links without an expiry, the clip keeps its old link and the status shows why the refresh fails', async () => {
    const { emulator, channels, temporal } = stack;
    const clip = postClip(stack, { channelId: channels.clips });
    await untilArchived(stack, [clip], 60_000);
    const before = await recordOf(stack, clip);
    const path = `/channels/${clip.channelId}/messages/${clip.messageId}`;
    const message = emulator.messages(channels.clips).find(({ id }) => id === clip.messageId);
    const unsigned = structuredClone(message!);
    for (const attachment of unsigned.attachments)
      attachment.url = attachment.url.replace(/\?.*/, '');
    const restore = emulator.faults.add({ route: `GET ${path}`, status: 200, body: unsigned });
    const handle = temporal.workflow.getHandle(clip.workflowId);
    await handle.signal(refreshNowSignal);
    await stack.until('the reason', async () => {
      const { raw } = await handle.describe();
      const failure = raw.pendingActivities?.find(({ lastFailure }) => lastFailure);
      return failure?.lastFailure?.message?.includes('without an expiry');
    });
    assert.deepEqual(await recordOf(stack, clip), before);
    assert.ok(leaseOf(before!.Attachment_URL));
    restore();
    await untilRecord(stack, clip, 'be refreshed', ({ Revision }) => Revision > before!.Revision);
    const { linksWithoutExpiry } = await readStatus(temporal, {
      marginMs: 1000,
      taskQueue: 'clips',
    });
    assert.equal(linksWithoutExpiry, 0);
  });

  test('if an operator stopped a clip that Temporal has forgotten, the clip stays stopped until a backfill restarts it', async () => {
    const { emulator, channels, temporal } = stack;
    const clip = postClip(stack, { channelId: channels.clips });
    await untilArchived(stack, [clip], 60_000);
    const handle = temporal.workflow.getHandle(clip.workflowId);
    await handle.cancel();
    await handle.result().catch(() => undefined);
    const stopped = await recordOf(stack, clip);
    assert.equal(stopped?.Status, 'stopped');
    // Delete the closed execution, as the server does when the retention period ends.
    await temporal.workflowService.deleteWorkflowExecution({
      namespace: temporal.options.namespace,
      workflowExecution: { workflowId: clip.workflowId },
    });
    const statusOf = async () =>
      await handle.describe().then(
        ({ status }) => status.name,
        () => 'UNKNOWN',
      );
    await stack.until(
      'the execution to be forgotten',
      async () => (await statusOf()) === 'UNKNOWN',
      120_000,
    );
    const { channelId, messageId } = clip;
    emulator.editMessage({ channelId, messageId, content: 'edited since' });
    await stack.until('a new execution to end', async () => (await statusOf()) === 'CANCELLED');
    assert.deepEqual(await recordOf(stack, clip), stopped);
    await temporal.workflow.execute('backfill', {
      taskQueue: stack.taskQueue,
      workflowId: `backfill-${channelId}`,
      args: [{ channelId }],
    });
    const live = await untilRecord(stack, clip, 'be live', ({ Status }) => Status === 'live');
    assert.equal(live.Description, 'edited since');
    assert.equal(live.Thumbnail, clip.thumbnailKey);
  });
});
