import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { Worker, type NativeConnection, type WorkerOptions } from '@temporalio/worker';
import type { Activities } from '../activities/create-activities.ts';
import { taskQueues } from '../clip/names.ts';
import type { Config, WorkerQueue } from '../config.ts';

/** A killed worker's clips wait this long for their sticky queue before another worker takes them. */
const STICKY_TIMEOUT = '3s';
/** How long a worker that is told to stop lets activities finish; the SDK's default cancels them at once. */
const SHUTDOWN_GRACE = '20s';
/**
 * Workflows in memory, 0.3 MB each (docs/performance.md); the SDK's default is 600 for each GB of heap. A clip sleeps
 * 18 hours and replays a short history when it wakes: it has no need to be kept there.
 */
const CACHED_WORKFLOWS = 200;
/**
 * The SDK's default of 100 short writes at a time held up the event loop for up to 73 ms in a burst; with these
 * it is 35 (docs/performance.md). A write takes some ten milliseconds.
 */
const LOCAL_ACTIVITIES = 16;
/** Heartbeats go out at least so often: by default at four fifths of their time-out, which a busy core misses. */
const HEARTBEAT_THROTTLE = '2s';

/** One worker for each queue that this process serves. */
export async function createWorkers(
  config: Config,
  {
    connection,
    namespace,
    activities,
  }: { connection: NativeConnection; namespace: string; activities: Activities },
): Promise<Worker[]> {
  const shared = {
    ...{ connection, namespace, activities },
    shutdownGraceTime: SHUTDOWN_GRACE,
    maxHeartbeatThrottleInterval: HEARTBEAT_THROTTLE,
  };
  const queues = taskQueues(config.taskQueue);
  const options: Record<WorkerQueue, WorkerOptions> = {
    main: {
      ...shared,
      ...workflows(config),
      taskQueue: queues.main,
      maxCachedWorkflows: CACHED_WORKFLOWS,
      maxConcurrentLocalActivityExecutions: LOCAL_ACTIVITIES,
      stickyQueueScheduleToStartTimeout: STICKY_TIMEOUT,
    },
    media: {
      ...shared,
      taskQueue: queues.media,
      // A decode keeps a core busy.
      maxConcurrentActivityTaskExecutions: availableParallelism(),
    },
    discord: {
      ...shared,
      taskQueue: queues.discord,
      maxConcurrentActivityTaskExecutions: 20,
      // A history page tells in its heartbeats what it has started: after a kill it counts from there.
      maxHeartbeatThrottleInterval: '2s',
      // Kept by the server, for all workers together.
      maxTaskQueueActivitiesPerSecond: config.discordRequestsPerSecond,
    },
  };
  return await Promise.all(config.workerQueues.map((queue) => Worker.create(options[queue])));
}

/** The bundle made at build time, where there is one: bundling takes seconds. */
function workflows({ workflowBundle }: Config): Partial<WorkerOptions> {
  const built = fileURLToPath(new URL('../workflow-bundle.js', import.meta.url));
  const codePath = workflowBundle ?? (existsSync(built) ? built : null);
  return codePath === null
    ? { workflowsPath: fileURLToPath(new URL('../workflows/index.ts', import.meta.url)) }
    : { workflowBundle: { codePath } };
}
