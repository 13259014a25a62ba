import { clipId, recordKey, type ClipRef } from '../../clip/clip.ts';
import { clipOfRecordKey } from '../../clip/forget/objects.ts';
import {
  hashesOfPeople,
  hashOfId,
  postersOfClip,
  postersOfRecord,
  userDataIdsOf,
} from '../../clip/forget/people.ts';
import type { ForgetScope } from '../../clip/forget/scope.ts';
import { peopleOfUnfinished } from '../../clip/forget/tombstone.ts';
import { workflowIdOfClip } from '../../clip/names.ts';
import { checkClip } from '../../clip/schemas/clip.ts';
import type { Ports } from '../ports.ts';
import { withHeartbeat } from '../with-heartbeat.ts';
import { scanRecords } from './scan-records.ts';

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
 * Finds the clips of a scope that are not purged yet: in the records of the bucket, and in the workflows that have not
 * written a record. Clips whose purge was interrupted are found too, whoever posted them. A clip named by its id is
 * found even if it is purged.
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

  for await (const { clip, record } of scanRecords(bucket, prefix, { isWanted: isNamed, after })) {
    // The tombstone of an unfinished purge does not say who posted the clip, so every search finishes the purge.
    const unfinished = peopleOfUnfinished(record);
    if (unfinished === null) {
      if (record.Status === 'purged' && wantedId === undefined) continue;
      if (userId !== undefined && !postersOfRecord(record).includes(userId)) continue;
    }
    add(clip, unfinished ?? userDataIdsOf(record).map(hashOfId));
    if (clips.size >= maxFound) return result(recordKey(clip));
  }
  for await (const input of inputsOf(executions, wantedId)) {
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

async function* inputsOf(
  executions: Ports['executions'],
  wantedId: string | undefined,
): AsyncGenerator {
  if (wantedId === undefined) yield* executions.listUnrecorded();
  else yield await executions.findInput(workflowIdOfClip(wantedId));
}
