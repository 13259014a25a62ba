import assert from 'node:assert/strict';
import { describe, test, type TestContext } from 'node:test';
import { invalidInput } from '../../src/errors.ts';
import { rateLimited } from '../../src/rate-limit-errors.ts';
import { createEventQueue } from '../../src/ingest/event-queue.ts';
import type { Logger } from '../../src/log.ts';
import { createGate } from '../support/gate.ts';

/** Stages a queue whose pauses end on demand, and records its log lines. */
function stage(t: TestContext) {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const said: string[] = [];
  const say = (facts: object, text: string) => said.push(`${text} ${JSON.stringify(facts)}`);
  const log = { error: say, warn: say, debug: say };
  const queue = createEventQueue(log as unknown as Logger);
  const pass = async (ms: number): Promise<void> => {
    await settled();
    t.mock.timers.tick(ms);
    await settled();
  };
  return { queue, said, pass };
}

/** Resolves when everything that needs no timer has happened. */
function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

describe('the event queue', () => {
  test('if the queue has ended, failed work is not tried again, and the queue becomes idle', async (t) => {
    const { queue, pass } = stage(t);
    let tries = 0;
    const run = async () => {
      tries += 1;
      throw new Error('Temporal is away');
    };
    queue.add({ key: '1', what: 'start the clips of a message', run });
    queue.add({ key: '1', what: 'forward an edit', run });
    await pass(1000);
    const triesBefore = tries;
    assert.ok(triesBefore > 1);
    queue.end();
    await queue.idle();
    await pass(60_000);
    assert.equal(tries, triesBefore);
  });

  test('tasks for events of the same message run one after the other, in the order of the events', async (t) => {
    const { queue } = stage(t);
    const done: string[] = [];
    const first = createGate();
    const work = (what: string, run: () => Promise<void> = async () => {}) => ({
      key: '1',
      what,
      run: async () => {
        done.push(`begin ${what}`);
        await run();
        done.push(`end ${what}`);
      },
    });
    queue.add(work('create', () => first.opened));
    queue.add(work('edit'));
    queue.add(work('delete'));
    await settled();
    assert.deepEqual(done, ['begin create']);
    first.open();
    await queue.idle();
    assert.deepEqual(done.slice(1), [
      'end create',
      'begin edit',
      'end edit',
      'begin delete',
      'end delete',
    ]);
  });

  test('tasks for events of one message do not wait for tasks of another message', async (t) => {
    const { queue } = stage(t);
    const done: string[] = [];
    const stuck = createGate();
    queue.add({ key: '1', what: 'wait', run: () => stuck.opened });
    queue.add({ key: '2', what: 'go', run: async () => void done.push('2') });
    await settled();
    assert.deepEqual(done, ['2']);
    stuck.open();
    await queue.idle();
  });

  test('a failed task for an event is logged and retried with growing pauses until the task succeeds', async (t) => {
    const { queue, said, pass } = stage(t);
    let tries = 0;
    let later = 0;
    const run = async () => {
      tries += 1;
      if (tries <= 9) throw new Error('no Temporal for https://x/y.mp4?ex=1&hm=00c0ffee');
    };
    queue.add({ key: '1', what: 'start the clips of a message', ids: { message: '1' }, run });
    queue.add({
      key: '1',
      what: 'forward a deletion to the clips of a message',
      run: async () => void (later += 1),
    });
    const pausesMs = [500, 1000, 2000, 4000, 8000, 16_000, 30_000, 30_000, 30_000];
    for (const [index, pauseMs] of pausesMs.entries()) {
      await pass(pauseMs - 1);
      assert.equal(tries, index + 1, `no retry before ${pauseMs} ms`);
      assert.equal(later, 0, 'the deletion waits for the earlier task');
      await pass(1);
      assert.equal(tries, index + 2);
    }
    await queue.idle();
    assert.equal(later, 1);
    assert.equal(said.length, 9);
    assert.match(said[0] ?? '', /could not start the clips of a message; retrying in 0\.5 s/);
    assert.match(said[0] ?? '', /"message":"1".*no Temporal/);
    assert.doesNotMatch(said.join(), /00c0ffee/);
  });

  test('if a failure names a wait, the task is retried after that wait and not earlier', async (t) => {
    const { queue, said, pass } = stage(t);
    let tries = 0;
    const run = async () => {
      tries += 1;
      if (tries === 1) throw rateLimited(90_000, { route: 'GET /channels/1' });
      if (tries === 2) throw rateLimited(1, { route: 'GET /channels/1' });
    };
    queue.add({ key: '1', what: 'start the clips of a message', run });
    await pass(89_999);
    assert.equal(tries, 1);
    await pass(1);
    assert.equal(tries, 2);
    await pass(999);
    assert.equal(tries, 2, 'the back-off is longer than the wait that the failure names');
    await pass(1);
    await queue.idle();
    assert.equal(tries, 3);
    assert.match(said[0] ?? '', /^could not start the clips of a message; retrying in 90 s/);
    assert.match(said[1] ?? '', /^could not start the clips of a message; retrying in 1 s/);
  });

  test('if an event task can never succeed, the task is logged and skipped, and the next task of its message runs', async (t) => {
    const { queue, said } = stage(t);
    const done: string[] = [];
    queue.add({
      key: '1',
      what: 'start the clips of a message',
      ids: { message: '1' },
      run: () => Promise.reject(invalidInput('Temporal refuses the clip clip-1-2: too large')),
    });
    queue.add({ key: '1', what: 'pass on an edit', run: async () => void done.push('edit') });
    await queue.idle();
    assert.deepEqual(done, ['edit']);
    assert.equal(said.length, 1);
    assert.match(
      said[0] ?? '',
      /could not start the clips of a message; skipped it.*"message":"1"/,
    );
    assert.match(said[0] ?? '', /clip-1-2: too large/);
  });

  test('if many events fail for the same reason, the log has one warning a minute', async (t) => {
    t.mock.timers.enable({ apis: ['setTimeout', 'Date'] });
    const warnings: string[] = [];
    const log = {
      debug: () => undefined,
      warn: (facts: object, text: string) => warnings.push(`${text} ${JSON.stringify(facts)}`),
    };
    const queue = createEventQueue(log as unknown as Logger);
    const away = () => Promise.reject(new Error('Temporal is away'));
    for (let n = 0; n < 300; n++) queue.add({ key: `${n}`, what: 'start the clips', run: away });
    for (const name of ['a', 'b']) queue.add({ key: name, what: `sweep #${name}`, run: away });
    for (let second = 0; second < 119; second++) {
      await settled();
      t.mock.timers.tick(1000);
    }
    await settled();
    const kinds = warnings.map((line) => line.slice(0, 20));
    assert.equal(kinds.filter((kind) => kind.includes('start')).length, 2, warnings.join('\n'));
    assert.equal(kinds.filter((kind) => kind.includes('sweep')).length, 2);
  });

  test('a task for an event is retried even if the task throws synchronously or throws a non-Error value', async (t) => {
    const { queue, said, pass } = stage(t);
    let tries = 0;
    const run = (): Promise<void> => {
      tries += 1;
      // oxlint-disable-next-line typescript/only-throw-error -- some libraries do this
      if (tries === 1) throw 'a string';
      return Promise.resolve();
    };
    queue.add({ key: '1', what: 'try', run });
    await pass(500);
    assert.equal(tries, 2);
    assert.match(said[0] ?? '', /a string/);
  });

  test('the event queue is idle only when all tasks are done, including tasks that other tasks added', async (t) => {
    const { queue } = stage(t);
    await queue.idle();
    const first = createGate();
    const second = createGate();
    const done: string[] = [];
    queue.add({
      key: '1',
      what: 'first',
      run: async () => {
        await first.opened;
        queue.add({
          key: '1',
          what: 'second',
          run: async () => {
            await second.opened;
            done.push('second');
          },
        });
      },
    });
    const idle = queue.idle().then(() => done.push('idle'));
    first.open();
    await settled();
    assert.deepEqual(done, []);
    second.open();
    await idle;
    assert.deepEqual(done, ['second', 'idle']);
  });
});
