import {
  ActivityCancellationType,
  proxyActivities,
  proxyLocalActivities,
  workflowInfo,
} from '@temporalio/workflow';
import { taskQueues } from '../clip/names.ts';
import type { Activities } from '../activities/create-activities.ts';

/** Attempts that a short write gets inside the workflow task before it becomes an activity of its own. */
export const LOCAL_ATTEMPTS = 3;

/**
 * The short writes, run inside the workflow task: a third of the events and twice the speed of
 * activities of their own. Given up after some seconds, for what fails longer must be seen by people.
 */
export const localActivities = proxyLocalActivities<Activities>({
  startToCloseTimeout: '4s',
  scheduleToCloseTimeout: '8s',
  retry: { maximumAttempts: LOCAL_ATTEMPTS, initialInterval: '200ms' },
});

/** The same writes as activities of their own, for ever: the Web UI's Pending Activities tell what is wrong. */
export const patientActivities = proxyActivities<Activities>({
  startToCloseTimeout: '60s',
  retry: { initialInterval: '1s', backoffCoefficient: 2, maximumInterval: '5m' },
  summary: 'the bucket failed: writing until it takes it',
});

/** One Discord request each, under the rate limit of their queue; retried for ever. */
export const discordActivities = (summary: string) =>
  proxyActivities<Pick<Activities, 'refetch'>>({
    taskQueue: taskQueues(workflowInfo().taskQueue).discord,
    startToCloseTimeout: '60s',
    // Of a killed worker's refetches others must know before the margin is over.
    heartbeatTimeout: '8s',
    cancellationType: ActivityCancellationType.TRY_CANCEL,
    retry: { initialInterval: '1s', backoffCoefficient: 2, maximumInterval: '5m' },
    summary,
  });

/** A few requests that tell whether a channel's history can be read. */
export const channelActivities = () =>
  proxyActivities<Pick<Activities, 'checkChannel'>>({
    taskQueue: taskQueues(workflowInfo().taskQueue).discord,
    startToCloseTimeout: '60s',
    retry: { initialInterval: '1s', backoffCoefficient: 2, maximumInterval: '5m' },
    summary: 'look at the channel',
  });

/** Pages of history: one request and the starts of the clips in it. */
export const historyActivities = () =>
  proxyActivities<Pick<Activities, 'archiveHistoryPage'>>({
    taskQueue: taskQueues(workflowInfo().taskQueue).discord,
    startToCloseTimeout: '10m',
    heartbeatTimeout: '20s',
    retry: { initialInterval: '1s', backoffCoefficient: 2, maximumInterval: '5m' },
    summary: 'read the history',
  });

/** Thumbnails: given up after five attempts. */
export const mediaActivities = () =>
  proxyActivities<Pick<Activities, 'thumbnail'>>({
    taskQueue: taskQueues(workflowInfo().taskQueue).media,
    startToCloseTimeout: '10m',
    heartbeatTimeout: '30s',
    cancellationType: ActivityCancellationType.TRY_CANCEL,
    retry: { initialInterval: '2s', backoffCoefficient: 3, maximumAttempts: 5 },
    summary: 'make the thumbnail',
  });
