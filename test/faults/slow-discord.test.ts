import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { refreshNowSignal } from '../../src/workflows/messages.ts';
import { post, recordOf, untilArchived } from '../support/stack/clips.ts';
import { startStack, type Stack } from '../support/stack/stack.ts';

const BACKFILLS = 30;
const SLOW_ANSWER_MS = 4500;
const NAMES = Array.from({ length: BACKFILLS }, (_, n) => `history-${n}`);

let stack: Stack;
before(async () => {
  stack = await startStack({
    channels: ['clips', ...NAMES],
    watched: ['clips'],
    env: { DISCORD_REQUESTS_PER_SECOND: '5' },
  });
});
after(() => stack.stop());

describe('while Discord answers slowly', () => {
  test('if thirty backfills share five requests a second and each page takes 4.5 s, all of them end, and a refresh does not wait for them', async () => {
    const { emulator, channels, temporal, taskQueue } = stack;
    const [live] = post(stack, { channelId: channels.clips!, filenames: ['live.mp4'] });
    assert.ok(live);
    await untilArchived(stack, [live]);
    const { Revision: revision } = (await recordOf(stack, live))!;
    for (const name of NAMES) {
      emulator.postMessage({ channelId: channels[name]!, authorId: stack.userId, content: 'ace' });
    }
    emulator.faults.add({ route: 'GET /channels/:id/messages', stallMs: SLOW_ANSWER_MS });
    const backfills = await Promise.all(
      NAMES.map((name) =>
        temporal.workflow.start('backfill', {
          taskQueue,
          workflowId: `backfill-${name}`,
          args: [{ channelId: channels[name] }],
        }),
      ),
    );
    const countRunning = async (): Promise<number> => {
      const all = await Promise.all(backfills.map((backfill) => backfill.describe()));
      return all.filter(({ status }) => status.name === 'RUNNING').length;
    };
    await temporal.workflow.getHandle(live.workflowId).signal(refreshNowSignal);
    await stack.until(
      'the refresh',
      async () => Number((await recordOf(stack, live))?.Revision) > revision,
      120_000,
    );
    assert.ok((await countRunning()) > 0, 'the refresh was done before the backfills');
    const results = Promise.all(backfills.map((backfill) => backfill.result()));
    let haveEnded = false;
    void results.finally(() => (haveEnded = true)).catch(() => null);
    await stack.until('the end of all backfills', () => haveEnded, 240_000);
    for (const { messages } of (await results) as { messages: number }[]) {
      assert.equal(messages, 1);
    }
  });
});
