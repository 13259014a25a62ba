import { isDeepStrictEqual } from 'node:util';
import type { Club } from '../club/club.ts';
import type { Conditions } from '../trouble/conditions.ts';
import type { StoredObject } from './bucket-content.ts';
import type { Execution } from './executions.ts';
import { expectedRecord, surroundingsOf } from './expected-record.ts';
import { judgeLink } from './judge-link.ts';
import { judgePeople } from './judge-people.ts';
import { judgePictures } from './judge-pictures.ts';
import { trueClips, type TrueClip } from './true-clips.ts';

/** What Everclip has made of the week. */
export interface Outcome {
  readonly objects: ReadonlyMap<string, StoredObject>;
  readonly executions: readonly Execution[];
}

type StoredRecord = Record<string, unknown>;

/** Fields that `expectedRecord` leaves out, because other functions judge them. */
const JUDGED_ELSEWHERE = new Set([
  'Attachment_URL',
  'Expire_Timestamp',
  'Revision',
  'Attempt',
  'User_Data',
  'Deleted_At',
  'Thumbnail',
  'Thumbnail_Hash',
  'Poster_Image',
  'Poster_Image_Hash',
  'Thumbnail_Error',
  'Picture_Version',
]);

/** Returns a sentence for each difference between what Everclip has made and what the emulator's messages show. */
export async function judge(
  club: Club,
  conditions: Conditions,
  { objects, executions }: Outcome,
): Promise<string[]> {
  const faults: string[] = [];
  const clips = trueClips(club);
  const around = surroundingsOf(club, conditions);
  const byId = new Map(executions.map((execution) => [execution.workflowId, execution]));
  const records = new Map<string, StoredRecord>();
  const keys = new Set<string>();
  const archived: TrueClip[] = [];
  for (const clip of clips) {
    const key = `messages/${clip.channelId}/${clip.id}.json`;
    const stored = objects.get(key);
    const execution = byId.get(`clip-${clip.id}`);
    const label = `clip ${clip.id} of #${nameOf(club, clip.channelId)}`;
    // If the message was deleted before Everclip could see it, there is nothing to archive.
    if (!clip.exists && !stored && !execution) continue;
    keys.add(key);
    archived.push(clip);
    const found = [...judgeExecution(clip, execution), ...(stored ? [] : ['has no record'])];
    if (stored) {
      const record = JSON.parse(stored.bytes.toString()) as StoredRecord;
      records.set(clip.id, record);
      const video = club.videoOf.get(clip.attachmentId) ?? null;
      found.push(
        ...differences(record, expectedRecord(clip, around)),
        ...judgeCounts(clip, record),
        ...(await judgeLink(club, clip, record)),
        ...(await judgePictures(clip, video, record, objects)),
      );
    }
    faults.push(...found.map((fault) => `${label}: ${fault}`));
  }
  for (const key of objects.keys()) {
    if (key.startsWith('messages/') && !keys.has(key)) faults.push(`${key} is of no clip`);
  }
  return [
    ...faults,
    ...judgeStrays(clips, objects),
    ...judgeOthers(executions, new Set(clips.map(({ id }) => `clip-${id}`))),
    ...judgePeople(club, archived, records, objects),
  ];
}

function nameOf({ emulator, threadNames }: Club, channelId: string): string {
  const channel = emulator.channels.find(({ id }) => id === channelId);
  return channel?.name ?? threadNames.get(channelId) ?? channelId;
}

function judgeExecution({ exists }: TrueClip, execution: Execution | undefined): string[] {
  if (!execution) return ['has no workflow'];
  const { status, clipState } = execution;
  const expected = exists ? ['RUNNING', 'live'] : ['COMPLETED', 'deleted'];
  const found = [status, clipState];
  return isDeepStrictEqual(found, expected)
    ? []
    : [`the workflow is ${found.join(' ')} instead of ${expected.join(' ')}`];
}

function differences(record: StoredRecord, expected: ReturnType<typeof expectedRecord>): string[] {
  const unknown = Object.keys(record).filter(
    (name) => !(name in expected) && !JUDGED_ELSEWHERE.has(name),
  );
  const wrong = Object.entries(expected).filter(
    ([name, allowed]) => !allowed.some((value) => isDeepStrictEqual(record[name], value)),
  );
  return [
    ...unknown.map((name) => `the field ${name} is unexpected`),
    ...wrong.map(([name, allowed]) => {
      const [shown, ...more] = new Set(allowed.map(show));
      const others = more.length > 0 ? ` or ${more.join(' or ')}` : '';
      return `${name} is ${show(record[name])} instead of ${shown}${others}`;
    }),
  ];
}

function judgeCounts({ exists }: TrueClip, record: StoredRecord): string[] {
  const { Revision, Attempt, Deleted_At: deletedAt, Picture_Version: version } = record;
  const isCount = (value: unknown) => Number.isInteger(value) && (value as number) >= 1;
  return [
    ...(isCount(Revision) ? [] : [`Revision is ${String(Revision)}`]),
    ...(isCount(Attempt) ? [] : [`Attempt is ${String(Attempt)}`]),
    ...((typeof deletedAt === 'number') === exists ? [`Deleted_At is ${String(deletedAt)}`] : []),
    // The clips are too short for a storyboard, but a refresh may have noted that somebody tried to make one.
    ...([undefined, 1, 2].includes(version as number)
      ? []
      : [`Picture_Version is ${String(version)}`]),
  ];
}

function show(value: unknown): string {
  return value === undefined ? 'no value' : JSON.stringify(value);
}

/** Pictures must belong to a clip, and nothing else may be in the bucket. */
function judgeStrays(clips: readonly TrueClip[], objects: Outcome['objects']): string[] {
  const ids = new Set(clips.map(({ id }) => id));
  const known = /^(?:messages|userData|channels|audits)\//;
  return [...objects.keys()].flatMap((key) => {
    const [, id = ''] =
      /^(?:thumb\/(.*)\.webp|poster\/(.*)\.jpg)$/.exec(key)?.filter(Boolean) ?? [];
    return ids.has(id) || known.test(key) ? [] : [`${key} is of no clip`];
  });
}

/** Each clip has one workflow, and no other workflow has failed. */
function judgeOthers(executions: readonly Execution[], clipIds: ReadonlySet<string>): string[] {
  const counts = new Map<string, number>();
  for (const { workflowId, type } of executions) {
    if (type === 'archiveClip') counts.set(workflowId, (counts.get(workflowId) ?? 0) + 1);
  }
  return [
    ...executions
      // `judgeBackfill` judges the backfills.
      .filter(({ type }) => type !== 'backfill')
      .filter(({ type, status }) => {
        // Ingest cancels the sweep of a thread that was deleted.
        const isFine = ['RUNNING', 'COMPLETED'].includes(status);
        return !isFine && !(type === 'sweep' && status === 'CANCELLED');
      })
      .map(({ workflowId, status }) => `${workflowId} is ${status}`),
    ...[...counts].flatMap(([workflowId, count]) => [
      ...(count > 1 ? [`${workflowId} was started ${count} times`] : []),
      ...(clipIds.has(workflowId) ? [] : [`${workflowId} is of no clip`]),
    ]),
  ];
}
