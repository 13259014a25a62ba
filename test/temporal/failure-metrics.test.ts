import assert from 'node:assert/strict';
import { test } from 'node:test';
import { WorkflowFailedError } from '@temporalio/client';
import { pino } from 'pino';
import { invalidInput, messageGone } from '../../src/errors.ts';
import { installRuntime } from '../../src/temporal/runtime.ts';
import { freePort } from '../support/free-port.ts';
import { startTemporal, withWorkers } from '../support/temporal.ts';
import { until } from '../support/wait.ts';

test('the worker metrics count failed activities and failed workflow tasks, but not failures marked as benign', async () => {
  const address = `127.0.0.1:${await freePort()}`;
  installRuntime(pino({ level: 'silent' }), address);
  const environment = await startTemporal({ runtime: 'installed' });
  const served = async (name: string): Promise<string[]> =>
    (await (await fetch(`http://${address}/metrics`)).text())
      .split('\n')
      .filter((line) => line.startsWith(`${name}{`));
  const failed = () => served('temporal_activity_execution_failed_total');
  const failures = [
    messageGone({ route: 'GET /channels/1', status: 404 }),
    invalidInput('unknown channel'),
  ];
  try {
    const failing = () => {
      throw failures.shift() ?? new Error('called too often');
    };
    await withWorkers(environment, { checkChannel: failing }, async (taskQueue) => {
      const backfill = (workflowId: string) =>
        environment.client.workflow.execute('backfill', {
          taskQueue,
          workflowId,
          args: [{ channelId: '1196521684992000058' }],
        });
      await assert.rejects(backfill('benign-failure'), WorkflowFailedError);
      assert.equal(failures.length, 1, 'the first backfill called the activity once');
      assert.deepEqual(await failed(), []);
      await assert.rejects(backfill('counted-failure'), WorkflowFailedError);
      const [line] = await failed();
      assert.match(line ?? '', /activity_type="checkChannel".* 1$/);

      // Failed workflow code has a metric of its own, which the alert WorkflowTasksFailing reads.
      const unknown = await environment.client.workflow.start('noSuchWorkflow', {
        taskQueue,
        workflowId: 'unknown',
      });
      const broken = await until('a failed workflow task', async () => {
        const [first] = await served('temporal_workflow_task_execution_failed_total');
        return first;
      });
      assert.match(broken, /failure_reason="WorkflowError".* [1-9]/);
      await unknown.terminate();
    });
  } finally {
    await environment.teardown();
  }
});
