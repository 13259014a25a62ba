import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Client } from '@temporalio/client';
import { createTidyUserData } from '../../src/temporal/tidy-user-data.ts';

/** A client that notes the signals, and answers each of them when the test says so. */
function createSlowClient() {
  const signals: { workflowId: string; hashes: string[]; end: (error?: Error) => void }[] = [];
  const workflow = {
    signalWithStart: (_: string, options: { workflowId: string; signalArgs: [string[]] }) =>
      new Promise<void>((resolve, reject) => {
        const end = (error?: Error) => {
          if (error) reject(error);
          else resolve();
        };
        signals.push({ workflowId: options.workflowId, hashes: options.signalArgs[0], end });
      }),
  };
  return { signals, client: { workflow } as unknown as Pick<Client, 'workflow'> };
}

const settled = () => new Promise((resolve) => setImmediate(resolve));

test('people who are reported while a signal is on its way share the next signal, even if the first signal fails', async () => {
  const { signals, client } = createSlowClient();
  const tidy = createTidyUserData(client, 'clips', { settleMs: 0 });
  const first = tidy(['a']);
  await settled();
  const others = [tidy(['b']), tidy(['c', 'b'])];
  let isDone = false;
  const all = Promise.all(others).then(() => (isDone = true));
  signals[0]?.end(new Error('unavailable'));
  await assert.rejects(first, /unavailable/);
  await settled();
  assert.deepEqual(
    signals.map(({ hashes }) => hashes),
    [['a'], ['b', 'c']],
  );
  assert.equal(isDone, false);
  signals[1]?.end();
  await all;
  // A hash that was sent before is sent again, because the search may have begun in the meantime.
  void tidy(['a']);
  await settled();
  assert.deepEqual(signals[2]?.hashes, ['a']);
});

test('two installations in one namespace tidy their user data in different workflows', async () => {
  const { signals, client } = createSlowClient();
  for (const queue of ['clips', 'other']) {
    void createTidyUserData(client, queue, { settleMs: 0 })(['a']);
  }
  await settled();
  assert.deepEqual(
    signals.map(({ workflowId }) => workflowId),
    ['tidy-user-data', 'tidy-user-data-other'],
  );
});
