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
/** How many requests the discord queue sends at once. */
const MAX_REQUESTS_AT_ONCE = 20;
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
 * Breaks Discord, CDN and bucket for some seconds while clips are posted, a backfill runs and a link is refreshed.
 * Asserts that clips, backfill and refresh complete afterwards without an operator.
 */
async function assertRecovers(
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
  const repairDiscord = emulator.faults.add({ route: 'rest', ...fault });
  const repairCdn = emulator.faults.add({ route: 'cdn', ...fault });
  const backfill = await temporal.workflow.start('backfill', {
    taskQueue,
    workflowId: `backfill-${channelId}`,
    args: [{ channelId }],
  });
  await temporal.workflow.getHandle(old.workflowId).signal(refreshNowSignal);
  const deadlineMs = Date.now() + forMs;
  while (Date.now() < deadlineMs) {
    clips.push(postClip(stack, { channelId: channels.live }));
    await pause(forMs / CLIPS);
  }
  assert.deepEqual(await stack.bucket.keys(clips.at(-1)!.recordKey), []);
  repairDiscord();
  bucket.fault = null;
  // The CDN stays broken for longer, because it gets a request only after the record is written.
  await stack.until('failed requests to the CDN', () => emulator.stats.requests(MEDIA) >= 2);
  repairCdn();

  await untilArchived(stack, clips);
  const { started } = (await backfill.result()) as BackfillProgress;
  assert.equal(started, CLIPS);
  await untilRecord(stack, old, 'be refreshed', (record) => record.Revision > 2);
  posted.push(old, ...clips);
  await assertExactly(stack, posted);

  // Each of the three services failed at least once, and there were not too many retries.
  const { log } = emulator.stats;
  const requestsTo = {
    discord: log.filter(({ route }) => route.startsWith('GET')),
    cdn: log.filter(({ route }) => route === MEDIA),
    bucket: bucket.requests.slice(bucketRequests),
  };
  const limits = { discord: 60, cdn: 2 * clips.length, bucket: 30 * clips.length };
  for (const [name, requests] of Object.entries(requestsTo)) {
    const failed = requests.filter(({ status }) => status !== 200).length;
    assert.ok(failed > 0, `no request to ${name} failed`);
    assert.ok(
      requests.length <= limits[name as keyof typeof limits],
      `${requests.length} requests to ${name}, ${failed} failed`,
    );
  }
}

test('if Discord, the CDN and the bucket answer 503 for some seconds, all clips are archived afterwards', () =>
  assertRecovers('failing', { status: 503 }, 5000));

test('if Discord, the CDN and the bucket do not answer for some seconds, all clips are archived afterwards', () =>
  assertRecovers('stalling', { stallMs: 60_000 }, 3000));

test('while Discord rejects the token, the worker sends only a few requests and no clip workflow ends', async () => {
  const { emulator, channels, temporal } = stack;
  emulator.stats.reset();
  const body = { message: '401: Unauthorized', code: 0 };
  const acceptToken = emulator.faults.add({ route: 'rest', status: 401, body });
  const before = await Promise.all(posted.map((clip) => recordOf(stack, clip)));
  for (const { workflowId } of posted) {
    await temporal.workflow.getHandle(workflowId).signal(refreshNowSignal);
  }
  const isRejected = async ({ workflowId }: PostedClip): Promise<boolean> => {
    const { raw } = await temporal.workflow.getHandle(workflowId).describe();
    const [pending] = raw.pendingActivities ?? [];
    return pending?.lastFailure?.applicationFailureInfo?.type === 'TokenRejected';
  };
  for (const clip of posted) await stack.until('the rejection', () => isRejected(clip));
  const fresh = postClip(stack, { channelId: channels.live });
  await untilArchived(stack, [fresh]);
  posted.push(fresh);
  // Discord got only the requests that had been sent before the worker received the first rejection.
  const requests = emulator.stats.requests(FETCH_MESSAGE);
  assert.ok(
    requests >= 1 && requests <= MAX_REQUESTS_AT_ONCE,
    `${requests} requests for ${posted.length} clips`,
  );
  assert.deepEqual(
    await Promise.all(posted.slice(0, -1).map((clip) => recordOf(stack, clip))),
    before,
  );
  acceptToken();
  await pause(3000);
  assert.equal(emulator.stats.requests(FETCH_MESSAGE), requests);
  assert.deepEqual(
    new Set((await executions(stack)).map(({ status }) => status)),
    new Set(['RUNNING']),
  );
});
