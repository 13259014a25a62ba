import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { WorkflowFailedError } from '@temporalio/client';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import type { HistoryPageInput } from '../../src/activities/archive-history-page.ts';
import type { Activities } from '../../src/activities/create-activities.ts';
import { accessLost, invalidInput } from '../../src/errors.ts';
import type { backfill } from '../../src/workflows/backfill.ts';
import { progressQuery } from '../../src/workflows/messages.ts';
import { createGate } from '../support/gate.ts';
import { startTemporal, withWorkers } from '../support/temporal.ts';
import { until } from '../support/wait.ts';

const CHANNEL = '1196521684992000058';
const FIRST_ID = 1_283_675_776_780_075_058n;
const idAt = (index: number) => (FIRST_ID + BigInt(index) * 4_194_304_000n).toString();

/** A channel in which every second message has a clip, and a page activity that answers like the worker's. */
function fakeHistory(length: number) {
  const pages: HistoryPageInput[] = [];
  const activities: Partial<Activities> = {
    checkChannel: async () => ({ channelName: 'overtime' }),
    archiveHistoryPage: async (input) => {
      pages.push(input);
      const { before, after } = input.older!;
      const ids = Array.from({ length }, (_, index) => idAt(index))
        .filter((id) => before === null || BigInt(id) < BigInt(before))
        .filter((id) => after === null || BigInt(id) > BigInt(after))
        .slice(-input.limit);
      const clips = ids.length / 2;
      return {
        messages: ids.length,
        clips,
        started: clips - 1,
        known: Math.min(1, clips),
        oldest: ids[0] ?? null,
        newest: ids.at(-1) ?? null,
      };
    },
  };
  return { activities, pages };
}

describe('backfill', { concurrency: 4 }, () => {
  let environment: TestWorkflowEnvironment;
  before(async () => {
    environment = await startTemporal();
  });
  after(async () => {
    await environment.teardown();
  });

  const run = (activities: Partial<Activities>, input: unknown) =>
    withWorkers(environment, activities, (taskQueue) =>
      environment.client.workflow.execute<typeof backfill>('backfill', {
        taskQueue,
        workflowId: `backfill-${taskQueue}`,
        args: [input as Parameters<typeof backfill>[0]],
      }),
    );

  test('a backfill reads pages from the newest message to the oldest and counts the messages and clips', async () => {
    const { activities, pages } = fakeHistory(250);
    assert.deepEqual(await run(activities, { channelId: CHANNEL }), {
      pages: 3,
      messages: 250,
      clips: 125,
      started: 122,
      known: 3,
      reached: new Date(Number((FIRST_ID >> 22n) + 1_420_070_400_000n))
        .toISOString()
        .replace(/\.\d+Z/, 'Z'),
    });
    assert.deepEqual(
      pages.map(({ older, limit }) => [older!.before, limit]),
      [
        [null, 100],
        [idAt(150), 100],
        [idAt(50), 100],
        [idAt(0), 100],
      ],
      'every page ends where the page before it began, and only an empty page is the end',
    );
  });

  test('a backfill reads only messages within the before, after and maxMessages bounds of its input', async () => {
    const { activities, pages } = fakeHistory(250);
    const bounds = { channelId: CHANNEL, before: idAt(200), after: idAt(20), maxMessages: 150 };
    const { messages } = await run(activities, bounds);
    assert.equal(messages, 150);
    assert.deepEqual(
      pages.map(({ older, limit }) => [older!.before, older!.after, limit]),
      [
        [idAt(200), idAt(20), 100],
        [idAt(100), idAt(20), 50],
      ],
    );
  });

  test('a backfill of a long history continues as new, and its result counts the messages of all runs', async () => {
    const { activities, pages } = fakeHistory(12_050);
    await withWorkers(environment, activities, async (taskQueue) => {
      const handle = await environment.client.workflow.start<typeof backfill>('backfill', {
        taskQueue,
        workflowId: `backfill-${taskQueue}`,
        args: [{ channelId: CHANNEL }],
      });
      assert.equal((await handle.result()).messages, 12_050);
      const last = environment.client.workflow.getHandle(handle.workflowId);
      assert.notEqual((await last.describe()).runId, handle.firstExecutionRunId);
      const progress = await last.query(progressQuery);
      assert.equal(progress.pages, 121);
    });
    assert.equal(
      new Set(pages.map(({ older }) => older!.before)).size,
      122,
      'no page is read twice',
    );
  });

  test('if the input of a backfill sets revive, the backfill restarts deleted clips; otherwise it does not', async () => {
    for (const revive of [undefined, false, true]) {
      const { activities, pages } = fakeHistory(1);
      await run(activities, { channelId: CHANNEL, ...(revive !== undefined && { revive }) });
      assert.deepEqual(
        pages.map((page) => page.revive ?? false),
        [revive ?? false, revive ?? false],
      );
    }
  });

  test('a running backfill answers the progress query with the pages and messages read so far', async () => {
    const { activities } = fakeHistory(250);
    const { open: release, opened: held } = createGate();
    const slow: Partial<Activities> = {
      ...activities,
      archiveHistoryPage: async (input) => {
        if (input.older?.before === idAt(50)) await held;
        return await activities.archiveHistoryPage!(input);
      },
    };
    await withWorkers(environment, slow, async (taskQueue) => {
      const handle = await environment.client.workflow.start<typeof backfill>('backfill', {
        taskQueue,
        workflowId: `backfill-${taskQueue}`,
        args: [{ channelId: CHANNEL }],
      });
      const progress = await until('two pages', async () => {
        const now = await handle.query(progressQuery);
        return now.pages === 2 ? now : null;
      });
      assert.equal(progress.messages, 200);
      release();
      assert.equal((await handle.result()).pages, 3);
    });
  });

  const bad: [string, unknown, RegExp][] = [
    ['no input', undefined, /start the backfill with --input '\{"channelId"/],
    [
      'an empty object',
      {},
      /needs exactly one of channelId, guildId and "all": true, as in --input/,
    ],
    ['a channel and a guild', { channelId: CHANNEL, guildId: CHANNEL }, /needs exactly one of/],
    ['"all" that is false', { all: false }, /all must be true/],
    [
      'a limit of messages for a guild',
      { guildId: CHANNEL, maxMessages: 5 },
      /^maxMessages limits a single channel/,
    ],
    [
      'a limit of messages for threads',
      { channelId: CHANNEL, threads: true, maxMessages: 5 },
      /^maxMessages limits a single channel/,
    ],
    ['an id of letters', { channelId: 'abc' }, /17 to 20 digits in quotes/],
    [
      'an id without quotes',
      JSON.parse('{"channelId":1196521684992000058}'),
      /JSON rounds numbers of that size: write it in quotes/,
    ],
    [
      'a misspelt field',
      { chanelId: CHANNEL },
      /unknown field "chanelId"; expected channelId, guildId, all, before/,
    ],
    ['a negative number of messages', { channelId: CHANNEL, maxMessages: -1 }, /above 0/],
    ['a switch in quotes', { channelId: CHANNEL, revive: 'true' }, /revive must be true or false/],
    ['reversed bounds', { channelId: CHANNEL, before: idAt(1), after: idAt(2) }, /newer/],
  ];
  for (const [what, input, sentence] of bad) {
    test(`a backfill with ${what} fails at once and says what to correct`, async () => {
      const { activities, pages } = fakeHistory(1);
      await assert.rejects(run(activities, input), (error: WorkflowFailedError) => {
        assert.match(error.cause!.message, sentence);
        assert.equal((error.cause as { type?: string }).type, 'InvalidInput');
        return true;
      });
      assert.equal(pages.length, 0);
    });
  }

  test('if the bot loses access during a backfill, the backfill fails and names the missing permission', async () => {
    const { activities } = fakeHistory(1);
    const refusing: Partial<Activities> = {
      ...activities,
      archiveHistoryPage: () => {
        throw accessLost({ route: 'GET /channels/1/messages' });
      },
    };
    await assert.rejects(run(refusing, { channelId: CHANNEL }), (error: WorkflowFailedError) => {
      assert.match(error.cause!.message, /^the bot has no access to this channel/);
      return (error.cause as { type?: string }).type === 'AccessLost';
    });
  });

  test('if the bot cannot read a channel, a backfill of that channel fails and names the channel', async () => {
    const { activities } = fakeHistory(1);
    const refusing: Partial<Activities> = {
      ...activities,
      checkChannel: () => {
        throw invalidInput('the bot cannot read #secret: grant it Read Message History there');
      },
    };
    await assert.rejects(run(refusing, { channelId: CHANNEL }), (error: WorkflowFailedError) =>
      error.cause!.message.startsWith('the bot cannot read #secret'),
    );
  });
});
