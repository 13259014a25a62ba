import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { compareAndSetRecord } from '../../src/activities/compare-and-set-record.ts';
import { recordKey } from '../../src/clip/clip.ts';
import { recordOf, type ClipRecord } from '../../src/clip/record.ts';
import { isFailure, serviceFailed } from '../../src/errors.ts';
import { createFakeBucket, type FakeBucket } from '../support/fakes/bucket.ts';
import { createGate } from '../support/gate.ts';
import { aState } from './run-activity.ts';

const KEY = recordKey(aState().clip);
const FIRST = { attempt: 1, adopt: true };
const LATER = { attempt: 1, adopt: false };

const recordIn = (bucket: FakeBucket): ClipRecord => bucket.json(KEY) as ClipRecord;

/** Returns a fault that lasts until `end` is called. `begun` resolves when the fault starts. */
function held(): { trouble: () => Promise<void>; begun: Promise<void>; end: () => void } {
  const { open: begin, opened: begun } = createGate();
  const { open: end, opened: ended } = createGate();
  return {
    begun,
    end,
    trouble: () => {
      begin();
      return ended;
    },
  };
}

describe("writing a clip's record", () => {
  test('the first write of a record sends one request, and the stored JSON has the cache control no-cache', async () => {
    const bucket = createFakeBucket();
    bucket.beforeRead.add(new Error('the first write must not read the record'));
    assert.deepEqual(await compareAndSetRecord(bucket, aState(), FIRST), {});
    assert.deepEqual(recordIn(bucket), recordOf(aState(), 1));
    assert.equal(bucket.writes.length, 1);
    assert.equal(bucket.writes[0]?.contentType, 'application/json');
    assert.equal(bucket.writes[0].cacheControl, 'no-cache');
  });

  test('if the stored record has a lower revision, a write replaces the whole record', async () => {
    const bucket = createFakeBucket();
    const thumbnailError = { type: 'ServiceFailed', message: 'not yet' };
    await compareAndSetRecord(bucket, aState({ thumbnailError }), FIRST);
    const next = aState({ revision: 2, thumbnail: 'thumb/1-2.webp' });
    await compareAndSetRecord(bucket, next, LATER);
    assert.deepEqual(recordIn(bucket), recordOf(next, 1));
  });

  test('if a clip already has a record, the first write leaves that record unchanged and returns its revision, thumbnail and facts', async () => {
    const bucket = createFakeBucket();
    const facts = { durationSeconds: 21.25, sizeBytes: aState().clip.sizeBytes! };
    const before = aState({ revision: 9, thumbnail: 'thumb/1-2.webp', facts });
    await compareAndSetRecord(bucket, before, FIRST);
    assert.deepEqual(await compareAndSetRecord(bucket, aState(), FIRST), {
      adopted: { revision: 9, thumbnail: 'thumb/1-2.webp', facts },
    });
    assert.deepEqual(recordIn(bucket), recordOf(before, 1));
  });

  test('if the stored record says deleted or stopped, a write returns that status', async () => {
    const facts = { sizeBytes: aState().clip.sizeBytes };
    for (const status of ['deleted', 'stopped', 'live', 'archiving', 'unreachable'] as const) {
      const bucket = createFakeBucket();
      bucket.put(KEY, recordOf(aState({ revision: 9, status }), 1));
      const first = await compareAndSetRecord(bucket, aState(), FIRST);
      const later = await compareAndSetRecord(bucket, aState(), LATER);
      const ended = status === 'deleted' || status === 'stopped' ? { ended: status } : {};
      assert.deepEqual(first, { adopted: { revision: 9, facts }, ...ended });
      assert.deepEqual(later, { superseded: 9, ...ended });
    }
  });

  test('if the stored object is not a valid record, writing a record overwrites that object', async () => {
    const foreign = ['', 'no JSON', 'null', '[]', '7', '"text"', { Revision: '7' }, { Id: '1' }];
    for (const adopt of [true, false]) {
      for (const body of foreign) {
        const bucket = createFakeBucket();
        bucket.put(KEY, body);
        assert.deepEqual(await compareAndSetRecord(bucket, aState(), { attempt: 1, adopt }), {});
        assert.deepEqual(recordIn(bucket), recordOf(aState(), 1), JSON.stringify(body));
      }
    }
  });

  test('if the stored revision is an impossible number, a single write replaces the record', async () => {
    const revisions = ['1e999', '-1e999', '1e300', '9007199254740993', '1.5', '0', '-7', 'null'];
    for (const revision of [...revisions, '"7"', '[7]', 'true']) {
      for (const adopt of [true, false]) {
        const bucket = createFakeBucket();
        const text = JSON.stringify(recordOf(aState({ revision: 7 }), 1));
        bucket.put(KEY, text.replace('"Revision":7', `"Revision":${revision}`));
        const first = await compareAndSetRecord(bucket, aState(), { attempt: 1, adopt });
        assert.deepEqual(first, {}, revision);
        assert.deepEqual(recordIn(bucket), recordOf(aState(), 1), revision);
        const second = await compareAndSetRecord(bucket, aState({ revision: 2 }), LATER);
        assert.deepEqual(second, {});
        assert.equal(bucket.writes.filter(({ isDone }) => isDone).length, 2);
      }
    }
  });

  test('if the stored attempt is an impossible number, the next write replaces the record', async () => {
    for (const attempt of ['1e999', '1e300', '"7"', 'null', '-1']) {
      const bucket = createFakeBucket();
      const other = aState({ clip: { ...aState().clip, description: 'other' } });
      const text = JSON.stringify(recordOf(other, 7));
      bucket.put(KEY, text.replace('"Attempt":7', `"Attempt":${attempt}`));
      assert.deepEqual(await compareAndSetRecord(bucket, aState(), LATER), {}, attempt);
      assert.deepEqual(recordIn(bucket), recordOf(aState(), 1));
      bucket.put(
        KEY,
        text.replace('"Attempt":7', `"Attempt":${attempt}`).replace('"Revision":1', '"Revision":9'),
      );
      assert.deepEqual(await compareAndSetRecord(bucket, aState(), LATER), { superseded: 9 });
    }
  });

  test('if a record is deleted during a write, the write creates the record again', async () => {
    const bucket = createFakeBucket();
    bucket.put(KEY, recordOf(aState({ revision: 7 }), 1));
    const late = held();
    bucket.beforeRead.add(late.trouble);
    const writing = compareAndSetRecord(bucket, aState({ revision: 8 }), FIRST);
    await late.begun;
    bucket.remove(KEY);
    late.end();
    assert.deepEqual(await writing, {});
    assert.equal(recordIn(bucket).Revision, 8);
  });

  test('if a newer revision is stored while a write hangs, the late write does not overwrite the newer revision', async () => {
    const bucket = createFakeBucket();
    await compareAndSetRecord(bucket, aState(), FIRST);
    const late = held();
    bucket.beforeWrite.add(late.trouble);
    const old = compareAndSetRecord(bucket, aState({ revision: 2 }), LATER);
    await late.begun;
    const newer = aState({ revision: 3, thumbnail: 'thumb/1-2.webp' });
    await compareAndSetRecord(bucket, newer, LATER);
    late.end();
    assert.deepEqual(await old, { superseded: 3 }, 'the caller gets the newer revision');
    assert.deepEqual(recordIn(bucket), recordOf(newer, 1));
  });

  test('if the first write of a record hangs, the late write does not overwrite a newer revision', async () => {
    const bucket = createFakeBucket();
    const late = held();
    bucket.beforeWrite.add(late.trouble);
    const old = compareAndSetRecord(bucket, aState(), FIRST);
    await late.begun;
    await compareAndSetRecord(bucket, aState(), { attempt: 2, adopt: true });
    const newer = aState({ revision: 2 });
    await compareAndSetRecord(bucket, newer, LATER);
    late.end();
    await old;
    assert.deepEqual(recordIn(bucket), recordOf(newer, 1));
  });

  test('if a write hangs and a retry stores the same revision, the late write does not overwrite the record of the retry', async () => {
    const bucket = createFakeBucket();
    await compareAndSetRecord(bucket, aState(), FIRST);
    const late = held();
    bucket.beforeWrite.add(late.trouble);
    const url = 'https://cdn.example/older.mp4';
    const old = aState({ revision: 2, clip: { ...aState().clip, url } });
    const first = compareAndSetRecord(bucket, old, LATER).catch((error: unknown) => error);
    await late.begun;
    const second = aState({ revision: 2 });
    await compareAndSetRecord(bucket, second, { attempt: 2, adopt: false });
    late.end();
    await first;
    assert.deepEqual(recordIn(bucket), recordOf(second, 2));
  });

  test('if an attempt with a higher number has already stored the same content, the write succeeds without changing the record', async () => {
    const bucket = createFakeBucket();
    await compareAndSetRecord(bucket, aState(), { attempt: 2, adopt: false });
    assert.deepEqual(await compareAndSetRecord(bucket, aState(), LATER), {});
    assert.equal(recordIn(bucket).Attempt, 2);
  });

  // A worker was killed after its second attempt, and the new worker counts its local attempts from 1 again. In
  // the meantime a signal changed the content of the revision.
  test('if the record contains an attempt with a higher number and different content, writing fails, but a later retry succeeds', async () => {
    const bucket = createFakeBucket();
    await compareAndSetRecord(bucket, aState(), { attempt: 2, adopt: false });
    const deleted = aState({ status: 'deleted', deletedAtMs: 1_709_300_000_000 });
    const outcomes: unknown[] = [];
    for (let attempt = 1; recordIn(bucket).Status !== 'deleted'; attempt++) {
      assert.ok(attempt <= 3, 'the retry succeeds');
      const write = compareAndSetRecord(bucket, deleted, { attempt, adopt: false });
      outcomes.push(await write.catch((error: unknown) => isFailure(error, 'ServiceFailed')));
    }
    assert.deepEqual(outcomes, [true, {}]);
  });

  test('a write is tried again if another write changes the record meanwhile, but fails if the bucket returns an error', async () => {
    const bucket = createFakeBucket();
    bucket.put(KEY, recordOf(aState({ revision: 1 }), 1));
    bucket.beforeWrite.add(() => bucket.put(KEY, recordOf(aState({ revision: 2 }), 1)));
    await compareAndSetRecord(bucket, aState({ revision: 3 }), LATER);
    assert.equal(recordIn(bucket).Revision, 3);
    assert.deepEqual(
      bucket.writes.map(({ isDone }) => isDone),
      [false, true],
    );
    bucket.beforeWrite.add(serviceFailed('the bucket is away'));
    const write = compareAndSetRecord(bucket, aState({ revision: 4 }), LATER);
    await assert.rejects(write, (error) => isFailure(error, 'ServiceFailed'));
  });

  test('after concurrent writes, the bucket contains the latest attempt of the highest revision, whichever write ends last', async () => {
    const attempts = fc.uniqueArray(
      fc.tuple(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 3 })),
      { minLength: 1, selector: String },
    );
    await fc.assert(
      fc.asyncProperty(fc.scheduler(), attempts, async (scheduler, all) => {
        const bucket = createFakeBucket();
        bucket.beforeWrite.add(
          ...Array.from({ length: 100 }, () => () => scheduler.schedule(Promise.resolve())),
        );
        const writes = all.map(([revision, attempt]) =>
          compareAndSetRecord(bucket, aState({ revision }), { attempt, adopt: false }),
        );
        await scheduler.waitFor(Promise.all(writes));
        const last = Math.max(...all.map(([revision, attempt]) => revision * 10 + attempt));
        const { Revision, Attempt } = recordIn(bucket);
        assert.equal(Revision * 10 + Attempt, last);
      }),
      { numRuns: 50 },
    );
  });
});
