import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Fault } from '../../src/emulator/faults.ts';
import { refreshNowSignal, type BackfillProgress } from '../../src/workflows/messages.ts';
import {
  assertExactly,
  executions,
  postClip,
  recordOf,
  untilArchived,
  untilRecord,
  type PostedClip,
} from '../support/stack/clips.ts';
import { startStack, type Stack } from '../support/stack/stack.ts';
import { pause } from '../support/wait.ts';

const CLIPS = 10;
const FETCH_MESSAGE = 'GET /channels/:id/messages/:id';
const MEDIA = 'CDN GET /attachments';

let stack: Stack<'live' | 'failing' | 'stalling'>;
const posted: PostedClip[] = [];
before(async () => {
  stack = await startStack({
    channels: ['live', 'failing', 'stalling'],
    watched: ['live'],
  });
});
after(() => stack.stop());

/**
 * Lets Discord, CDN and bucket misbehave alike for some seconds, while clips come in, a history is
 * read and links are refreshed; all of it must come to its end by itself.
 */
async function heals(
  channel: 'failing' | 'stalling',
  fault: Pick<Fault, 'status' | 'stallMs'>,
  forMs: number,
): Promise<void> {
  const { emulator, bucket, channels, temporal, taskQueue } = stack;
  const old = postClip(stack, { channelId: channels.live });
  await untilArchived(stack, [old]);
  const channelId = channels[channel];
  const clips = Array.from({ length: CLIPS }, () => postClip(stack, { channelId, silent: true }));
  emulator.stats.reset();
  const bucketRequests = bucket.requests.length;

  bucket.fault = fault;
  const mendDiscord = emulator.faults.add({ route: 'rest', ...fault });
  const mendCdn = emulator.faults.add({ route: 'cdn', ...fault });
  const backfill = await temporal.workflow.start('backfill', {
    taskQueue,
    workflowId: `backfill-${channelId}`,
    args: [{ channelId }],
  });
  await temporal.workflow.getHandle(old.workflowId).signal(refreshNowSignal);
  const endMs = Date.now() + forMs;
  while (Date.now() < endMs) {
    clips.push(postClip(stack, { channelId: channels.live }));
    await pause(forMs / CLIPS);
  }
  assert.deepEqual(await stack.bucket.keys(clips.at(-1)!.recordKey), []);
  mendDiscord();
  bucket.fault = null;
  // Media is asked for only when the record is there.
  await stack.until('the CDN to be met too', () => emulator.stats.requests(MEDIA) >= 2);
  mendCdn();

  await untilArchived(stack, clips);
  const { started } = (await backfill.result()) as BackfillProgress;
  assert.equal(started, CLIPS);
  await untilRecord(stack, old, 'be refreshed', (record) => record.Revision > 2);
  posted.push(old, ...clips);
  await assertExactly(stack, posted);

  // All three were met while they failed; they were tried again, with pauses.
  const { log } = emulator.stats;
  const asked = {
    discord: log.filter(({ route }) => route.startsWith('GET')),
    cdn: log.filter(({ route }) => route === MEDIA),
    bucket: bucket.requests.slice(bucketRequests),
  };
  const most = { discord: 60, cdn: 2 * clips.length, bucket: 30 * clips.length };
  for (const [name, requests] of Object.entries(asked)) {
    const failed = requests.filter(({ status }) => status !== 200).length;
    assert.ok(failed > 0, `nothing of ${name} failed`);
    assert.ok(
      requests.length <= most[name as keyof typeof most],
      `${requests.length} requests to ${name}, ${failed} failed`,
    );
  }
}

test('some seconds of 503 from Discord, CDN and bucket heal by themselves', () =>
  heals('failing', { status: 503 }, 5000));

test('some seconds in which Discord, CDN and bucket do not answer heal by themselves', () =>
  heals('stalling', { stallMs: 60_000 }, 3000));

test('while Discord rejects the token few requests are made, no clip is given up, and new ones are archived all the same', async () => {
  const { emulator, channels, temporal } = stack;
  emulator.stats.reset();
  const body = { message: '401: Unauthorized', code: 0 };
  const accept = emulator.faults.add({ route: 'rest', status: 401, body });
  const before = await Promise.all(posted.map((clip) => recordOf(stack, clip)));
  for (const { workflowId } of posted) {
    await temporal.workflow.getHandle(workflowId).signal(refreshNowSignal);
  }
  const isRejected = async ({ workflowId }: PostedClip): Promise<boolean> => {
    const { raw } = await temporal.workflow.getHandle(workflowId).describe();
    const [pending] = raw.pendingActivities ?? [];
    return pending?.lastFailure?.applicationFailureInfo?.type === 'TokenRejected';
  };
  for (const clip of posted) await stack.until('the refusal', () => isRejected(clip));
  const fresh = postClip(stack, { channelId: channels.live });
  await untilArchived(stack, [fresh]);
  posted.push(fresh);
  // As many as are under way at a time, before the first of them is answered, and no more after that.
  const requests = emulator.stats.requests(FETCH_MESSAGE);
  assert.ok(requests >= 1 && requests <= 20, `${requests} requests for ${posted.length} clips`);
  assert.deepEqual(
    await Promise.all(posted.slice(0, -1).map((clip) => recordOf(stack, clip))),
    before,
  );
  accept();
  await pause(3000);
  assert.equal(emulator.stats.requests(FETCH_MESSAGE), requests);
  assert.deepEqual(
    new Set((await executions(stack)).map(({ status }) => status)),
    new Set(['RUNNING']),
  );
});
