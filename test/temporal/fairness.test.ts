import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { Connection } from '@temporalio/client';
import proto from '@temporalio/proto';
import { serverArguments } from '../../src/temporal/server-settings.ts';
import { freePort } from '../support/free-port.ts';
import { temporalCli } from '../support/temporal.ts';
import { pause, until } from '../support/wait.ts';

const { CommandType } = proto.temporal.api.enums.v1;

const NAMESPACE = 'default';
const TASK_QUEUE = { name: 'fairness' };
/** The server refuses shorter polls. */
const POLL_MS = 5000;
const MAX_EMPTY_POLLS = 10;
const QUEUED = ['queued-1', 'queued-2', 'queued-3'];
/**
 * How often the server saves which tasks it has queued. The default is 30 s. A restarted server queues the tasks since
 * the last save again, in the way that its new settings say. So the test waits longer than this before it restarts the
 * server.
 */
const REQUEUE_SECONDS = 1;
const FAIRNESS = 'matching.enableFairness=true';

/**
 * The first test shows why Everclip orders clips by its own priorities and not by Temporal's fairness keys
 * (docs/design.md). If the first test fails after an update of the server, fairness keys may have become safe.
 */
describe('fairness keys of the pinned Temporal server', () => {
  test('if fairness is switched on, tasks that are already queued are not delivered until fairness is switched off', async (t) => {
    const folder = mkdtempSync(join(tmpdir(), 'everclip-fairness-'));
    t.after(() => {
      rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
    });
    await withServer(folder, [], async (server) => {
      for (const workflowId of QUEUED) await server.start(workflowId);
      await pause(REQUEUE_SECONDS * 4000);
    });
    await withServer(folder, [FAIRNESS], async (server) => {
      await server.start('new-1');
      assert.deepEqual(await server.take(1), ['new-1']);
    });
    await withServer(folder, [], async (server) => {
      assert.deepEqual((await server.take(QUEUED.length)).sort(), QUEUED);
    });
  });

  test('no server of Everclip has fairness switched on', () => {
    for (const file of [
      'src/local/dev-server.ts',
      'docker-compose.yml',
      'compose.production.yml',
      'deploy/dynamic-config.yml',
    ]) {
      const text = readFileSync(join(import.meta.dirname, '../..', file), 'utf8');
      assert.doesNotMatch(text, /enableFairness/, file);
    }
  });
});

interface TestServer {
  start(workflowId: string): Promise<void>;
  /**
   * Completes queued workflows until the queue is empty. Returns the ids of the completed workflows.
   * @throws Error if there are fewer than `count`
   */
  take(count: number): Promise<string[]>;
}

/** Runs a dev server on the database in `folder` until `work` has ended. */
async function withServer(
  folder: string,
  settings: readonly string[],
  work: (server: TestServer) => Promise<void>,
): Promise<void> {
  const port = await freePort();
  const all = [`history.transferProcessorUpdateAckInterval="${REQUEUE_SECONDS}s"`, ...settings];
  const child = spawn(
    temporalCli(),
    [
      ...['server', 'start-dev', '--headless', '--ip=127.0.0.1', '--log-level=never'],
      ...[`--port=${port}`, `--db-filename=${join(folder, 'temporal.db')}`],
      ...serverArguments(all),
    ],
    { stdio: 'ignore' },
  );
  const kill = () => child.kill('SIGKILL');
  process.once('exit', kill);
  const connection = Connection.lazy({ address: `127.0.0.1:${port}` });
  try {
    await until('the server', () =>
      connection.workflowService.describeNamespace({ namespace: NAMESPACE }).then(
        () => true,
        () => false,
      ),
    );
    await work(createTestServer(connection));
  } finally {
    await connection.close();
    await stop(child);
    process.off('exit', kill);
  }
}

function createTestServer(connection: Connection): TestServer {
  const { workflowService } = connection;
  return {
    async start(workflowId) {
      await workflowService.startWorkflowExecution({
        namespace: NAMESPACE,
        workflowId,
        requestId: workflowId,
        workflowType: { name: 'waits' },
        taskQueue: TASK_QUEUE,
      });
    },
    async take(count) {
      const taken: string[] = [];
      for (let emptyPolls = 0; emptyPolls < MAX_EMPTY_POLLS;) {
        const { taskToken, workflowExecution } = await connection.withDeadline(
          Date.now() + POLL_MS,
          () =>
            workflowService.pollWorkflowTaskQueue({ namespace: NAMESPACE, taskQueue: TASK_QUEUE }),
        );
        if (taskToken.length === 0) {
          if (taken.length >= count) return taken;
          emptyPolls += 1;
          continue;
        }
        taken.push(workflowExecution?.workflowId ?? '');
        await workflowService.respondWorkflowTaskCompleted({
          namespace: NAMESPACE,
          taskToken,
          commands: [
            {
              commandType: CommandType.COMMAND_TYPE_COMPLETE_WORKFLOW_EXECUTION,
              completeWorkflowExecutionCommandAttributes: {},
            },
          ],
        });
      }
      throw new Error(`the queue has only ${taken.join(', ')}`);
    },
  };
}

/** Stops the server as Ctrl-C does. */
async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return;
  const exited = once(child, 'exit');
  child.kill('SIGTERM');
  await exited;
}
