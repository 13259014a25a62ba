import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { leaseOf } from '../../src/clip/lease.ts';
import { refreshNowSignal } from '../../src/workflows/messages.ts';
import {
  assertExactly,
  postClip,
  recordOf,
  untilArchived,
  untilRecord,
} from '../support/stack/clips.ts';
import { startStack, type Stack } from '../support/stack/stack.ts';
import { pause } from '../support/wait.ts';

const CLIPS = 50;
const LEASE_SECONDS = 45;
const LEASES = 3;
const FETCH_MESSAGE = 'GET /channels/:id/messages/:id';

let stack: Stack<'clips'>;
before(async () => {
  stack = await startStack({
    channels: ['clips'],
    leaseSeconds: LEASE_SECONDS,
    refreshMargin: '15s',
  });
});
after(() => stack.stop());

test('if the worker is killed once, all links in the bucket still work during three full link lifetimes', async () => {
  const { emulator, channels, temporal, worker } = stack;
  // This delay makes the emulator about as slow as Discord.
  emulator.faults.add({ route: FETCH_MESSAGE, stallMs: 50 });
  const clips = Array.from({ length: CLIPS }, () => postClip(stack, { channelId: channels.clips }));
  await untilArchived(stack, clips, 90_000);
  // All clips get a new link now, so that the refreshes come in waves, however long the archiving took.
  const alignedAt = Math.ceil(Date.now() / 1000);
  for (const { workflowId } of clips) {
    await temporal.workflow.getHandle(workflowId).signal(refreshNowSignal);
  }
  for (const clip of clips) {
    await untilRecord(
      stack,
      clip,
      'have a new link',
      ({ Attachment_URL: url }) => leaseOf(url)!.issuedAt! >= alignedAt,
    );
  }

  const refreshesBefore = emulator.stats.requests(FETCH_MESSAGE);
  const deadlineMs = Date.now() + LEASES * LEASE_SECONDS * 1000;
  /** How many seconds a link in the bucket was dead, keyed by clip. */
  const dead: Record<string, number> = {};
  const links = new Map(clips.map(({ id }) => [id, new Set<string>()]));
  let fetches = 0;
  const readAll = async (): Promise<void> => {
    while (Date.now() < deadlineMs) {
      const startMs = Date.now();
      for (const clip of clips) {
        const url = (await recordOf(stack, clip))?.Attachment_URL ?? '';
        links.get(clip.id)?.add(url);
        fetches += 1;
        if (await isServed(url)) continue;
        const again = (await recordOf(stack, clip))?.Attachment_URL ?? '';
        if (again === url) dead[clip.id] = Date.now() / 1000 - (leaseOf(url)?.expiresAt ?? 0);
      }
      await pause(Math.max(0, startMs + 1000 - Date.now()));
    }
  };
  // All links are new, so this is between two waves of refreshes, which is the usual case: a wave takes seconds and the
  // margin is 6 h. Later waves overlap, because each clip refreshes its link up to half a margin early. The new worker
  // has no clip in memory, but the server still fires the clips' timers.
  const killOnce = async (): Promise<void> => {
    await worker.kill();
    await worker.start();
  };
  await Promise.all([readAll(), killOnce()]);

  assert.deepEqual(dead, {});
  assert.ok(fetches >= CLIPS * LEASE_SECONDS, `only ${fetches} links were read`);
  for (const [id, seen] of links) assert.ok(seen.size >= LEASES + 1, `${id}: ${seen.size} links`);
  // There is one wave of refreshes every 30 s, and some refreshes are repeated after the kill.
  const refreshes = emulator.stats.requests(FETCH_MESSAGE) - refreshesBefore;
  assert.ok(refreshes <= CLIPS * 7, `${refreshes} refreshes`);
  await assertExactly(stack, clips);
});

/** True if the CDN serves the file. */
async function isServed(url: string): Promise<boolean> {
  const response = await fetch(url, { method: 'HEAD' }).catch(() => null);
  return response?.ok ?? false;
}
