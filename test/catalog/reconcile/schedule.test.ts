import assert from 'node:assert/strict';
import { describe, test, type TestContext } from 'node:test';
import { startReconcileSchedule } from '../../../src/catalog/reconcile/schedule.ts';
import { serviceFailed } from '../../../src/errors.ts';
import { aRecord, stage } from './stage.ts';

/** The schedule looks at the catalog all the time, and a catalog is old after this time. */
const TIMES = { checkMs: 1, everyMs: 1000, minPauseMs: 60, maxPauseMs: 2 };
const MAX_WAIT_MS = 10_000;

async function stageSchedule(t: TestContext, times = TIMES) {
  const staged = await stage(t);
  const start = () => {
    const schedule = startReconcileSchedule(staged.parts, times);
    t.after(async () => {
      schedule.stop();
      await schedule.stopped;
    });
    return schedule;
  };
  /** Waits until the condition holds. */
  const until = async (condition: () => boolean): Promise<void> => {
    const endMs = performance.now() + MAX_WAIT_MS;
    while (!condition()) {
      assert.ok(performance.now() < endMs, 'timed out');
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
  };
  /** Waits until the schedule has looked at the catalog some more times. */
  const looks = async (): Promise<void> => {
    let count = 0;
    staged.parts.store.readAgeMs = () => {
      count += 1;
      return Promise.resolve(staged.fake.ageMs);
    };
    await until(() => count >= 3);
  };
  return { ...staged, start, until, looks };
}

describe('the schedule of reconciles', () => {
  test('a catalog that was never complete is reconciled at once, and then not again', async (t) => {
    const { start, until, looks, putRecord, rows, lines, outcomes } = await stageSchedule(t);
    await putRecord(1);
    start();
    await until(() => outcomes.length > 0);
    assert.equal(rows.size, 1);
    await looks();
    assert.deepEqual(outcomes, ['complete']);
    assert.match(
      lines.join('\n'),
      /every object of the bucket: 1 listed, 1 read, 0 removed in \d+ s/,
    );
  });

  test('a catalog that was complete less than a day ago is reconciled once when the process starts', async (t) => {
    const { fake, start, until, looks, outcomes, putRecord, rows } = await stageSchedule(t);
    await putRecord(1);
    fake.ageMs = 999;
    start();
    await until(() => outcomes.length > 0);
    assert.equal(rows.size, 1, 'the clip that a killed worker could not tell of is there');
    await looks();
    assert.deepEqual(outcomes, ['complete']);
  });

  test('a catalog is reconciled if a day has passed since the last complete reconcile, or if the clock was set back', async (t) => {
    for (const ageMs of [1000, -1000]) {
      const { fake, start, until, outcomes } = await stageSchedule(t);
      start();
      await until(() => outcomes.length === 1);
      fake.ageMs = ageMs;
      await until(() => outcomes.length === 2);
      assert.deepEqual(outcomes, ['complete', 'complete']);
    }
  });

  test('if another process reconciles at the start, the reconcile of the start comes later', async (t) => {
    const { fake, start, until, looks, outcomes } = await stageSchedule(t);
    fake.ageMs = 999;
    fake.owner = 'a killed process';
    start();
    await looks();
    assert.deepEqual(outcomes, []);
    fake.owner = null;
    await until(() => outcomes.length > 0);
    assert.deepEqual(outcomes, ['complete']);
  });

  test('if a worker asks for a reconcile, the schedule reconciles once, but not right after another reconcile', async (t) => {
    const { fake, start, until, looks, outcomes, putRecord, rows, parts } = await stageSchedule(t);
    start();
    await until(() => outcomes.length === 1);
    await putRecord(1);
    await parts.store.request();
    fake.ageMs = 59;
    await looks();
    assert.equal(rows.size, 0);
    fake.ageMs = 60;
    await until(() => outcomes.length === 2);
    assert.equal(rows.size, 1);
    fake.ageMs = 999;
    await looks();
    assert.deepEqual(outcomes, ['complete', 'complete']);
  });

  test('if a worker asks during a reconcile, another reconcile follows', async (t) => {
    const { fake, start, until, outcomes, putRecord, beforeRead, parts } = await stageSchedule(t);
    await putRecord(1);
    beforeRead.add(() => parts.store.request());
    start();
    await until(() => outcomes.length === 1);
    fake.ageMs = 60;
    await until(() => outcomes.length === 2);
    assert.equal(fake.requests, 0);
  });

  test('a catalog that is lost while the schedule runs is rebuilt', async (t) => {
    const { fake, start, until, outcomes, putRecord, rows } = await stageSchedule(t);
    await putRecord(1);
    start();
    await until(() => outcomes.length === 1);
    rows.clear();
    fake.ageMs = null;
    await until(() => outcomes.length === 2);
    assert.ok(rows.has(aRecord(1).key));
  });

  test('if the bucket fails, one line says why, and the schedule tries again until the catalog is complete', async (t) => {
    const { start, until, beforeRead, outcomes, putRecord, lines } = await stageSchedule(t);
    await putRecord(1);
    for (let n = 0; n < 5; n++) beforeRead.add(serviceFailed('the bucket is away'));
    start();
    await until(() => outcomes.includes('complete'));
    assert.deepEqual(outcomes, [...Array.from({ length: 5 }, () => 'failed'), 'complete']);
    const warnings = lines.filter((line) => line.includes('is away'));
    assert.deepEqual(warnings, [
      'the catalog is not compared with the bucket: the bucket is away; trying again',
    ]);
  });

  test('while another process reconciles, the schedule waits', async (t) => {
    const { fake, start, until, looks, outcomes, putRecord } = await stageSchedule(t);
    await putRecord(1);
    fake.owner = 'another process';
    start();
    await looks();
    assert.deepEqual(outcomes, []);
    fake.owner = null;
    await until(() => outcomes.length > 0);
    assert.deepEqual(outcomes, ['complete']);
  });

  test('a stopped schedule ends a running reconcile and does not start another', async (t) => {
    const { fake, start, outcomes, putRecord, beforeRead, lines } = await stageSchedule(t);
    for (let n = 0; n < 40; n++) await putRecord(n);
    let schedule: ReturnType<typeof start> | null = null;
    beforeRead.add(() => schedule?.stop());
    schedule = start();
    await schedule.stopped;
    assert.deepEqual([outcomes, lines], [['failed'], []]);
    assert.equal(fake.owner, null);
  });
});
