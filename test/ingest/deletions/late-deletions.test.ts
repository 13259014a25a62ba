import assert from 'node:assert/strict';
import { describe, test, type TestContext } from 'node:test';
import { messageWorkflowIdPrefix } from '../../../src/clip/names.ts';
import { invalidInput, isFailure } from '../../../src/errors.ts';
import { createLateDeletions } from '../../../src/ingest/deletions/late-deletions.ts';
import type { EventWork } from '../../../src/ingest/event-queue.ts';

const TWO_MINUTES_MS = 2 * 60 * 1000;
const idOf = (n: number): string => String(1_213_063_181_631_510_000n + BigInt(n));

/** Stages deletions with clip workflows in memory, which record what is done to them. */
function stage(t: TestContext) {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const works: EventWork[] = [];
  const running = new Set<string>();
  const deleted: string[] = [];
  /** The workflows whose signals Temporal refuses. */
  const refused = new Set<string>();
  const lookUps: string[][] = [];
  const late = createLateDeletions({
    queue: { add: (work) => void works.push(work) },
    clips: {
      createBulkLookUp: (messageIds) => {
        lookUps.push([...messageIds]);
        return async (messageId) =>
          [...running].filter((id) => id.startsWith(messageWorkflowIdPrefix(messageId)));
      },
      reportDeleted: async (workflowId) => {
        if (refused.has(workflowId)) throw invalidInput('Temporal refuses the signal');
        deleted.push(workflowId);
      },
    },
  });
  const pass = async (ms: number): Promise<void> => {
    t.mock.timers.tick(ms);
    for (const { run } of works.splice(0)) await run();
  };
  return { late, running, deleted, refused, lookUps, pass };
}

describe('late deletions', () => {
  test('a clip whose workflow starts after the deletion of its message gets the deletion two minutes later', async (t) => {
    const { late, running, deleted, pass } = stage(t);
    late.add(idOf(1));
    running.add(`clip-${idOf(1)}-7`).add(`clip-${idOf(2)}-8`);
    await pass(10_000);
    await pass(TWO_MINUTES_MS - 1);
    assert.deepEqual(deleted, []);
    await pass(1);
    assert.deepEqual(deleted, [`clip-${idOf(1)}-7`]);
    await pass(TWO_MINUTES_MS * 2);
    assert.equal(deleted.length, 1, 'the deletion is applied only once more');
  });

  test('deletions within ten seconds share one look-up, and each message is looked up once', async (t) => {
    const { late, lookUps, pass } = stage(t);
    for (let n = 0; n < 300; n++) late.add(idOf(n % 150));
    await pass(10_000);
    late.add(idOf(500));
    await pass(10_000);
    await pass(TWO_MINUTES_MS);
    assert.deepEqual(
      lookUps.map(({ length }) => length),
      [150, 1],
    );
  });

  test('after 20,000 waiting deletions, further ones are dropped until the first are applied', async (t) => {
    const { late, lookUps, pass } = stage(t);
    for (let n = 0; n < 20_010; n++) late.add(idOf(n));
    await pass(10_000);
    await pass(TWO_MINUTES_MS);
    assert.equal(lookUps[0]?.length, 20_000);
    late.add(idOf(1));
    await pass(10_000);
    await pass(TWO_MINUTES_MS);
    assert.equal(lookUps[1]?.length, 1);
  });

  test('if Temporal refuses one signal, the other clips of the batch get theirs, and the refusal is reported', async (t) => {
    const { late, running, deleted, refused, pass } = stage(t);
    for (const n of [1, 2, 3]) {
      late.add(idOf(n));
      running.add(`clip-${idOf(n)}-7`);
    }
    refused.add(`clip-${idOf(1)}-7`);
    await pass(10_000);
    await assert.rejects(pass(TWO_MINUTES_MS), (error) => isFailure(error, 'InvalidInput'));
    assert.deepEqual(deleted, [`clip-${idOf(2)}-7`, `clip-${idOf(3)}-7`]);
  });

  test('when ingest stops, no deletion is left that would keep the process alive', async (t) => {
    const { late, lookUps, pass } = stage(t);
    late.add(idOf(1));
    await pass(10_000);
    late.add(idOf(2));
    late.stop();
    await pass(TWO_MINUTES_MS * 2);
    assert.deepEqual(lookUps, []);
  });
});
