import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { CompleteAsyncError } from '@temporalio/activity';
import { createActivities } from '../../src/activities/create-activities.ts';
import { createFindClips } from '../../src/activities/forget/find-clips.ts';
import type { StoryboardInput } from '../../src/activities/pictures/storyboard.ts';
import type { ActivitySettings } from '../../src/activities/ports.ts';
import { projectRecord } from '../../src/catalog/project/record-row.ts';
import { clipId, recordKey, type ClipRef } from '../../src/clip/clip.ts';
import { clipObjects } from '../../src/clip/forget/objects.ts';
import { forgottenKey, hashOfId } from '../../src/clip/forget/people.ts';
import type { ForgetScope } from '../../src/clip/forget/scope.ts';
import { isTombstone } from '../../src/clip/forget/tombstone.ts';
import { recordOf, type ClipRecord } from '../../src/clip/record.ts';
import type { ClipState } from '../../src/clip/state.ts';
import { isFailure, serviceFailed } from '../../src/errors.ts';
import { createForgottenPeople } from '../../src/store/forgotten-people.ts';
import { aMessage, PLACE, without } from '../clip/a-message.ts';
import { createFakePorts, type FakePorts } from '../support/fake-ports.ts';
import { aState, attempt } from './run-activity.ts';

const { clip } = aState();
const KEY = recordKey(clip);
const TOMBSTONE = { Id: clipId(clip), channelId: clip.channelId, Status: 'purged' };
const { poster, url, filename, description } = clip;
const PICTURE_INPUT = {
  messageId: clip.messageId,
  attachmentId: clip.attachmentId,
  channelId: clip.channelId,
  url: 'https://cdn.example/1/2/a.mp4',
};
const PERSONAL = [poster.id, poster.username, description, url, filename];

/** Ports whose bucket has the record and all pictures of the clip, and the poster's user data. */
function stage(settings: Partial<ActivitySettings> = {}, more: Partial<ClipState> = {}) {
  const ports = createFakePorts(settings);
  ports.bucket.put(KEY, recordOf(aState({ revision: 3, ...more }), 1));
  for (const key of clipObjects(clip).pictures) ports.bucket.put(key, 'picture');
  ports.bucket.put(`userData/${poster.id}.json`, { Id: poster.id });
  ports.bucket.put(`userData/${poster.id}.png`, 'avatar');
  return { ports, activities: createActivities(ports) };
}

function persistDeleted({ persist }: ReturnType<typeof createActivities>) {
  const state = aState({ status: 'deleted', revision: 4, deletedAtMs: 1_709_290_000_000 });
  return attempt(persist, { state, adopt: false, earlierAttempts: 0 });
}

const picturesIn = ({ bucket }: FakePorts): string[] =>
  bucket.keys().filter((key) => /^(thumb|poster|storyboard)\//.test(key));

/** The records of which the catalog was told. */
const toldOf = ({ news }: FakePorts): unknown[] =>
  news.flatMap((one) => (one.kind === 'record' && one.key === KEY ? [one.record] : []));

/** The ids of the n-th other clip of the channel. */
const otherClip = (n: number, channelId = clip.channelId): ClipRef => ({
  channelId,
  messageId: String(1_295_276_128_952_516_000n + BigInt(n)),
  attachmentId: clip.attachmentId,
});

function putRecord({ bucket }: FakePorts, ref: ClipRef, more: Partial<ClipRecord>): void {
  const record = { ...recordOf(aState(), 1), Id: clipId(ref), channelId: ref.channelId, ...more };
  bucket.put(recordKey(ref), record);
}

describe('ON_DELETE', () => {
  test('if ON_DELETE is keep, the record of a deleted clip keeps its text, and its pictures stay', async () => {
    const { ports, activities } = stage();
    assert.equal((await persistDeleted(activities)).erased, undefined);
    const record = ports.bucket.json(KEY) as ClipRecord;
    assert.deepEqual([record.Status, record.Description], ['deleted', description]);
    assert.equal(picturesIn(ports).length, clipObjects(clip).pictures.length);
  });

  test('if ON_DELETE is strip, the record of a deleted clip keeps only ids and times, and its pictures go', async () => {
    const { ports, activities } = stage({ onDelete: 'strip' });
    assert.equal((await persistDeleted(activities)).erased, true);
    const record = ports.bucket.json(KEY) as ClipRecord;
    assert.deepEqual(
      [record.Id, record.channelId, record.Status, record.Date, record.Deleted_At],
      [clipId(clip), clip.channelId, 'deleted', clip.postedAtMs / 1000, 1_709_290_000],
    );
    const text = JSON.stringify(record);
    for (const word of PERSONAL) assert.ok(!text.includes(word), word);
    assert.deepEqual(picturesIn(ports), []);
    assert.deepEqual(ports.tidied, [hashOfId(poster.id)]);
    assert.deepEqual(toldOf(ports), [record]);
    const row = projectRecord(KEY, record, Date.now());
    assert.deepEqual([row?.clip.status, row?.link.url], ['deleted', null]);
    for (const word of PERSONAL) assert.ok(!JSON.stringify(row).includes(word), word);
  });

  test('if ON_DELETE is purge, only a tombstone of a deleted clip stays', async () => {
    const { ports, activities } = stage({ onDelete: 'purge' });
    const { ended, erased } = await persistDeleted(activities);
    assert.deepEqual([ended, erased], ['purged', true]);
    assert.deepEqual(ports.bucket.json(KEY), TOMBSTONE);
    assert.deepEqual(picturesIn(ports), []);
    assert.deepEqual(ports.tidied, [hashOfId(poster.id)]);
    assert.deepEqual(toldOf(ports), [TOMBSTONE]);
    // The worker may be killed before Temporal hears of the write.
    assert.equal((await persistDeleted(activities)).ended, 'purged');
  });

  test('a clip that finds its stripped record again ends without writing', async () => {
    const { ports, activities } = stage({ onDelete: 'strip' });
    await persistDeleted(activities);
    const writes = ports.bucket.writes.length;
    const input = { state: aState(), adopt: true, earlierAttempts: 0 };
    const { ended, erased } = await attempt(activities.persist, input);
    assert.deepEqual([ended, erased], ['deleted', true]);
    assert.equal(
      ports.bucket.writes.slice(writes).some(({ key, isDone }) => key === KEY && isDone),
      false,
    );
  });
});

describe('purged clips', () => {
  test('no write replaces a tombstone, whatever its revision, and the first write of a clip costs no further request', async () => {
    const { ports, activities } = stage();
    await attempt(activities.buryClips, { clips: [clip] });
    for (const adopt of [true, false]) {
      const state = aState({ revision: 1000 });
      let reads = 0;
      ports.bucket.beforeRead.add(() => void (reads += 1));
      const outcome = await attempt(activities.persist, { state, adopt, earlierAttempts: 0 });
      assert.deepEqual([outcome.ended, outcome.erased, reads], ['purged', true, 1]);
    }
    assert.deepEqual(ports.bucket.json(KEY), TOMBSTONE);
  });

  test('no picture of a purged clip is stored', async () => {
    const { ports, activities } = stage();
    await attempt(activities.buryClips, { clips: [clip] });
    const { writes } = ports.bucket;
    const before = writes.length;
    const inputs = [PICTURE_INPUT, { ...PICTURE_INPUT, remakesThumbnail: true }];
    for (const activity of [activities.thumbnail, activities.storyboard]) {
      for (const input of inputs) {
        await assert.rejects(attempt<StoryboardInput, unknown>(activity, input), (error) =>
          isFailure(error, 'MessageGone'),
        );
      }
    }
    assert.equal(writes.length, before);
  });

  test("after a clip's record was written, its pictures cost one read of the record, and none stays if the clip was purged", async () => {
    for (const isPurged of [false, true]) {
      const ports = createFakePorts();
      const activities = createActivities(ports);
      const { bucket } = ports;
      await attempt(activities.persist, { state: aState(), adopt: true, earlierAttempts: 0 });
      if (isPurged) await attempt(activities.buryClips, { clips: [clip] });
      let reads = 0;
      bucket.beforeRead.add(() => void (reads += 1));
      await attempt(activities.thumbnail, PICTURE_INPUT);
      assert.equal(reads, 1);
      assert.equal(picturesIn(ports).length > 0, !isPurged);
    }
  });

  // While a picture is written, the clip is purged, because the purge comes between the check and the end of the write.
  for (const [name, input, stored] of [
    ['thumbnail', {}, 'thumb/'],
    ['storyboard', {}, 'storyboard/'],
    ['storyboard', { remakesThumbnail: true }, 'poster/'],
  ] as const) {
    for (const fails of [false, true]) {
      test(`if a clip is purged while its ${name} is stored in ${stored}${fails ? ', and the write fails' : ''}, no picture stays`, async () => {
        const { ports, activities } = stage();
        const { bucket } = ports;
        const write = bucket.write.bind(bucket);
        // A clip without a storyboard gets only its new thumbnail.
        if ('remakesThumbnail' in input) ports.media.storyboardMade = null;
        let isPurged = false;
        bucket.write = async (key, ...more) => {
          const version = await write(key, ...more);
          if (!key.startsWith(stored) || isPurged) return version;
          isPurged = true;
          await attempt(activities.buryClips, { clips: [clip] });
          await write(key, ...more);
          if (fails) throw serviceFailed('503');
          return version;
        };
        const activity: (input: StoryboardInput) => Promise<unknown> = activities[name];
        const run = attempt(activity, { ...PICTURE_INPUT, ...input });
        await run.catch((error: unknown) => assert.ok(fails, String(error)));
        assert.ok(isPurged);
        assert.deepEqual(picturesIn(ports), []);
      });
    }
  }

  for (const onDelete of ['strip', 'purge'] as const) {
    test(`if ON_DELETE is ${onDelete}, pictures that a killed worker stored after its clip was deleted go with the next search for unused user data; pictures of other clips stay`, async () => {
      const { ports, activities } = stage({ onDelete });
      await persistDeleted(activities);
      putRecord(ports, otherClip(1), {});
      // The thumbnail of a clip whose record is lost can be repaired.
      const kept = [1, 2].flatMap((n) => clipObjects(otherClip(n)).pictures);
      for (const key of [...clipObjects(clip).pictures, ...kept]) ports.bucket.put(key, 'picture');
      const people = [hashOfId(poster.id)];
      assert.equal(await attempt(activities.removeUserData, { people }), 0);
      assert.deepEqual(picturesIn(ports), kept.sort());
    });
  }

  test('if a stripped clip is revived while late pictures are looked for, its new pictures stay', async () => {
    const { ports, activities } = stage({ onDelete: 'strip' });
    await persistDeleted(activities);
    const { pictures } = clipObjects(clip);
    ports.bucket.beforeList.add(
      () => undefined,
      () => {
        ports.bucket.put(KEY, recordOf(aState({ revision: 5 }), 1));
        for (const key of pictures) ports.bucket.put(key, 'picture');
      },
    );
    await attempt(activities.removeUserData, { people: [] });
    assert.deepEqual(picturesIn(ports), [...pictures].sort());
  });

  test('purging clips deletes their executions and every object on the list of a clip', async () => {
    const { ports, activities } = stage();
    await attempt(activities.buryClips, { clips: [clip] });
    assert.deepEqual(ports.deleted, [`clip-${clipId(clip)}`]);
    assert.deepEqual(ports.bucket.keys(), [
      KEY,
      `userData/${poster.id}.json`,
      `userData/${poster.id}.png`,
    ]);
  });

  test('a clip deletes its own execution after its other executions, and does not report to the execution that is gone', async () => {
    const { ports, activities } = stage();
    const runs: string[] = [];
    const { executions } = ports;
    executions.deleteAll = async (workflowId, { exceptRunId } = {}) =>
      runs.push(`${workflowId} except ${exceptRunId}`);
    executions.deleteRun = async ({ runId }) => void runs.push(runId);
    const workflowExecution = { workflowId: `clip-${clipId(clip)}`, runId: 'current' };
    const info = { workflowExecution };
    const run = attempt(() => activities.deleteOwnExecution(), undefined, info);
    await assert.rejects(run, CompleteAsyncError);
    assert.deepEqual(runs, [`clip-${clipId(clip)} except current`, 'current']);
  });

  const scopes: ForgetScope[] = [
    { channelId: clip.channelId },
    { userId: '999' },
    { clipId: clipId(clip) },
  ];
  for (const scope of scopes) {
    test(`if a purge is cut off after the tombstone, the next search for ${Object.keys(scope).join()} finds what is left, and the next purge finishes it`, async () => {
      const { ports, activities } = stage();
      const { executions } = ports;
      ports.executions = {
        ...executions,
        deleteAll: () => Promise.reject(serviceFailed('the worker is gone')),
      };
      await assert.rejects(attempt(activities.buryClips, { clips: [clip] }));
      ports.executions = executions;
      assert.ok(isTombstone(JSON.stringify(ports.bucket.json(KEY))));
      assert.ok(!JSON.stringify(ports.bucket.json(KEY)).includes(poster.id));
      const found = await attempt(activities.findClips, scope);
      assert.deepEqual(found.clips.map(clipId), [clipId(clip)]);
      assert.deepEqual(found.people, [hashOfId(poster.id)]);
      await attempt(activities.buryClips, found);
      assert.deepEqual(ports.bucket.json(KEY), TOMBSTONE);
      assert.deepEqual(picturesIn(ports), []);
      assert.deepEqual(ports.deleted, [`clip-${clipId(clip)}`]);
      assert.deepEqual(ports.tidied, [hashOfId(poster.id)]);
      if ('clipId' in scope) return;
      assert.deepEqual((await attempt(activities.findClips, scope)).clips, []);
    });
  }

  test('if the deletion of a clip is cut off while it is purged, the record stays, so that a search finds it', async () => {
    const { ports, activities } = stage({ onDelete: 'purge' });
    ports.bucket.beforeWrite.add(() => {
      throw serviceFailed('503');
    });
    await assert.rejects(persistDeleted(activities));
    const found = await attempt(activities.findClips, { channelId: clip.channelId });
    assert.deepEqual(found.clips.map(clipId), [clipId(clip)]);
    assert.deepEqual(ports.tidied, [hashOfId(poster.id)]);
  });

  test('the user data of a clip without a record are tidied too when the clip is purged', async () => {
    const { ports, activities } = stage();
    ports.unrecorded.push({ ...clip, ...otherClip(1, '1196521684992000059') });
    const found = await attempt(activities.findClips, { channelId: '1196521684992000059' });
    await attempt(activities.buryClips, found);
    assert.deepEqual(ports.tidied, [hashOfId(poster.id)]);
  });

  test('a search for a person finds the clips that they posted or had a bot post, and clips without a record', async () => {
    const { ports, activities } = stage();
    putRecord(ports, otherClip(1), { Poster_Id: '1', Posted_By_Id: poster.id });
    putRecord(ports, otherClip(2), { Poster_Id: '1', Description: `thanks @${poster.id}` });
    ports.bucket.put(recordKey(otherClip(3)), { Status: 'purged' });
    const unrecorded = { ...clip, ...otherClip(4) };
    ports.unrecorded.push(
      unrecorded,
      { ...unrecorded, ...otherClip(5), poster: { ...poster, id: '1234567890123456789' } },
      null,
    );
    const found = await attempt(activities.findClips, { userId: poster.id });
    const ids = found.clips.map(clipId).sort();
    assert.deepEqual(ids, [clip, otherClip(1), otherClip(4)].map(clipId).sort());
    assert.ok(found.people.includes(hashOfId(poster.id)));
    assert.ok(!JSON.stringify(found).includes(poster.id));
  });

  test("a search for a person finds clips whose record is missing or damaged by the clip's workflow, and a record that was cut off by its text", async () => {
    const { ports, activities } = stage();
    const { inputs, bucket } = ports;
    const stranger = { ...poster, id: '1234567890123456789' };
    const inputFor = (n: number, by = poster) => {
      inputs.set(clipId(otherClip(n)), { ...clip, ...otherClip(n), poster: by });
    };
    // The clips 1 and 2 have no record, and the records 3 to 6 are damaged.
    inputFor(1);
    inputFor(2, stranger);
    bucket.put(recordKey(otherClip(3)), '{}');
    inputFor(3);
    bucket.put(recordKey(otherClip(4)), '{}');
    inputFor(4, stranger);
    putRecord(ports, otherClip(5), { Id: clipId(otherClip(1)), Poster_Id: stranger.id });
    inputFor(5);
    bucket.put(recordKey(otherClip(6)), `{ "Id": "1-2",\n  "Poster_Id": "${poster.id}", "Descr`);
    const { findClips } = activities;
    const found = await attempt(findClips, { userId: poster.id });
    const wanted = [clip, ...[1, 3, 5, 6].map((n) => otherClip(n))];
    assert.deepEqual(found.clips.map(clipId).sort(), wanted.map(clipId).sort());
    await attempt(activities.buryClips, found);
    assert.deepEqual(ports.tidied.filter((hash) => hash === hashOfId(poster.id)).length, 1);
    for (const one of wanted)
      assert.equal(isTombstone(JSON.stringify(bucket.json(recordKey(one)))), true);
    assert.deepEqual((await attempt(findClips, { userId: poster.id })).clips, []);
    const ofChannel = await attempt(findClips, { channelId: clip.channelId });
    assert.deepEqual(
      ofChannel.clips.map(clipId).sort(),
      [2, 4].map((n) => clipId(otherClip(n))),
    );
    assert.deepEqual(ofChannel.people, [hashOfId(stranger.id)]);
  });

  test('a search that found many clips goes on behind them, in the order of the keys, and then with the clips without a record', async () => {
    const { ports } = stage();
    for (const n of [5, 3, 1]) putRecord(ports, otherClip(n), {});
    const unrecorded = [6, 7, 8].map((n) => ({ ...clip, ...otherClip(n) }));
    ports.unrecorded.push(...unrecorded);
    const findClips = createFindClips(ports, { maxFound: 2 });
    const found: string[][] = [];
    let after: string | undefined;
    for (let page = 0; page < 3; page++) {
      const scope = { channelId: clip.channelId, ...(after !== undefined && { after }) };
      const result = await attempt(findClips, scope);
      assert.equal(result.isComplete, false);
      ({ after } = result);
      found.push(result.clips.map(clipId));
    }
    const recorded = [clip, otherClip(1), otherClip(3), otherClip(5)].map(clipId).sort();
    assert.deepEqual(found, [
      recorded.slice(0, 2),
      recorded.slice(2),
      unrecorded.slice(0, 2).map(clipId),
    ]);
    ports.unrecorded.splice(0, 2);
    const last = await attempt(findClips, { channelId: clip.channelId, ...(after && { after }) });
    assert.deepEqual([last.clips.map(clipId), last.isComplete], [[clipId(unrecorded[2]!)], true]);
  });

  test('a search for a channel finds only clips of the channel that are not purged yet, even if their record is damaged; a clip is found by its id even if it is purged', async () => {
    const { ports, activities } = stage();
    putRecord(ports, otherClip(1, '1196521684992000059'), {});
    ports.bucket.put(recordKey(otherClip(2)), { Status: 'purged' });
    // A damaged record may still have the text.
    ports.bucket.put(recordKey(otherClip(3)), `{ "Description": "${description}`);
    const { findClips } = activities;
    const ofChannel = await attempt(findClips, { channelId: clip.channelId });
    const ids = ofChannel.clips.map(clipId).sort();
    assert.deepEqual(ids, [clip, otherClip(3)].map(clipId).sort());
    await attempt(activities.buryClips, ofChannel);
    assert.equal((ports.bucket.json(recordKey(otherClip(3))) as ClipRecord).Status, 'purged');
    const named = await attempt(findClips, { clipId: clipId(otherClip(2)) });
    assert.deepEqual(named.clips, [otherClip(2)]);
  });

  test('if a person posts a clip in a channel that was searched already, the user data stay', async () => {
    const { ports, activities } = stage();
    await attempt(activities.buryClips, { clips: [clip] });
    const { bucket } = ports;
    const read = bucket.read.bind(bucket);
    const reads: string[] = [];
    bucket.read = async (key) => {
      if (reads.push(key) === 1) putRecord(ports, otherClip(1, '1'), {});
      return await read(key);
    };
    assert.equal(await attempt(activities.removeUserData, { people: [hashOfId(poster.id)] }), 0);
    assert.ok(bucket.keys().includes(`userData/${poster.id}.json`));
    // The second look reads nothing that the first look has read.
    assert.deepEqual(reads, [KEY, recordKey(otherClip(1, '1'))]);
  });

  test('user data go with the last clip, and the same worker saves them again for a new clip', async () => {
    const { ports, activities } = stage();
    await attempt(activities.saveUser, { poster, postedAtMs: clip.postedAtMs });
    putRecord(ports, otherClip(1), {});
    const people = [hashOfId(poster.id)];
    await attempt(activities.buryClips, { clips: [clip] });
    assert.equal(await attempt(activities.removeUserData, { people }), 0);
    assert.ok(ports.bucket.keys().includes(`userData/${poster.id}.json`));
    await attempt(activities.buryClips, { clips: [otherClip(1)] });
    assert.equal(await attempt(activities.removeUserData, { people }), 1);
    assert.ok(!ports.bucket.keys().some((key) => key.startsWith('userData/')));
    assert.deepEqual(ports.news.at(-1), { kind: 'removed', key: `userData/${poster.id}.json` });
    await attempt(activities.saveUser, { poster, postedAtMs: clip.postedAtMs });
    assert.ok(ports.bucket.keys().includes(`userData/${poster.id}.json`));
  });
});

describe('forgotten people', () => {
  test('a page of history starts no clip of a forgotten person, until the person is remembered', async () => {
    const ports = createFakePorts();
    const activities = createActivities(ports);
    ports.discord.addChannel(PLACE);
    ports.discord.post(aMessage());
    const input = { channelId: PLACE.channelId, limit: 100, older: { before: null, after: null } };
    await attempt(activities.noteForgotten, { userId: poster.id });
    assert.deepEqual(ports.bucket.json(forgottenKey(poster.id)), { Id: poster.id });
    const page = await attempt(activities.archiveHistoryPage, input);
    assert.deepEqual([page.messages, page.clips, ports.starts.length], [1, 0, 0]);
    await attempt(activities.removeForgotten, { userId: poster.id });
    await attempt(activities.archiveHistoryPage, input);
    assert.equal(ports.starts.length, 1);
  });

  test('a clip of a forgotten person that the gateway found is purged at its first write, and its poster is not saved', async () => {
    const ports = createFakePorts();
    const activities = createActivities(ports);
    await attempt(activities.noteForgotten, { userId: poster.id });
    await attempt(activities.saveUser, { poster, postedAtMs: clip.postedAtMs });
    const input = { state: aState({ status: 'archiving' }), adopt: true, earlierAttempts: 0 };
    const { ended, erased } = await attempt(activities.persist, input);
    assert.deepEqual([ended, erased], ['purged', true]);
    assert.deepEqual(ports.bucket.json(KEY), TOMBSTONE);
    assert.deepEqual(ports.bucket.keys(), [forgottenKey(poster.id), KEY]);
  });

  test('a clip of a forgotten person whose first write is a refetch is purged too', async () => {
    const ports = createFakePorts();
    const activities = createActivities(ports);
    ports.discord.addChannel(PLACE);
    ports.discord.post(aMessage());
    await attempt(activities.noteForgotten, { userId: poster.id });
    const state = { ...aState({ status: 'archiving' }), clip: without(clip, 'url') };
    const input = { state, adopt: true };
    const { ended, erased } = await attempt(activities.refetch, input);
    assert.deepEqual([ended, erased], ['purged', true]);
    assert.deepEqual(ports.bucket.json(KEY), TOMBSTONE);
    assert.deepEqual(ports.bucket.keys(), [forgottenKey(poster.id), KEY]);
    assert.ok(ports.tidied.includes(hashOfId(poster.id)));
    assert.ok(!ports.bucket.writes.some(({ body }) => String(body).includes(description)));
  });

  test('the list of forgotten people is read once a minute; if the bucket fails then, the last list counts', async () => {
    const { bucket } = createFakePorts();
    let nowMs = 0;
    let lists = 0;
    const counted = {
      list(prefix: string) {
        lists += 1;
        return bucket.list(prefix);
      },
    };
    const people = createForgottenPeople(counted, { now: () => nowMs });
    const fail = () => {
      throw serviceFailed('503');
    };
    bucket.beforeList.add(fail);
    await assert.rejects(people.isForgotten(clip));
    assert.equal(await people.isForgotten(clip), false);
    bucket.put(forgottenKey(poster.id), {});
    nowMs = 59_000;
    assert.equal(await people.isForgotten(clip), false);
    assert.equal(lists, 2);
    nowMs = 61_000;
    const both = [people.isForgotten(clip), people.isForgotten({ ...clip, postedBy: poster })];
    assert.deepEqual(await Promise.all(both), [true, true]);
    assert.equal(lists, 3);
    nowMs = 200_000;
    bucket.beforeList.add(fail);
    assert.equal(await people.isForgotten(clip), true);
  });

  test('if the list of forgotten people is older than a minute and cannot be read, nobody counts as not forgotten', async () => {
    const { bucket } = createFakePorts();
    let nowMs = 0;
    const people = createForgottenPeople(bucket, { now: () => nowMs });
    assert.equal(await people.isForgotten(clip), false);
    // The bucket may accept writes meanwhile.
    bucket.put(forgottenKey(poster.id), {});
    nowMs = 61_000;
    bucket.beforeList.add(() => {
      throw serviceFailed('503');
    });
    await assert.rejects(people.isForgotten(clip), /503/);
    assert.equal(await people.isForgotten(clip), true);
  });
});
