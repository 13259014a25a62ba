import { TestWorkflowEnvironment } from '@temporalio/testing';
import { DefaultLogger, Runtime, Worker } from '@temporalio/worker';
import type { Activities } from '../../src/activities/create-activities.ts';
import { taskQueues } from '../../src/clip/names.ts';
import { findWorkflows, type WorkflowSource } from '../../src/workers/workflow-source.ts';
import { searchAttributeArguments } from '../../src/temporal/register-search-attributes.ts';
import { serverArguments } from '../../src/temporal/server-settings.ts';

/**
 * Starts a dev server with its database in memory. The other settings are the same as in `npm start`.
 *
 * A test that has installed the SDK's runtime itself passes `runtime: 'installed'`. `attributes: 'missing'` starts a
 * server on which nobody has registered the search attributes. `attributes: 'of newer servers'` also registers the
 * search attribute that servers from 1.30 on have. `settings` are further values of the server's dynamic config.
 */
export async function startTemporal({
  runtime = 'install',
  attributes = 'registered',
  settings = [],
}: {
  runtime?: 'install' | 'installed';
  attributes?: 'registered' | 'missing' | 'of newer servers';
  settings?: readonly string[];
} = {}): Promise<TestWorkflowEnvironment> {
  if (runtime === 'install') {
    Runtime.install({ logger: new DefaultLogger('ERROR'), shutdownSignals: [] });
  }
  return await TestWorkflowEnvironment.createLocal({
    server: {
      executable: { type: 'existing-path', path: temporalCli() },
      extraArgs: [
        ...serverArguments(settings),
        ...(attributes === 'missing' ? [] : searchAttributeArguments()),
        ...(attributes === 'of newer servers'
          ? ['--search-attribute', 'TemporalReportedProblems=KeywordList']
          : []),
      ],
    },
  });
}

/** Returns the path of the Temporal CLI that `npm test` found. */
export function temporalCli(): string {
  return process.env.TEMPORAL_CLI ?? 'temporal';
}

/**
 * `npm test` bundles the workflows once for all test files. A test file that is run without `npm test` bundles the
 * workflows itself.
 *
 * In debug mode, workflows run in the thread of the test, in the same sandbox. Without it, every worker loads the SDK and
 * the bundle in a thread of its own, which is half of the CPU time of the tests of workflows. Tests of the whole program
 * run without it.
 */
export function workflowSource(): WorkflowSource & { debugMode: true } {
  return { ...findWorkflows(process.env.WORKFLOW_BUNDLE ?? null), debugMode: true };
}

let queues = 0;

/** Runs workers for all queues, on a new task queue, until `work` has ended. */
export async function withWorkers<T>(
  environment: TestWorkflowEnvironment,
  activities: Partial<Activities>,
  work: (taskQueue: string) => Promise<T>,
): Promise<T> {
  queues += 1;
  const taskQueue = `test-${process.pid}-${queues}`;
  const queueNames = taskQueues(taskQueue);
  const shared = { connection: environment.nativeConnection, activities };
  const workers = await Promise.all([
    Worker.create({ ...shared, ...workflowSource(), taskQueue }),
    Worker.create({ ...shared, taskQueue: queueNames.media }),
    Worker.create({ ...shared, taskQueue: queueNames.discord }),
  ]);
  const [first, ...others] = workers as [Worker, ...Worker[]];
  return await others.reduce<() => Promise<T>>(
    (inner, worker) => () => worker.runUntil(inner),
    () => first.runUntil(() => work(taskQueue)),
  )();
}
