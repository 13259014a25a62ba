import {
  ActivityCancellationType,
  proxyActivities,
  proxyLocalActivities,
  workflowInfo,
  type RetryPolicy,
} from '@temporalio/workflow';
import type { Activities } from '../activities/create-activities.ts';
import {
  MEDIA_PRIORITIES,
  REQUEST_PRIORITIES,
  taskQueues,
  thumbnailPriority,
} from '../clip/names.ts';

/** How many attempts a short write gets inside the workflow task before it is run as an ordinary activity. */
export const LOCAL_ATTEMPTS = 3;

/** The priority of a workflow that was started without one, according to Temporal. */
const USUAL_PRIORITY = 3;

/** Retries without end, at most 5 minutes apart. */
const RETRY_FOREVER: RetryPolicy = {
  initialInterval: '1s',
  backoffCoefficient: 2,
  maximumInterval: '5m',
};

/**
 * An audit gives up an activity after this time, because an audit that waits forever would also stop the scheduled audits
 * of all other channels.
 */
const AUDIT_PATIENCE = '6h';

/**
 * Short writes, which run inside the workflow task. They add a third as many events to the history as ordinary
 * activities, and are twice as fast. After 8 seconds they give up, so that the write is run as an ordinary activity.
 * The Web UI shows only the failures of ordinary activities.
 */
export const localActivities = proxyLocalActivities<Activities>({
  startToCloseTimeout: '4s',
  scheduleToCloseTimeout: '8s',
  retry: { maximumAttempts: LOCAL_ATTEMPTS, initialInterval: '200ms' },
});

/** The same short writes, run as ordinary activities. Under Pending Activities, the Web UI shows why writes fail. */
export const patientActivities = proxyActivities<Activities>({
  startToCloseTimeout: '60s',
  retry: RETRY_FOREVER,
  summary: 'retry a failed write to the bucket',
});

/** The activities of an audit that ask only the bucket and Temporal. */
export const reportActivities = () =>
  proxyActivities<Pick<Activities, 'checkRepairs' | 'saveAudit'>>({
    startToCloseTimeout: '5m',
    scheduleToCloseTimeout: AUDIT_PATIENCE,
    retry: RETRY_FOREVER,
    priority: { priorityKey: REQUEST_PRIORITIES.audit },
    summary: 'check the repairs of an audit',
  });

/** Activities that delete the histories of a clip whose record has nothing personal any more. */
export const erasingActivities = proxyActivities<Pick<Activities, 'deleteOwnExecution'>>({
  startToCloseTimeout: '60s',
  retry: RETRY_FOREVER,
  summary: 'delete the history of a forgotten clip',
});

/** Activities that send one request to Discord each, under the rate limit of their task queue. */
export const discordActivities = (summary: string) =>
  proxyActivities<Pick<Activities, 'refetch'>>({
    taskQueue: taskQueues(workflowInfo().taskQueue).discord,
    startToCloseTimeout: '60s',
    // Another worker must take over a killed worker's refetch before the link expires.
    heartbeatTimeout: '8s',
    cancellationType: ActivityCancellationType.TRY_CANCEL,
    retry: RETRY_FOREVER,
    priority: { priorityKey: REQUEST_PRIORITIES.refetch },
    summary,
  });

/** Activities that check with a few requests to Discord whether a channel's history can be read. */
export const channelActivities = (reader: 'backfill' | 'audit' = 'backfill') =>
  proxyActivities<Pick<Activities, 'checkChannel'>>({
    taskQueue: taskQueues(workflowInfo().taskQueue).discord,
    startToCloseTimeout: '60s',
    ...(reader === 'audit' && { scheduleToCloseTimeout: AUDIT_PATIENCE }),
    retry: RETRY_FOREVER,
    summary: 'check the channel',
  });

/** Activities that list channels and threads, with some requests to Discord each. */
export const placeActivities = () =>
  proxyActivities<Pick<Activities, 'listPlaces'>>({
    taskQueue: taskQueues(workflowInfo().taskQueue).discord,
    startToCloseTimeout: '10m',
    heartbeatTimeout: '20s',
    retry: RETRY_FOREVER,
    priority: { priorityKey: REQUEST_PRIORITIES.backfill },
    summary: 'list channels and threads',
  });

/** Activities that read one page of history with one request to Discord, and start the clips on the page. */
export const historyActivities = (reader: 'sweep' | 'backfill') =>
  proxyActivities<Pick<Activities, 'archiveHistoryPage'>>({
    taskQueue: taskQueues(workflowInfo().taskQueue).discord,
    startToCloseTimeout: '10m',
    heartbeatTimeout: '20s',
    retry: RETRY_FOREVER,
    priority: { priorityKey: REQUEST_PRIORITIES[reader] },
    summary: 'read a page of history',
  });

/**
 * Activities that search a channel for clips with one request to Discord, and start the clips found. A search is only a
 * shortcut, so these activities give up soon. The pages of history find the same clips later.
 */
export const searchActivities = () =>
  proxyActivities<Pick<Activities, 'archiveSearchPage'>>({
    taskQueue: taskQueues(workflowInfo().taskQueue).discord,
    startToCloseTimeout: '1m',
    scheduleToCloseTimeout: '1m',
    // After a worker was killed, another worker must search before the time is over.
    heartbeatTimeout: '10s',
    retry: { ...RETRY_FOREVER, maximumAttempts: 5 },
    priority: { priorityKey: REQUEST_PRIORITIES.backfill },
    summary: 'search a channel for clips',
  });

/**
 * Activities that tell the clips of a deleted channel or guild. They ask Discord about each channel, and wait for each
 * clip. A call ends after about 30 s, and the next attempt goes on.
 */
export const deletionActivities = () =>
  proxyActivities<Pick<Activities, 'forwardDeletion'>>({
    taskQueue: taskQueues(workflowInfo().taskQueue).discord,
    startToCloseTimeout: '10m',
    heartbeatTimeout: '30s',
    cancellationType: ActivityCancellationType.TRY_CANCEL,
    retry: RETRY_FOREVER,
    priority: { priorityKey: REQUEST_PRIORITIES.deletion },
    summary: 'tell the clips about the deletion',
  });

/** Activities that list the channels of an audit with a few requests to Discord. */
export const auditPlaceActivities = () =>
  proxyActivities<Pick<Activities, 'findAuditScopes' | 'listAuditPlaces' | 'retireChannels'>>({
    taskQueue: taskQueues(workflowInfo().taskQueue).discord,
    startToCloseTimeout: '5m',
    scheduleToCloseTimeout: AUDIT_PATIENCE,
    heartbeatTimeout: '20s',
    retry: RETRY_FOREVER,
    priority: { priorityKey: REQUEST_PRIORITIES.audit },
    summary: 'list the channels',
  });

/** Activities that read one page of history with one request to Discord, and inspect the clips on the page. */
export const auditActivities = () =>
  proxyActivities<Pick<Activities, 'auditPage'>>({
    taskQueue: taskQueues(workflowInfo().taskQueue).discord,
    startToCloseTimeout: '10m',
    scheduleToCloseTimeout: AUDIT_PATIENCE,
    heartbeatTimeout: '20s',
    retry: RETRY_FOREVER,
    priority: { priorityKey: REQUEST_PRIORITIES.audit },
    summary: 'audit a page of history',
  });

/** Activities that make thumbnails. These activities give up after five attempts. */
export const mediaActivities = () =>
  proxyActivities<Pick<Activities, 'thumbnail'>>({
    taskQueue: taskQueues(workflowInfo().taskQueue).media,
    startToCloseTimeout: '10m',
    heartbeatTimeout: '30s',
    cancellationType: ActivityCancellationType.TRY_CANCEL,
    retry: { initialInterval: '2s', backoffCoefficient: 3, maximumAttempts: 5 },
    priority: {
      priorityKey: thumbnailPriority(workflowInfo().priority?.priorityKey ?? USUAL_PRIORITY),
    },
    summary: 'make the thumbnail',
  });

/**
 * Activities that make storyboards, when no thumbnail waits. These activities give up after two attempts, or after half
 * a day, because the link is then about to be refreshed.
 */
export const storyboardActivities = () =>
  proxyActivities<Pick<Activities, 'storyboard'>>({
    taskQueue: taskQueues(workflowInfo().taskQueue).media,
    startToCloseTimeout: '10m',
    scheduleToCloseTimeout: '12h',
    heartbeatTimeout: '30s',
    cancellationType: ActivityCancellationType.TRY_CANCEL,
    retry: { initialInterval: '1m', maximumAttempts: 2 },
    priority: { priorityKey: MEDIA_PRIORITIES.storyboard },
    summary: 'make the storyboard',
  });
