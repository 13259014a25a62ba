import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { BackfillProgress } from '../../src/workflows/messages.ts';
import {
  assertExactly,
  CLIP_WORKFLOWS,
  postedClip,
  untilArchived,
  type PostedClip,
} from '../support/stack/clips.ts';
import { startStack, type Stack } from '../support/stack/stack.ts';

const MESSAGES = 2000;
const MESSAGES_PER_CLIP = 100;
const MINUTE_MS = 60_000;
const PAGE = 'GET /channels/:id/messages';
const SEARCH = 'GET /guilds/:id/messages/search';

let stack: Stack<'general'>;
before(async () => {
  stack = await startStack({ channels: ['general'], processes: ['worker'] });
});
after(() => stack.stop());

/** Fills the channel with messages from last year. The oldest message is a forward, which the search does not find. */
function writeHistory(channelId: string): PostedClip[] {
  const { emulator, userId: authorId, video: path } = stack;
  const startMs = Date.now() - 365 * 24 * 60 * MINUTE_MS;
  const file = { filename: 'clip.mp4', path, contentType: 'video/mp4' };
  const [source] = emulator.guilds;
  const elsewhere = emulator.addChannel({ guildId: source?.id ?? '', name: 'elsewhere' }).id;
  const original = emulator.postMessage({ channelId: elsewhere, authorId, files: [file] });
  return Array.from({ length: MESSAGES }, (_, index) => {
    const forwardOf = { channelId: elsewhere, messageId: original.id };
    const message = emulator.postMessage({
      channelId,
      authorId,
      timestamp: new Date(startMs + index * MINUTE_MS),
      silent: true,
      content: `message ${index}`,
      ...(index === 0 ? { forwardOf } : index % MESSAGES_PER_CLIP === 0 && { files: [file] }),
    });
    const attachments = [
      ...message.attachments,
      ...(message.message_snapshots?.flatMap((each) => each.message.attachments) ?? []),
    ];
    return attachments.map(({ id }) => postedClip(channelId, message.id, id));
  }).flat();
}

test('if the worker is killed while a backfill searches, the search goes on, and the pages find what the search does not', async () => {
  const { emulator } = stack;
  const channelId = stack.channels.general;
  const clips = writeHistory(channelId);
  assert.equal(clips.length, MESSAGES / MESSAGES_PER_CLIP);
  const removeStall = emulator.faults.add({ route: SEARCH, stallMs: 3000 });
  await stack.cli(
    ...['workflow', 'start', '--type', 'backfill', '--task-queue', stack.taskQueue],
    ...['--workflow-id', `backfill-${channelId}`],
    ...['--input', JSON.stringify({ channelId, threads: false })],
  );
  await stack.until('the search', () => emulator.stats.requests(SEARCH) === 1);
  await stack.until('the pages ahead', () => emulator.stats.requests(PAGE) >= 8);
  await stack.worker.kill();
  removeStall();
  // The search comes after five pages. Three more are requested while the clips of the fifth start.
  assert.equal(emulator.stats.requests(PAGE), 8);
  // The pages stand still, so that only the search can find the clips below the fifth page.
  const removePageStall = emulator.faults.add({ route: PAGE, stallMs: 10_000 });
  await stack.worker.start();
  await stack.until(
    'the clips of the search',
    async () => (await stack.temporal.workflow.count(CLIP_WORKFLOWS)).count === clips.length - 1,
  );
  removePageStall();
  const handle = stack.temporal.workflow.getHandle(`backfill-${channelId}`);
  const { pages, messages, search, started, known } = (await handle.result()) as BackfillProgress;
  assert.deepEqual(
    { pages, messages, search, started, known },
    {
      pages: 20,
      messages: MESSAGES,
      search: { pages: 2, clips: 14, started: 14 },
      started: 6,
      known: 14,
    },
  );
  await untilArchived(stack, clips);
  await assertExactly(stack, clips);
});
