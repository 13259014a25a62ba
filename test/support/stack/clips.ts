import assert from 'node:assert/strict';
import type { NewMessage } from '../../../src/emulator/world/messages.ts';
import { clipId, recordKey, thumbnailKey } from '../../../src/clip/clip.ts';
import { clipWorkflowId } from '../../../src/clip/names.ts';
import type { ClipRecord } from '../../../src/clip/record.ts';
import type { Stack } from './stack.ts';

/** A clip that was posted, and where Everclip must put it. */
export interface PostedClip {
  id: string;
  channelId: string;
  messageId: string;
  attachmentId: string;
  workflowId: string;
  recordKey: string;
  thumbnailKey: string;
}

type NewPost = Omit<NewMessage, 'files' | 'authorId'> & {
  authorId?: string;
  /** The names of its attachments, all of them the stack's small video. */
  filenames?: readonly string[];
};

/** Posts a message; every attachment of it counts as a clip. */
export function post(stack: Stack, { filenames = ['clip.mp4'], ...more }: NewPost): PostedClip[] {
  const message = stack.emulator.postMessage({
    authorId: stack.userId,
    files: filenames.map((filename) => ({ filename, path: stack.video })),
    ...more,
  });
  return message.attachments.map(({ id }) => postedClip(more.channelId, message.id, id));
}

/** Posts a message with one clip. */
export function postClip(stack: Stack, message: NewPost): PostedClip {
  return post(stack, { filenames: ['clip.mp4'], ...message })[0]!;
}

/** Where a clip with these ids is kept. */
export function postedClip(channelId: string, messageId: string, attachmentId: string): PostedClip {
  const clip = { channelId, messageId, attachmentId };
  return {
    ...clip,
    id: clipId(clip),
    workflowId: clipWorkflowId(clip),
    recordKey: recordKey(clip),
    thumbnailKey: thumbnailKey(clip, 'webp'),
  };
}

export const recordOf = (stack: Stack, clip: PostedClip): Promise<ClipRecord | null> =>
  stack.bucket.readJson<ClipRecord>(clip.recordKey);

/** Waits until a clip's record is as wanted. */
export const untilRecord = (
  stack: Stack,
  clip: PostedClip,
  what: string,
  isWanted: (record: ClipRecord) => boolean,
  timeoutMs?: number,
): Promise<ClipRecord> =>
  stack.until(
    `the record of ${clip.id} to ${what}`,
    async () => {
      const record = await recordOf(stack, clip);
      return record && isWanted(record) ? record : null;
    },
    timeoutMs,
  );

/** Waits until all clips are live and have their thumbnails. */
export async function untilArchived(
  stack: Stack,
  clips: readonly PostedClip[],
  timeoutMs = 200_000,
): Promise<void> {
  const endMs = Date.now() + timeoutMs;
  for (const [at, clip] of clips.entries()) {
    await untilRecord(
      stack,
      clip,
      `be live with a thumbnail (${at} of ${clips.length} clips are)`,
      ({ Status, Thumbnail }) => Status === 'live' && Thumbnail === clip.thumbnailKey,
      Math.max(endMs - Date.now(), 1000),
    );
  }
}

/** The query for all clips. */
export const CLIP_WORKFLOWS = "WorkflowType = 'archiveClip'";

/** Every execution of a query, closed ones too. */
export async function executions(
  stack: Stack,
  query = CLIP_WORKFLOWS,
): Promise<{ workflowId: string; status: string }[]> {
  const found = [];
  for await (const { workflowId, status } of stack.temporal.workflow.list({ query })) {
    found.push({ workflowId, status: status.name });
  }
  return found.sort((a, b) => (a.workflowId < b.workflowId ? -1 : 1));
}

/**
 * Nothing lost and nothing doubled: these clips and no others have a workflow (one execution each,
 * running), a record and a thumbnail in the bucket.
 */
export async function assertExactly(stack: Stack, clips: readonly PostedClip[]): Promise<void> {
  const sorted = (keys: readonly string[]) => [...keys].sort();
  assert.deepEqual(
    await executions(stack),
    clips
      .map(({ workflowId }) => ({ workflowId, status: 'RUNNING' }))
      .sort((a, b) => (a.workflowId < b.workflowId ? -1 : 1)),
  );
  const [records, thumbnails] = [
    await stack.bucket.keys('messages/'),
    await stack.bucket.keys('thumb/'),
  ];
  assert.deepEqual(sorted(records), sorted(clips.map((clip) => clip.recordKey)));
  assert.deepEqual(sorted(thumbnails), sorted(clips.map((clip) => clip.thumbnailKey)));
}
