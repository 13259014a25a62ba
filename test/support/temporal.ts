import { TestWorkflowEnvironment } from '@temporalio/testing';
import { DefaultLogger, Runtime, Worker } from '@temporalio/worker';
import { fileURLToPath } from 'node:url';
import type { Activities } from '../../src/activities/create-activities.ts';
import { taskQueues } from '../../src/clip/names.ts';
import { searchAttributeArguments } from '../../src/temporal/register-search-attributes.ts';

/**
 * A real dev server in memory, as the program's own is but for its database. `runtime` is for a test that
 * has installed the SDK's runtime itself.
 */
export async function startTemporal({
  runtime = 'install',
}: { runtime?: 'install' | 'installed' } = {}): Promise<TestWorkflowEnvironment> {
  if (runtime === 'install')
    Runtime.install({ logger: new DefaultLogger('ERROR'), shutdownSignals: [] });
  return await TestWorkflowEnvironment.createLocal({
    server: {
      executable: { type: 'existing-path', path: temporalCli() },
      extraArgs: [
        ...['--dynamic-config-value', 'matching.useNewMatcher=true'],
        ...searchAttributeArguments(),
      ],
    },
  });
}

/** The Temporal CLI that the test command found. */
export function temporalCli(): string {
  return process.env.TEMPORAL_CLI ?? 'temporal';
}

/** Bundled once for all test files by the test command; bundled here where one file is run by hand. */
export const workflowSource = ():
  { workflowBundle: { codePath: string } } | { workflowsPath: string } =>
  process.env.WORKFLOW_BUNDLE
    ? { workflowBundle: { codePath: process.env.WORKFLOW_BUNDLE } }
    : { workflowsPath: fileURLToPath(new URL('../../src/workflows/index.ts', import.meta.url)) };

let queues = 0;

/** Workers for all queues under a task queue of their own, running until `work` has ended. */
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
