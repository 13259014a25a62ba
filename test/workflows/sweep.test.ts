import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import type { Activities } from '../../src/activities/create-activities.ts';
import { snowflakeAt } from '../../src/clip/snowflake.ts';
import { accessLost, messageGone } from '../../src/errors.ts';
import { createWatchStart } from '../../src/ingest/sweeps/watch-start.ts';
import { sweepNowSignal } from '../../src/workflows/messages.ts';
import type { sweep, SweepInput } from '../../src/workflows/sweep.ts';
import { startTemporal, withWorkers } from '../support/temporal.ts';
import { untilAsleep } from '../support/until-asleep.ts';
import { pause, until } from '../support/wait.ts';

const INPUT: SweepInput = {
  channelId: '1196521684992000058',
  channelName: 'overtime',
  after: snowflakeAt(Date.now() - 60_000),
  untilQuiet: false,
};
const later = (id: string) => (BigInt(id) + 4_194_304n).toString();

/** The result for the empty page that follows the last message. */
const NO_PAGE = {
  messages: 0,
  clips: 0,
  started: 0,
  known: 0,
  oldest: null as string | null,
  newest: null as string | null,
};

/** A channel whose pages contain one message each, until there are no more messages. */
function fakeChannel() {
  const asked: string[] = [];
  const ids: string[] = [];
  const activities: Partial<Activities> = {
    archiveHistoryPage: async ({ newer }) => {
      asked.push(newer!.after);
      const next = ids.find((id) => BigInt(id) > BigInt(newer!.after)) ?? null;
      const count = next === null ? 0 : 1;
      return {
        messages: count,
        clips: count,
        started: count,
        known: 0,
        oldest: next,
        newest: next,
      };
    },
  };
  return { activities, asked, ids };
}

describe('sweep', { concurrency: 4 }, () => {
  let environment: TestWorkflowEnvironment;
  before(async () => {
    environment = await startTemporal();
  });
  after(async () => {
    await environment.teardown();
  });

  const start = (taskQueue: string, input: SweepInput) =>
    environment.client.workflow.signalWithStart<typeof sweep, [newestId?: string]>('sweep', {
      taskQueue,
      workflowId: `sweep-${taskQueue}`,
      args: [input],
      signal: sweepNowSignal,
    });

  test('a sweep stops at the first message posted after the sweep began, and continues at the next signal', async () => {
    const channel = fakeChannel();
    const first = snowflakeAt(Date.now() + 60_000);
    channel.ids.push(first, later(first), later(later(first)));
    await withWorkers(environment, channel.activities, async (taskQueue) => {
      const handle = await start(taskQueue, INPUT);
      await until('one page is read', () => channel.asked.length > 0);
      // If the sweep did not wait for the next round, it would read another page during this pause.
      await pause(1000);
      assert.deepEqual(channel.asked, [INPUT.after]);
      await handle.signal(sweepNowSignal);
      await until('the next round continues from there', () => channel.asked[1] === first);
      await handle.terminate();
    });
  });

  test('if a sweep gets another signal, the sweep continues after the last message that was read', async () => {
    const channel = fakeChannel();
    const [one, two] = [later(INPUT.after), later(later(INPUT.after))];
    channel.ids.push(one);
    await withWorkers(environment, channel.activities, async (taskQueue) => {
      const handle = await start(taskQueue, INPUT);
      await until('the first sweep', () => channel.asked.length >= 2);
      channel.ids.push(two);
      await handle.signal(sweepNowSignal);
      await until('the second sweep', () => channel.asked.at(-1) === two);
      assert.deepEqual([...new Set(channel.asked)], [INPUT.after, one, two]);
      await handle.terminate();
    });
  });

  test('a sweep ignores a signal that names a message it has read, and reads after any other signal', async () => {
    const channel = fakeChannel();
    const [one, two] = [later(INPUT.after), later(later(INPUT.after))];
    channel.ids.push(one);
    await withWorkers(environment, channel.activities, async (taskQueue) => {
      const handle = await start(taskQueue, INPUT);
      await until('the first round', () => channel.asked.length === 2);
      for (const newestId of [one, INPUT.after]) await handle.signal(sweepNowSignal, newestId);
      await untilAsleep(handle);
      // If the sweep did not ignore the signals, it would read another page during this pause.
      await pause(1000);
      assert.equal(channel.asked.length, 2);
      channel.ids.push(two);
      await handle.signal(sweepNowSignal, two);
      await until('the newer message is read', () => channel.asked.length === 4);
      for (const [n, newestId] of ['not an id', undefined].entries()) {
        await handle.signal(sweepNowSignal, newestId);
        await until('another page', () => channel.asked.length === 5 + n);
      }
      await handle.terminate();
    });
  });

  test('if a sweep cannot read its channel, the sweep starts from the same position after the next signal', async () => {
    const channel = fakeChannel();
    let refused = 0;
    const activities: Partial<Activities> = {
      archiveHistoryPage: async (input) => {
        if (refused === 0) {
          refused += 1;
          throw accessLost({ route: 'GET /channels/1/messages', status: 403 });
        }
        return await channel.activities.archiveHistoryPage!(input);
      },
    };
    await withWorkers(environment, activities, async (taskQueue) => {
      const handle = await start(taskQueue, INPUT);
      await until('the refusal', () => refused === 1);
      await handle.signal(sweepNowSignal);
      await until('the next round', () => channel.asked[0] === INPUT.after);
      await handle.terminate();
    });
  });

  test('if a channel is deleted, the sweep of that channel tries again at each signal and does not fail', async () => {
    let asked = 0;
    const activities: Partial<Activities> = {
      archiveHistoryPage: () => {
        asked += 1;
        throw messageGone({ route: 'GET /channels/1/messages', status: 404, code: 10003 });
      },
    };
    await withWorkers(environment, activities, async (taskQueue) => {
      const handle = await start(taskQueue, INPUT);
      await until('the first round', () => asked === 1);
      await handle.signal(sweepNowSignal);
      await until('the second round', () => asked === 2);
      assert.equal((await handle.describe()).status.name, 'RUNNING');
      await handle.terminate();
    });
  });

  test('a sweep that catches up over many pages continues as new and reads no page twice', async () => {
    const channel = fakeChannel();
    // The messages are old, but the thread counts as quiet only after its last message is read.
    let id = snowflakeAt(Date.now() - 30 * 86_400_000);
    const old = { ...INPUT, after: id, untilQuiet: true };
    for (let n = 0; n < 60; n++) channel.ids.push((id = later(id)));
    await withWorkers(environment, channel.activities, async (taskQueue) => {
      const handle = await start(taskQueue, old);
      await handle.result();
      assert.deepEqual(channel.asked, [old.after, ...channel.ids]);
      const first = environment.client.workflow.getHandle(handle.workflowId, handle.signaledRunId);
      const { historyLength, status } = await first.describe();
      assert.equal(status.name, 'CONTINUED_AS_NEW');
      assert.ok(historyLength < 500, `${historyLength} events`);
    });
  });

  test('after a sweep has continued as new twice, ingest still finds when its first run began', async () => {
    const channel = fakeChannel();
    for (let id = later(INPUT.after), n = 0; n < 120; n++, id = later(id)) channel.ids.push(id);
    await withWorkers(environment, channel.activities, async (taskQueue) => {
      const handle = await start(taskQueue, INPUT);
      const first = environment.client.workflow.getHandle(handle.workflowId, handle.signaledRunId);
      const beganMs = (await first.describe()).startTime.getTime();
      const lastRead = () => channel.asked.at(-1) === channel.ids.at(-1);
      await until('the last page', lastRead);
      const { startTime } = await environment.client.workflow
        .getHandle(handle.workflowId)
        .describe();
      assert.ok(startTime.getTime() > beganMs);
      await until('the memo in the list', async () => {
        const findStart = createWatchStart(environment.client, taskQueue);
        return (await findStart()) === beganMs;
      });
      await environment.client.workflow.getHandle(handle.workflowId).terminate();
    });
  });

  test('if a sweep is cancelled, the workflow ends with the status cancelled', async () => {
    const channel = fakeChannel();
    await withWorkers(environment, channel.activities, async (taskQueue) => {
      const handle = await start(taskQueue, INPUT);
      await until('the first round', () => channel.asked.length > 0);
      await handle.cancel();
      await assert.rejects(handle.result());
      assert.equal((await handle.describe()).status.name, 'CANCELLED');
    });
  });

  test('if a thread has no clip, its sweep ends after the thread has been read, and returns the id of the last message', async () => {
    const [one, two] = [later(INPUT.after), later(later(INPUT.after))];
    const activities: Partial<Activities> = {
      archiveHistoryPage: async ({ newer }) => {
        const next = newer!.after === INPUT.after ? one : newer!.after === one ? two : null;
        const messages = next === null ? 0 : 1;
        return { messages, clips: 0, started: 0, known: 0, oldest: next, newest: next };
      },
    };
    await withWorkers(environment, activities, async (taskQueue) => {
      const input = { ...INPUT, untilQuiet: true, foundClip: false };
      const end = await (await start(taskQueue, input)).result();
      assert.deepEqual(end, { after: two, messagesRead: 2 });
    });
  });

  test('a sweep of a thread without a clip goes on if the thread is too large to be read again', async () => {
    const activities: Partial<Activities> = {
      archiveHistoryPage: async ({ newer }) => {
        if (newer!.after !== INPUT.after) return NO_PAGE;
        return { ...NO_PAGE, messages: 100, oldest: '1', newest: later(INPUT.after) };
      },
    };
    const input = { ...INPUT, untilQuiet: true, foundClip: false };
    await withWorkers(environment, activities, async (taskQueue) => {
      const handle = await start(taskQueue, { ...input, messagesRead: 900 });
      assert.equal((await handle.result()).messagesRead, 1000);
    });
    await withWorkers(environment, activities, async (taskQueue) => {
      const handle = await start(taskQueue, { ...input, messagesRead: 901 });
      await untilAsleep(handle);
      await handle.terminate();
    });
  });

  test('if a large thread has no clip, its sweep goes on even after continuing as new', async () => {
    let pages = 0;
    const activities: Partial<Activities> = {
      archiveHistoryPage: async ({ newer }) => {
        if (pages === 51) return NO_PAGE;
        pages += 1;
        return { ...NO_PAGE, messages: 100, oldest: '1', newest: later(newer!.after) };
      },
    };
    await withWorkers(environment, activities, async (taskQueue) => {
      const input = { ...INPUT, untilQuiet: true, foundClip: false };
      const { workflowId } = await start(taskQueue, input);
      await until('the last page', () => pages === 51);
      const second = environment.client.workflow.getHandle(workflowId);
      await untilAsleep(second);
      await second.terminate();
    });
  });

  test('a sweep of a thread goes on if it has found a clip in any round, even if the clip was already known', async () => {
    const found = { ...NO_PAGE, messages: 1, clips: 1, known: 1, oldest: '1', newest: INPUT.after };
    const pages = [found];
    let rounds = 0;
    const activities: Partial<Activities> = {
      archiveHistoryPage: async () => {
        const page = pages.shift();
        if (page === undefined) rounds += 1;
        return page ?? NO_PAGE;
      },
    };
    await withWorkers(environment, activities, async (taskQueue) => {
      const handle = await start(taskQueue, { ...INPUT, untilQuiet: true, foundClip: false });
      await untilAsleep(handle);
      await handle.signal(sweepNowSignal);
      await until('the second round', () => rounds === 2);
      assert.equal((await handle.describe()).status.name, 'RUNNING');
      await handle.terminate();
    });
  });

  test('a sweep of a thread goes on if the thread cannot be read', async () => {
    let asked = 0;
    const activities: Partial<Activities> = {
      archiveHistoryPage: async () => {
        asked += 1;
        throw accessLost({ route: 'GET /channels/1/messages', status: 403 });
      },
    };
    await withWorkers(environment, activities, async (taskQueue) => {
      const handle = await start(taskQueue, { ...INPUT, untilQuiet: true, foundClip: false });
      await untilAsleep(handle);
      await handle.signal(sweepNowSignal);
      await until('the second round', () => asked === 2);
      assert.equal((await handle.describe()).status.name, 'RUNNING');
      await handle.terminate();
    });
  });

  test('if older code started the sweep of a thread, the sweep goes on even if the thread has no clip', async () => {
    let asked = 0;
    const activities: Partial<Activities> = {
      archiveHistoryPage: async () => {
        asked += 1;
        return NO_PAGE;
      },
    };
    await withWorkers(environment, activities, async (taskQueue) => {
      const handle = await start(taskQueue, { ...INPUT, untilQuiet: true });
      await untilAsleep(handle);
      await handle.signal(sweepNowSignal);
      await until('the second round', () => asked === 2);
      await handle.terminate();
    });
  });

  test('a sweep of a thread ends after two weeks without a message', async () => {
    const { activities } = fakeChannel();
    await withWorkers(environment, activities, async (taskQueue) => {
      const old = { ...INPUT, after: snowflakeAt(Date.now() - 15 * 86_400_000), untilQuiet: true };
      await (await start(taskQueue, old)).result();
    });
  });
});
