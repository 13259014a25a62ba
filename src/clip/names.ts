// Names, times and priorities that several parts of the program must agree on.

import { clipId, type ClipRef } from './clip.ts';

/** The default of the setting TASK_QUEUE. */
export const DEFAULT_TASK_QUEUE = 'clips';

/** The task queues that workers poll, for workflows, thumbnails and requests to Discord. */
export interface TaskQueues {
  main: string;
  media: string;
  discord: string;
}

/** Derives the names of the task queues from `base`, the setting TASK_QUEUE. */
export const taskQueues = (base: string): TaskQueues => ({
  main: base,
  media: `${base}-media`,
  discord: `${base}-discord`,
});

/** The types of Everclip's workflows, which src/workflows/index.ts exports. */
export const WORKFLOW_TYPES = [
  'archiveClip',
  'audit',
  'auditChannel',
  'backfill',
  'deletion',
  'forgetUser',
  'purgeChannel',
  'purgeClip',
  'rememberUser',
  'sweep',
  'tidyUserData',
] as const;

/** The id of the clip's workflow. */
export const clipWorkflowId = (clip: Pick<ClipRef, 'messageId' | 'attachmentId'>): string =>
  workflowIdOfClip(clipId(clip));

/** The id of the workflow of the clip with this `Id`. */
export const workflowIdOfClip = (id: string): string => `clip-${id}`;

/** Returns the `Id` of the clip that a workflow belongs to, or null if it is not the workflow of a clip. */
export const clipIdOfWorkflow = (workflowId: string): string | null =>
  /^clip-(\d{1,20}-\d{1,20})$/.exec(workflowId)?.[1] ?? null;

/** The prefix that all clip workflows of a message share. */
export const messageWorkflowIdPrefix = (messageId: string): string => `clip-${messageId}-`;

/** The id of a channel's backfill, which the documentation tells people to use too. */
export const backfillWorkflowId = (channelId: string): string => `backfill-${channelId}`;

/**
 * The id of the workflow that deletes unused user data. Two installations with one namespace have different task
 * queues, and each tidies its own bucket.
 */
export const tidyWorkflowId = (taskQueue: string): string =>
  taskQueue === DEFAULT_TASK_QUEUE ? 'tidy-user-data' : `tidy-user-data-${taskQueue}`;

/** The id of a channel's sweep. */
export const sweepWorkflowId = (channelId: string): string => `sweep-${channelId}`;

/** Returns the channel's id from a sweep's workflow id, or null for any other workflow id. */
export const sweptChannelId = (workflowId: string): string | null =>
  /^sweep-(\d+)$/.exec(workflowId)?.[1] ?? null;

/** The id of the workflow that tells the clips of a deleted channel, thread or guild. */
export const deletionWorkflowId = (placeId: string): string => `deletion-${placeId}`;

/** The id of the audit of a channel. */
export const auditWorkflowId = (channelId: string): string => `audit-channel-${channelId}`;

/** The id of the schedule that starts the audits of all channels, and of the workflows that it starts. */
export const auditScheduleId = (taskQueue: string): string => `audit-all-${taskQueue}`;

/** A thread that has had no new message for 14 days is no longer swept. The time is in milliseconds. */
export const THREAD_QUIET_MS = 14 * 24 * 60 * 60 * 1000;

// Temporal runs the tasks of a queue by priority, from 1 (first) to 5. 3 is the default. Tasks of equal priority run in
// the order in which they were queued. A clip's activities inherit the priority of the clip's workflow.

/**
 * The priorities of clips. The more clips a poster has just posted, the later the poster's next clips run. So one
 * poster's flood of clips does not delay the clips of other posters.
 */
export const CLIP_PRIORITIES = {
  /** The poster has posted almost nothing in the last minute. */
  first: 1,
  /** The poster has posted a few clips. */
  next: 2,
  /** The poster has posted many clips. */
  many: 3,
  /** The poster has posted more clips than a person does. */
  flood: 4,
  /** A backfill or a sweep found the clip. */
  found: 5,
};

/**
 * The priority of the workflows that read single channels and threads for a backfill. They have few tasks. Behind the
 * thousands of clips that they find, each task would wait for seconds.
 */
export const PLACE_PRIORITY = CLIP_PRIORITIES.flood;

/**
 * The priorities of pictures. Storyboards are made when no thumbnail waits, so the thumbnails of clips with the priority
 * `found` move up to `lastThumbnail`.
 */
export const MEDIA_PRIORITIES = { lastThumbnail: CLIP_PRIORITIES.flood, storyboard: 5 };

/** Returns the priority of a thumbnail. `clipPriority` is the priority of the clip's workflow. */
export function thumbnailPriority(clipPriority: number): number {
  return Math.min(clipPriority, MEDIA_PRIORITIES.lastThumbnail);
}

/**
 * The priorities of requests to Discord. Links are refreshed before histories are read, because a link expires at a
 * fixed time.
 */
export const REQUEST_PRIORITIES = { refetch: 1, deletion: 2, sweep: 3, backfill: 5, audit: 5 };
