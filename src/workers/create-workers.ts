import { availableParallelism } from 'node:os';
import { Worker, type NativeConnection, type WorkerOptions } from '@temporalio/worker';
import type { Activities } from '../activities/create-activities.ts';
import { taskQueues } from '../clip/names.ts';
import type { Config, WorkerQueue } from '../config.ts';
import { countMediaSlots } from './media-slots.ts';
import { findWorkflows } from './workflow-source.ts';

/** After this time another worker takes over the clips that wait in a killed worker's sticky queue. */
const STICKY_TIMEOUT = '3s';

/** How long a stopping worker waits for running activities. By default the SDK cancels activities at once. */
const SHUTDOWN_GRACE = '20s';

/** How much of the machine a worker takes for workflows. */
export type WorkflowCapacity = Required<
  Pick<WorkerOptions, 'maxCachedWorkflows' | 'workflowThreadPoolSize'>
>;

/**
 * A workflow that is not in memory must be replayed, which takes more than half of a refresh's CPU time. Links that are
 * valid for a day wake each clip so rarely that this hardly matters. With short links, a worker with these figures keeps
 * up, and a worker with 100 workflows in memory and one thread for workflows is late after each start
 * (docs/performance.md).
 */
const CAPACITY: WorkflowCapacity = { maxCachedWorkflows: 300, workflowThreadPoolSize: 2 };

/**
 * How many writes of records run at once. Each write takes about ten milliseconds.
 *
 * With the SDK's default of 100, a burst of clips blocked the event loop for up to 73 ms; with 16, for up to 35 ms
 * (docs/performance.md).
 */
const MAX_LOCAL_ACTIVITIES = 16;

/**
 * How many workflow tasks run at once. Most of them have local activities. The other tasks wait on the server, which
 * knows their priorities. With the SDK's default of 40, a task that the worker had taken waited for a second during a
 * backfill on a busy machine; with 12, for a tenth (docs/performance.md).
 */
const MAX_WORKFLOW_TASKS = 12;

/**
 * Which part of the polls for workflow tasks asks the queue that all workers share, and not the queue of the workflows
 * in memory. The SDK's default is 0.2. A clip sleeps for hours, so nearly every task of a clip comes from the shared
 * queue.
 */
const SHARED_QUEUE_POLLS = 0.6;

/**
 * How many activities of the discord queue run at once. These activities spend most of their time waiting for Discord.
 */
const MAX_DISCORD_ACTIVITIES = 20;

/**
 * The longest time between two heartbeats that reach the server.
 *
 * With the SDK's default, 80% of the heartbeat timeout, heartbeats come too late on a busy processor. A short time also
 * keeps the server up to date on the progress within a history page. After a worker is killed, the next worker
 * continues from the last progress that reached the server.
 */
const HEARTBEAT_THROTTLE = '2s';

export interface WorkerParts {
  connection: NativeConnection;
  namespace: string;
  activities: Activities;
  /** CAPACITY by default. */
  capacity?: WorkflowCapacity | undefined;
}

/** Creates one worker for each task queue that this process serves. */
export async function createWorkers(
  config: Config,
  { connection, namespace, activities, capacity = CAPACITY }: WorkerParts,
): Promise<Worker[]> {
  const shared = {
    connection,
    namespace,
    activities,
    shutdownGraceTime: SHUTDOWN_GRACE,
    maxHeartbeatThrottleInterval: HEARTBEAT_THROTTLE,
  };
  const queues = taskQueues(config.taskQueue);
  const options: Record<WorkerQueue, WorkerOptions> = {
    main: {
      ...shared,
      ...findWorkflows(config.workflowBundle),
      taskQueue: queues.main,
      ...capacity,
      maxConcurrentLocalActivityExecutions: MAX_LOCAL_ACTIVITIES,
      maxConcurrentWorkflowTaskExecutions: MAX_WORKFLOW_TASKS,
      nonStickyToStickyPollRatio: SHARED_QUEUE_POLLS,
      stickyQueueScheduleToStartTimeout: STICKY_TIMEOUT,
    },
    media: {
      ...shared,
      taskQueue: queues.media,
      maxConcurrentActivityTaskExecutions: countMediaSlots(
        availableParallelism(),
        process.constrainedMemory(),
      ),
    },
    discord: {
      ...shared,
      taskQueue: queues.discord,
      maxConcurrentActivityTaskExecutions: MAX_DISCORD_ACTIVITIES,
      // The server enforces this limit for all workers together.
      maxTaskQueueActivitiesPerSecond: config.discordRequestsPerSecond,
    },
  };
  return await Promise.all(config.workerQueues.map((queue) => Worker.create(options[queue])));
}
