import type { Client } from '@temporalio/client';
import { taskQueues } from '../clip/names.ts';
import type { Config } from '../config.ts';
import {
  callFault,
  checkNamespace,
  connectionFault,
  openClient,
  temporalTarget,
} from '../temporal/connect.ts';
import {
  commandFor,
  lookAtSearchAttributes,
  wrongTypes,
} from '../temporal/register-search-attributes.ts';
import { findingOf, findingsOf, sentenceOf, type Finding } from './finding.ts';

type DescribeTaskQueue = Parameters<Client['workflowService']['describeTaskQueue']>[0];
type PollerKind = NonNullable<DescribeTaskQueue['taskQueueType']>;

/** As Temporal numbers the kinds of pollers of a task queue. */
// eslint-disable-next-line @typescript-eslint/no-unsafe-enum-assignment -- it is another package's, for two numbers
const POLLS = { workflow: 1 as PollerKind, activity: 2 as PollerKind };

/** Is the server there, with our namespace and search attributes, and does a worker serve each queue? */
export async function checkTemporal(config: Config): Promise<Finding[]> {
  const { address, namespace } = temporalTarget(config);
  const opened = await openClient(config).catch((error: unknown) => connectionFault(error, config));
  if (opened instanceof Error) return [{ check: 'Temporal', state: 'fault', says: opened.message }];
  const server: Finding = { check: 'Temporal', state: 'ok', says: `answers at ${address}` };
  try {
    const there = await findingOf('namespace', async () => {
      await checkNamespace(opened, config);
      return namespace;
    });
    if (there.state === 'fault') return [server, there];
    return [
      server,
      there,
      await searchAttributes(opened, config),
      ...(await findingsOf('workers', () =>
        allowed(config, async () => [await workers(opened, config)]),
      )),
    ];
  } finally {
    await opened.connection.close();
  }
}

/** Where a call is refused, says which setting lets us in. */
async function allowed<T>(config: Config, look: () => Promise<T>): Promise<T> {
  try {
    return await look();
  } catch (error) {
    throw callFault(error, config);
  }
}

/** As gRPC numbers them: permission denied, unimplemented. */
const UNTOLD = [7, 12];

/** Only a warning where the server doesn't tell, as Temporal Cloud doesn't tell a key of a namespace. */
async function searchAttributes(client: Client, config: Config): Promise<Finding> {
  const check = 'search attributes';
  const looked = await lookAtSearchAttributes(client).catch((error: unknown) => error as Error);
  if (looked instanceof Error) {
    const isUntold = UNTOLD.includes(Number((looked as { code?: unknown }).code));
    const command = commandFor(client.options.namespace);
    return isUntold
      ? { check, state: 'warning', says: `not told here: make sure that all are there: ${command}` }
      : { check, state: 'fault', says: sentenceOf(callFault(looked, config)) };
  }
  const { missing, wrong, command } = looked;
  if (wrong.length > 0) return { check, state: 'fault', says: wrongTypes(wrong) };
  if (missing.length === 0) return { check, state: 'ok', says: 'all registered' };
  return {
    ...{ check, state: 'fault' },
    says: `${missing.join(', ')} missing: start a worker, which registers them where it may, or run: ${command}`,
  };
}

/** A warning at most: before the first start there is no worker yet. */
async function workers(client: Client, { taskQueue }: Config): Promise<Finding> {
  const { main, media, discord } = taskQueues(taskQueue);
  const queues = [
    { name: main, taskQueueType: POLLS.workflow },
    { name: media, taskQueueType: POLLS.activity },
    { name: discord, taskQueueType: POLLS.activity },
  ];
  const idle: string[] = [];
  for (const { name, taskQueueType } of queues) {
    const { pollers } = await client.workflowService.describeTaskQueue({
      namespace: client.options.namespace,
      taskQueue: { name },
      taskQueueType,
    });
    if (pollers.length === 0) idle.push(name);
  }
  return idle.length === 0
    ? { check: 'workers', state: 'ok', says: `poll ${queues.map(({ name }) => name).join(', ')}` }
    : {
        check: 'workers',
        state: 'warning',
        says: `nobody polls ${idle.join(', ')}: start a worker (npm start, or docker compose up)`,
      };
}
