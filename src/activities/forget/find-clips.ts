import { clipId, recordKey, type ClipRef } from '../../clip/clip.ts';
import { clipOfRecordKey } from '../../clip/forget/objects.ts';
import {
  hashesOfPeople,
  hashOfId,
  postersInText,
  postersOfClip,
  postersOfRecord,
  userDataIdsOf,
} from '../../clip/forget/people.ts';
import type { ForgetScope } from '../../clip/forget/scope.ts';
import { peopleOfUnfinished } from '../../clip/forget/tombstone.ts';
import { clipWorkflowId, workflowIdOfClip } from '../../clip/names.ts';
import { checkClip } from '../../clip/schemas/clip.ts';
import type { Ports } from '../ports.ts';
import { withHeartbeat } from '../with-heartbeat.ts';
import { isForgottenRecord } from './bury-clip.ts';
import { fieldsOf, scanRecords, type ScannedRecord } from './scan-records.ts';

export interface FoundClip extends ClipRef {
  /** Hashes of the ids of the clip's user data (`hashOfId`); absent if the record in the bucket has them. */
  people?: string[];
}

export interface FoundClips {
  clips: FoundClip[];
  /** Hashes of the ids of the user data to which the clips refer (`hashOfId`). */
  people: string[];
  /** False if the search ended early because it found MAX_FOUND clips. */
  isComplete: boolean;
  /** If the search is not complete, the next search goes on if it gets this value. */
  after?: string;
}

export interface FindClipsInput extends ForgetScope {
  /** From the result of an earlier search that was not complete. */
  after?: string;
}

/** Comes after the key of every record, so that a search goes on with the workflows. */
const AFTER_RECORDS = 'messages/~';

/** The time between two heartbeats, in milliseconds. */
export const HEARTBEAT_INTERVAL_MS = 2000;

/** An activity's result is part of the history, and this many clips take about 100 KB. */
const MAX_FOUND = 1000;

/**
 * Finds the clips of a scope that are not purged yet: in the records of the bucket, and in the workflows whose record is
 * not written yet, missing or damaged. Clips whose purge was interrupted are found too, whoever posted them. A clip named
 * by its id is found even if it is purged.
 */
export const createFindClips =
  (ports: Pick<Ports, 'bucket' | 'executions'>, { maxFound = MAX_FOUND } = {}) =>
  (input: FindClipsInput): Promise<FoundClips> =>
    withHeartbeat(HEARTBEAT_INTERVAL_MS, () => findClips(ports, input, maxFound));

async function findClips(
  { bucket, executions }: Pick<Ports, 'bucket' | 'executions'>,
  { after = '', ...scope }: FindClipsInput,
  maxFound: number,
): Promise<FoundClips> {
  const clips = new Map<string, FoundClip>();
  const people = new Set<string>();
  const { clipId: wantedId, channelId, userId } = scope;
  const prefix = channelId === undefined ? 'messages/' : `messages/${channelId}/`;
  const isNamed = (clip: ClipRef) => wantedId === undefined || clipId(clip) === wantedId;
  const add = (clip: FoundClip, hashes: readonly string[]): void => {
    clips.set(recordKey(clip), clip);
    for (const hash of hashes) people.add(hash);
  };
  const result = (next?: string): FoundClips => ({
    clips: [...clips.values()],
    people: [...people],
    isComplete: next === undefined,
    ...(next !== undefined && { after: next }),
  });

  for await (const scanned of scanRecords(bucket, prefix, { isWanted: isNamed, after })) {
    const { clip, record } = scanned;
    // The tombstone of an unfinished purge does not say who posted the clip, so every search finishes the purge.
    const unfinished = peopleOfUnfinished(record);
    if (unfinished !== null) add(clip, unfinished);
    else {
      if (record.Status === 'purged' && wantedId === undefined) continue;
      const { posters, hashes, isInRecord } = await findPeople(executions, scanned);
      if (userId !== undefined && !posters.includes(userId)) continue;
      add(isInRecord ? clip : { ...clip, people: hashes }, hashes);
    }
    if (clips.size >= maxFound) return result(recordKey(clip));
  }
  for await (const input of inputsOf({ bucket, executions }, wantedId, after === '')) {
    const clip = checkClip(input).value;
    // Anybody can have started the workflow, so its ids may not make the key of a record.
    if (clip === null || clipOfRecordKey(recordKey(clip)) === null || !isNamed(clip)) continue;
    if (channelId !== undefined && clip.channelId !== channelId) continue;
    if (userId !== undefined && !postersOfClip(clip).includes(userId)) continue;
    const { messageId, attachmentId } = clip;
    const hashes = hashesOfPeople(clip);
    add({ messageId, attachmentId, channelId: clip.channelId, people: hashes }, hashes);
    if (clips.size >= maxFound) return result(AFTER_RECORDS);
  }
  return result();
}

/** Who posted a clip, as its record says. If the record is damaged, the clip's workflow may know. */
async function findPeople(
  executions: Ports['executions'],
  { clip, record, body }: ScannedRecord,
): Promise<{ posters: string[]; hashes: string[]; isInRecord: boolean }> {
  const posters = postersOfRecord(record);
  const hashes = userDataIdsOf(record).map(hashOfId);
  const isSound = record.Id === clipId(clip) && posters.length > 0;
  if (isSound || isForgottenRecord(record)) return { posters, hashes, isInRecord: true };
  const named = fieldsOf(body) === null ? postersInText(body) : [];
  const { value } = checkClip(await executions.findInput(clipWorkflowId(clip)));
  return {
    posters: [...posters, ...named, ...(value ? postersOfClip(value) : [])],
    hashes: [...hashes, ...named.map(hashOfId), ...(value ? hashesOfPeople(value) : [])],
    isInRecord: false,
  };
}

/**
 * Yields the inputs of the workflows that may have no record. A record may be missing although it was written, so a
 * search that begins at the start asks for all workflows that have no record in the bucket. The search that proves that
 * nothing is left begins at the start.
 */
async function* inputsOf(
  { bucket, executions }: Pick<Ports, 'bucket' | 'executions'>,
  wantedId: string | undefined,
  isFromStart: boolean,
): AsyncGenerator {
  if (wantedId !== undefined) {
    yield await executions.findInput(workflowIdOfClip(wantedId));
    return;
  }
  yield* executions.listUnrecorded();
  if (!isFromStart) return;
  const recorded = new Set<string>();
  for await (const { key } of bucket.list('messages/')) {
    const clip = clipOfRecordKey(key);
    if (clip) recorded.add(clipId(clip));
  }
  yield* executions.listOthers(recorded);
}
