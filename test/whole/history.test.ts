import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { APIMessage } from 'discord-api-types/v10';
import { attachmentsOf } from '../../src/clip/message/files.ts';
import type { NewFile } from '../../src/emulator/world/messages.ts';
import type { BackfillProgress } from '../../src/workflows/messages.ts';
import {
  assertExactly,
  CLIP_WORKFLOWS,
  postedClip,
  recordOf,
  untilArchived,
  type PostedClip,
} from '../support/stack/clips.ts';
import { startStack, type Stack } from '../support/stack/stack.ts';

const MESSAGES_PER_CHANNEL = 250;
const PAGE = 'GET /channels/:id/messages';
const MINUTE_MS = 60_000;

let stack: Stack<'overtime' | 'old clips'>;
before(async () => {
  stack = await startStack({ channels: ['overtime', 'old clips'], processes: ['worker'] });
});
after(() => stack.stop());

/** Returns the files attached to a message of the history, and how many of them are clips. */
function attachments(index: number): { files: NewFile[]; clips: number } {
  const { video: path } = stack;
  const file = (filename: string, contentType?: string): NewFile => ({
    filename,
    path,
    ...(contentType !== undefined && { contentType }),
  });
  if (index % 20 === 1) return { files: [file(`shot ${index}.mp4`, 'video/mp4')], clips: 1 };
  if (index % 40 === 3) return { files: [file('ACE.MP4')], clips: 1 };
  if (index % 10 === 5) return { files: [file('a.png', 'image/png'), file('b.jpg')], clips: 0 };
  if (index % 60 === 7) {
    return { files: [file('video0.mp4'), file('note.txt'), file('video0.mp4')], clips: 2 };
  }
  return { files: [], clips: 0 };
}

/** Fills a channel with messages from a year ago. Returns its clips. */
function writeHistory(channelId: string): PostedClip[] {
  const { emulator, userId } = stack;
  const startMs = Date.now() - 365 * 24 * 60 * MINUTE_MS;
  const clips: PostedClip[] = [];
  for (let index = 0; index < MESSAGES_PER_CHANNEL; index++) {
    const forwarded: string | undefined = index % 50 === 49 ? clips.at(-1)?.messageId : undefined;
    const { files, clips: count } = attachments(index);
    const message: APIMessage = emulator.postMessage({
      channelId,
      authorId: userId,
      content: `message ${index}`,
      timestamp: new Date(startMs + index * MINUTE_MS),
      silent: true,
      ...(forwarded === undefined ? { files } : { forwardOf: { channelId, messageId: forwarded } }),
    });
    const videos = attachmentsOf(message).filter(({ filename }) => /\.mp4$/i.test(filename));
    if (forwarded === undefined) assert.equal(videos.length, count);
    else assert.ok(videos.length > 0, 'a forward contains the clips of the forwarded message');
    clips.push(...videos.map(({ id }) => postedClip(channelId, message.id, id)));
  }
  return clips;
}

/** Starts a backfill with the command of the README. */
async function startBackfill(channelId: string): Promise<void> {
  await stack.cli(
    ...['workflow', 'start', '--type', 'backfill', '--task-queue', stack.taskQueue],
    ...['--workflow-id', `backfill-${channelId}`],
    ...['--input', JSON.stringify({ channelId })],
  );
}

async function resultOf(channelId: string): Promise<BackfillProgress> {
  const handle = stack.temporal.workflow.getHandle(`backfill-${channelId}`);
  return (await handle.result()) as BackfillProgress;
}

test('backfills archive each clip exactly once, even if the worker is killed and the backfills are repeated', async () => {
  const channelIds = Object.values(stack.channels);
  const clips = channelIds.map(writeHistory);
  const all = clips.flat();
  assert.ok(all.length > 60, `${all.length} clips`);

  // The slow pages leave time to kill the worker in the middle of the backfill.
  const removeStall = stack.emulator.faults.add({ route: PAGE, stallMs: 700 });
  await Promise.all(channelIds.map(startBackfill));
  const count = async () => (await stack.temporal.workflow.count(CLIP_WORKFLOWS)).count;
  await stack.until('a third of the workflows', async () => (await count()) > all.length / 3);
  await stack.worker.kill();
  assert.ok((await count()) < all.length, 'the kill was too late');
  removeStall();
  await stack.worker.start();

  for (const [index, channelId] of channelIds.entries()) {
    const { reached, started, known, places, ...counts } = await resultOf(channelId);
    // The bot lacks Manage Threads, so Discord does not list all private threads.
    assert.deepEqual([places?.found, places?.done, places?.unreadable], [1, 1, 1]);
    assert.deepEqual(counts, {
      pages: 3,
      messages: MESSAGES_PER_CHANNEL,
      clips: clips[index]!.length,
    });
    assert.equal(started + known, clips[index]!.length);
    assert.ok(Date.parse(reached ?? '') < Date.now() - 364 * 24 * 60 * MINUTE_MS);
  }
  await untilArchived(stack, all);
  await assertExactly(stack, all);

  // A worker lists the forgotten people again after a minute, which says nothing about clips.
  const requestsForObjects = () => stack.bucket.requests.filter(({ key }) => key !== '').length;
  const requests = requestsForObjects();
  await Promise.all(channelIds.map(startBackfill));
  for (const [index, channelId] of channelIds.entries()) {
    const { started, known } = await resultOf(channelId);
    assert.deepEqual({ started, known }, { started: 0, known: clips[index]!.length });
  }
  await assertExactly(stack, all);
  assert.equal(requestsForObjects(), requests);
  for (const clip of [clips[0]![0]!, clips[1]!.at(-1)!]) {
    const record = await recordOf(stack, clip);
    assert.equal(record?.channelId, clip.channelId);
    assert.equal(record.Discord_id, clip.messageId);
    assert.ok(record.Date < Date.now() / 1000 - 364 * 24 * 3600);
  }
});
