import assert from 'node:assert/strict';
import type { NewMessage } from '../../../src/emulator/world/messages.ts';
import { clipId, posterImageKey, recordKey, thumbnailKey } from '../../../src/clip/clip.ts';
import { clipWorkflowId } from '../../../src/clip/names.ts';
import type { ClipRecord } from '../../../src/clip/record.ts';
import type { Stack } from './stack.ts';

/** A posted clip, and the keys under which Everclip must store it. */
export interface PostedClip {
  id: string;
  channelId: string;
  messageId: string;
  attachmentId: string;
  workflowId: string;
  recordKey: string;
  thumbnailKey: string;
  posterImageKey: string;
}

type NewPost = Omit<NewMessage, 'files' | 'authorId'> & {
  authorId?: string;
  /** The names of the attachments. Each attachment has the content of the stack's small video. */
  filenames?: readonly string[];
};

/** Posts a message. Every attachment counts as a clip. */
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

/** Returns the ids and bucket keys of a posted clip. */
export function postedClip(channelId: string, messageId: string, attachmentId: string): PostedClip {
  const clip = { channelId, messageId, attachmentId };
  return {
    ...clip,
    id: clipId(clip),
    workflowId: clipWorkflowId(clip),
    recordKey: recordKey(clip),
    thumbnailKey: thumbnailKey(clip, 'webp'),
    posterImageKey: posterImageKey(clip),
  };
}

export async function recordOf(stack: Stack, clip: PostedClip): Promise<ClipRecord | null> {
  return await stack.bucket.readJson<ClipRecord>(clip.recordKey);
}

/** Waits until a clip's record meets a condition. `what` describes the condition. */
export async function untilRecord(
  stack: Stack,
  clip: PostedClip,
  what: string,
  isMet: (record: ClipRecord) => boolean,
  timeoutMs?: number,
): Promise<ClipRecord> {
  return await stack.until(
    `the record of ${clip.id} to ${what}`,
    async () => {
      const record = await recordOf(stack, clip);
      return record && isMet(record) ? record : null;
    },
    timeoutMs,
  );
}

/** Waits until all clips are live and have a thumbnail. */
export async function untilArchived(
  stack: Stack,
  clips: readonly PostedClip[],
  timeoutMs = 200_000,
): Promise<void> {
  const deadlineMs = Date.now() + timeoutMs;
  for (const [index, clip] of clips.entries()) {
    await untilRecord(
      stack,
      clip,
      `be live with a thumbnail (${index} of ${clips.length} clips are)`,
      ({ Status, Thumbnail }) => Status === 'live' && Thumbnail === clip.thumbnailKey,
      Math.max(deadlineMs - Date.now(), 1000),
    );
  }
}

/** Lists the workflows of all clips. */
export const CLIP_WORKFLOWS = "WorkflowType = 'archiveClip'";

/** Lists the executions that match a query, including ended ones, but without runs that continued as new. */
export async function executions(
  stack: Stack,
  query = CLIP_WORKFLOWS,
): Promise<{ workflowId: string; status: string }[]> {
  const found = [];
  for await (const { workflowId, status } of stack.temporal.workflow.list({ query })) {
    if (status.name === 'CONTINUED_AS_NEW') continue;
    found.push({ workflowId, status: status.name });
  }
  return found.sort((a, b) => (a.workflowId < b.workflowId ? -1 : 1));
}

/** Asserts that exactly these clips have one running workflow, one record, one thumbnail and one poster image each. */
export async function assertExactly(stack: Stack, clips: readonly PostedClip[]): Promise<void> {
  const sorted = (keys: readonly string[]) => [...keys].sort();
  assert.deepEqual(
    await executions(stack),
    clips
      .map(({ workflowId }) => ({ workflowId, status: 'RUNNING' }))
      .sort((a, b) => (a.workflowId < b.workflowId ? -1 : 1)),
  );
  const records = await stack.bucket.keys('messages/');
  const thumbnails = await stack.bucket.keys('thumb/');
  const posterImages = await stack.bucket.keys('poster/');
  assert.deepEqual(sorted(records), sorted(clips.map((clip) => clip.recordKey)));
  assert.deepEqual(sorted(thumbnails), sorted(clips.map((clip) => clip.thumbnailKey)));
  assert.deepEqual(sorted(posterImages), sorted(clips.map((clip) => clip.posterImageKey)));
}
