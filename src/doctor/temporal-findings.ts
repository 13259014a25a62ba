import type { Client } from '@temporalio/client';
import { taskQueues } from '../clip/names.ts';
import { withDefaultTemporal, type Config } from '../config.ts';
import { messageOf } from '../errors.ts';
import { countWorkflows, NO_EXPIRY_QUERY } from '../temporal/clip-queries.ts';
import {
  callFault,
  checkNamespace,
  connectionFault,
  NotStartedError,
  openClient,
  temporalTarget,
} from '../temporal/connect.ts';
import { GRPC_STATUS } from '../temporal/grpc-status.ts';
import {
  describeWrongTypes,
  inspectSearchAttributes,
  registerCommand,
} from '../temporal/register-search-attributes.ts';
import { runCheck, type Finding } from './finding.ts';

type DescribeTaskQueue = Parameters<Client['workflowService']['describeTaskQueue']>[0];
type TaskQueueType = NonNullable<DescribeTaskQueue['taskQueueType']>;

/** The numbers of Temporal's enum TaskQueueType. */
const QUEUE_TYPES = { workflow: 1 as TaskQueueType, activity: 2 as TaskQueueType };

/**
 * The status codes with which servers refuse to list search attributes. For example, Temporal Cloud denies the list to
 * an API key of a single namespace.
 */
const CANNOT_LIST: unknown[] = [GRPC_STATUS.PERMISSION_DENIED, GRPC_STATUS.UNIMPLEMENTED];

/** Checks the server, the namespace, the search attributes, and whether workers poll the task queues. */
export async function temporalFindings(settings: Config): Promise<Finding[]> {
  const config = withDefaultTemporal(settings);
  const { address, namespace } = temporalTarget(config);
  let client: Client;
  try {
    client = await openClient(config);
  } catch (error) {
    const fault = await connectionFault(error, settings);
    // The dev server of `npm start` is not running yet. This is only a warning, because `npm start` starts the server.
    const state = fault instanceof NotStartedError ? 'warning' : 'fault';
    return [{ check: 'Temporal', state, says: fault.message }];
  }
  const server: Finding = { check: 'Temporal', state: 'ok', says: `answers at ${address}` };
  try {
    const namespaceFinding = await runCheck('namespace', async () => {
      await checkNamespace(client, config);
      return namespace;
    });
    if (namespaceFinding.state === 'fault') return [server, namespaceFinding];
    return [
      server,
      namespaceFinding,
      await searchAttributesFinding(client, config),
      await workersFinding(client, config),
      ...(await linkFindings(client)),
    ];
  } finally {
    await client.connection.close();
  }
}

async function searchAttributesFinding(client: Client, config: Config): Promise<Finding> {
  const check = 'search attributes';
  const command = registerCommand(client.options.namespace);
  try {
    const { missing, wrong } = await inspectSearchAttributes(client);
    if (wrong.length > 0) return { check, state: 'fault', says: describeWrongTypes(wrong) };
    if (missing.length === 0) return { check, state: 'ok', says: 'all registered' };
    return {
      check,
      state: 'fault',
      says: `${missing.join(', ')} not registered: start a worker that may register search attributes, or run: ${command}`,
    };
  } catch (error) {
    if (!CANNOT_LIST.includes((error as { code?: unknown }).code)) {
      return { check, state: 'fault', says: messageOf(callFault(error, config)) };
    }
    return {
      check,
      state: 'warning',
      says: `not checked, because this server does not list search attributes: if a search attribute is missing, run: ${command}`,
    };
  }
}

/** Warns about running clips whose link has no expiry that Everclip can read. */
async function linkFindings(client: Client): Promise<Finding[]> {
  // If the search attributes are missing, the server cannot count the clips. Another finding reports the missing search
  // attributes.
  const count = await countWorkflows(client, NO_EXPIRY_QUERY).catch(() => 0);
  if (count === 0) return [];
  const says = `${count} running clips have a link whose expiry Everclip cannot read; the links may be dead: if your server signs its links in a new form, report the form`;
  return [{ check: 'links', state: 'warning', says }];
}

/** Before the first start there is no worker, so a missing worker is only a warning. */
async function workersFinding(client: Client, config: Config): Promise<Finding> {
  const check = 'workers';
  try {
    const queues = taskQueues(config.taskQueue);
    const idle = await idleQueues(client, config.taskQueue);
    if (idle.length === 0) {
      return { check, state: 'ok', says: `polling ${Object.values(queues).join(', ')}` };
    }
    return {
      check,
      state: 'warning',
      says: `no worker polls ${idle.join(', ')}: start a worker (npm start or docker compose up)`,
    };
  } catch (error) {
    return { check, state: 'fault', says: messageOf(callFault(error, config)) };
  }
}

/** Returns the task queues that no worker polls. */
async function idleQueues(client: Client, base: string): Promise<string[]> {
  const { main, media, discord } = taskQueues(base);
  const queues = [
    { name: main, taskQueueType: QUEUE_TYPES.workflow },
    { name: media, taskQueueType: QUEUE_TYPES.activity },
    { name: discord, taskQueueType: QUEUE_TYPES.activity },
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
  return idle;
}
