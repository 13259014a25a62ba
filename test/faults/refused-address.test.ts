import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { refreshNowSignal } from '../../src/workflows/messages.ts';
import { post, recordOf, untilArchived } from '../support/stack/clips.ts';
import { startStack, type Stack } from '../support/stack/stack.ts';

const QUIET_SECONDS = 10;
const MESSAGES = 12;
/**
 * How many requests a worker sends at once. Requests that were sent before the first refusal arrives cannot be
 * cancelled.
 */
const SLOTS = 20;

let stack: Stack<'clips'>;
before(async () => {
  stack = await startStack({ channels: ['clips'], processes: ['worker', 'ingest'] });
});
after(() => stack.stop());

const countLines = (pattern: RegExp): number => stack.worker.output().match(pattern)?.length ?? 0;

describe('while Cloudflare refuses the IP address', () => {
  test('if Cloudflare refuses the address, the worker sends one request per waiting time, and refreshes all clips afterwards', async () => {
    const { emulator, channels, temporal } = stack;
    const clips = Array.from({ length: MESSAGES }, (_, n) =>
      post(stack, { channelId: channels.clips, filenames: [`${n}a.mp4`, `${n}b.mp4`] }),
    ).flat();
    await untilArchived(stack, clips);
    const before = await Promise.all(clips.map((clip) => recordOf(stack, clip)));
    const requestsBefore = emulator.stats.requests(/^GET/);
    const heal = emulator.faults.add({
      route: 'rest',
      status: 429,
      body: 'error code: 1015',
      headers: { 'Retry-After': String(QUIET_SECONDS) },
    });
    for (const { workflowId } of clips) {
      await temporal.workflow.getHandle(workflowId).signal(refreshNowSignal);
    }
    const refused = () => emulator.stats.requests(/^GET/) - requestsBefore;
    await stack.until('the first refusal', () => refused() > 0);
    const first = await stack.until('the quiet time', () =>
      countLines(/Cloudflare refuses this IP address; sending no requests to Discord/g) > 0
        ? refused()
        : null,
    );
    // After each quiet time the worker sends one request, and the refusal of this request starts the next quiet time.
    await stack.until('two more requests', () => refused() >= first + 2, 60_000);
    assert.ok(refused() <= SLOTS, `${refused()} requests for ${clips.length} clips`);
    assert.equal(countLines(/Cloudflare refuses this IP address/g), 1);
    heal();
    for (const [at, clip] of clips.entries()) {
      await stack.until(
        `the refresh of ${clip.workflowId}`,
        async () => Number((await recordOf(stack, clip))?.Revision) > Number(before[at]?.Revision),
        90_000,
      );
    }
    assert.equal(countLines(/Discord answers this IP address again/g), 1);
  });
});
