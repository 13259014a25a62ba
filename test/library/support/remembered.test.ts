import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Remembered } from '../../../src/library/support/remembered.ts';

/** Counts the pieces of work. `clock.ms` is the time. */
function setUp(maxAnswers = 10) {
  const clock = { ms: 0 };
  const remembered = new Remembered<number>({ rememberMs: 2000, maxAnswers, now: () => clock.ms });
  const work = { count: 0 };
  const ask = (key: string) => remembered.get(key, () => Promise.resolve(++work.count));
  return { clock, remembered, work, ask };
}

test('an answer is remembered for its time, and then asked for again', async () => {
  const { clock, ask } = setUp();
  assert.equal(await ask('a'), 1);
  clock.ms = 1999;
  assert.equal(await ask('a'), 1);
  assert.equal(await ask('b'), 2);
  clock.ms = 2000;
  assert.equal(await ask('a'), 3);
});

test('readers who ask for the same thing at the same time share one answer', async () => {
  const { work, ask } = setUp();
  assert.deepEqual(await Promise.all([ask('a'), ask('a'), ask('a')]), [1, 1, 1]);
  assert.equal(work.count, 1);
});

test('a failure is not remembered', async () => {
  const { remembered, ask } = setUp();
  await assert.rejects(
    remembered.get('a', () => Promise.reject(new Error('no database'))),
    /no database/,
  );
  assert.equal(await ask('a'), 1);
});

test('only the newest answers are remembered', async () => {
  const { work, ask } = setUp(2);
  for (const key of ['a', 'b', 'c']) await ask(key);
  await ask('c');
  assert.equal(work.count, 3);
  await ask('a');
  assert.equal(work.count, 4);
});

test('an answer that is still valid is remembered again until its age is the maximum', async () => {
  const clock = { ms: 0 };
  const world = { version: 1, works: 0 };
  const remembered = new Remembered<{ version: number; work: number }>({
    rememberMs: 2000,
    maxAnswers: 10,
    now: () => clock.ms,
    recheck: {
      maxMs: 5000,
      isValid: ({ version }) => Promise.resolve(version === world.version),
    },
  });
  const ask = async () => {
    const work = () => Promise.resolve({ version: world.version, work: ++world.works });
    return (await remembered.get('a', work)).work;
  };
  assert.equal(await ask(), 1);
  clock.ms = 2000;
  assert.equal(await ask(), 1);
  world.version = 2;
  clock.ms = 3999;
  assert.equal(await ask(), 1, 'nobody asks before the time is over');
  clock.ms = 4000;
  assert.equal(await ask(), 2);
  clock.ms = 6000;
  assert.equal(await ask(), 2);
  clock.ms = 9000;
  assert.equal(await ask(), 3, 'the answer is too old');
});
