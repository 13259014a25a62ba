import assert from 'node:assert/strict';
import { test } from 'node:test';
import { WorkflowFailedError } from '@temporalio/client';
import { pino } from 'pino';
import { invalidInput, messageGone } from '../../src/errors.ts';
import { installRuntime } from '../../src/temporal/runtime.ts';
import { freePort } from '../support/free-port.ts';
import { startTemporal, withWorkers } from '../support/temporal.ts';

test('a failure that happens every day is not among those that a worker counts, another one is', async () => {
  const address = `127.0.0.1:${await freePort()}`;
  installRuntime(pino({ level: 'silent' }), address);
  const environment = await startTemporal({ runtime: 'installed' });
  const failed = async (): Promise<string[]> =>
    (await (await fetch(`http://${address}/metrics`)).text())
      .split('\n')
      .filter((line) => line.startsWith('temporal_activity_execution_failed_total{'));
  const failures = [
    messageGone({ route: 'GET /channels/1', status: 404 }),
    invalidInput('no channel of ours'),
  ];
  try {
    const failing = () => {
      throw failures.shift() ?? new Error('called too often');
    };
    await withWorkers(environment, { checkChannel: failing }, async (taskQueue) => {
      const backfill = (workflowId: string) =>
        environment.client.workflow.execute('backfill', {
          ...{ taskQueue, workflowId },
          args: [{ channelId: '1283675776780075058' }],
        });
      await assert.rejects(backfill('everyday'), WorkflowFailedError);
      assert.equal(failures.length, 1, 'the activity was asked');
      assert.deepEqual(await failed(), []);
      await assert.rejects(backfill('fault'), WorkflowFailedError);
      const [line] = await failed();
      assert.match(line ?? '', /activity_type="checkChannel".* 1$/);
    });
  } finally {
    await environment.teardown();
  }
});
