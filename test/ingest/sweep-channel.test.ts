import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import type { Client } from '@temporalio/client';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { createActivities } from '../../src/activities/create-activities.ts';
import type { WatchedChannel } from '../../src/ingest/watched-channels.ts';
import { snowflakeAt } from '../../src/clip/snowflake.ts';
import { sweepChannel } from '../../src/ingest/sweeps/sweep-channel.ts';
import { sweepNowSignal } from '../../src/workflows/messages.ts';
import { aMessage, PLACE } from '../clip/a-message.ts';
import { createFakePorts, type FakePorts } from '../support/fake-ports.ts';
import { startTemporal, withWorkers } from '../support/temporal.ts';
import { untilAsleep } from '../support/until-asleep.ts';
import { until } from '../support/wait.ts';
import { assertIsPlain, HOSTILE_NAME } from './hostile-name.ts';

const HOUR_MS = 60 * 60 * 1000;
/** Newer Temporal servers refuse summaries above 400 bytes. */
const MAX_SUMMARY_BYTES = 380;
const later = (id: string) => (BigInt(id) + 1n).toString();

function aThread(channelId: string): WatchedChannel {
  return {
    channelId,
    channelName: 'my best',
    isThread: true,
    listingParentId: '1196521684992000058',
    lastMessageId: null,
  };
}

const listsArchives = () => Promise.resolve(true);
const noStart = () => Promise.resolve(null);

describe('sweepChannel', () => {
  let environment: TestWorkflowEnvironment;
  before(async () => {
    environment = await startTemporal();
  });
  after(async () => {
    await environment.teardown();
  });

  /** Runs the sweeps of these channels on a Discord in memory until `work` has ended. */
  async function withSweeps(
    ports: FakePorts,
    channels: WatchedChannel[],
    work: (taskQueue: string) => Promise<void>,
    isArchiveListed = listsArchives,
  ): Promise<void> {
    for (const { channelId, channelName } of channels) {
      ports.discord.addChannel({ ...PLACE, channelId, channelName });
    }
    await withWorkers(environment, createActivities(ports), async (taskQueue) => {
      for (const channel of channels) {
        await sweepChannel(environment.client, taskQueue, channel, isArchiveListed, noStart);
      }
      await work(taskQueue);
      for (const { channelId } of channels) {
        const handle = environment.client.workflow.getHandle(`sweep-${channelId}`);
        // The sweep of a quiet thread ends on its own.
        await handle.terminate().catch(() => undefined);
      }
    });
  }

  test('a sweep of a forum post reads the first message, although that message has the same id as the thread', async () => {
    const channelId = '1213063181631516641';
    const post = { ...aThread(channelId), lastMessageId: channelId };
    const ports = createFakePorts();
    ports.discord.post(aMessage({ id: channelId, channel_id: channelId }));
    await withSweeps(ports, [post], async () => {
      await until('the clip of the first message', () => ports.starts[0]?.messageId === channelId);
    });
  });

  test('threads without a clip have no sweep of their own after they are read', async () => {
    const base = BigInt(snowflakeAt(Date.now() - HOUR_MS));
    const threads = Array.from({ length: 30 }, (_, n) =>
      aThread((base + BigInt(n * 100)).toString()),
    );
    const [withClip] = threads as [WatchedChannel];
    const channel = {
      ...aThread((base - 1n).toString()),
      isThread: false,
      listingParentId: null,
    };
    const ports = createFakePorts();
    ports.discord.post(aMessage({ id: later(withClip.channelId), channel_id: withClip.channelId }));
    await withSweeps(ports, [channel, ...threads], async () => {
      const running = async () => {
        const states = await Promise.all(
          [channel, ...threads].map(async ({ channelId }) => {
            const handle = environment.client.workflow.getHandle(`sweep-${channelId}`);
            return { channelId, status: (await handle.describe()).status.name };
          }),
        );
        return states.filter(({ status }) => status === 'RUNNING').map((each) => each.channelId);
      };
      await until('the other sweeps end', async () => (await running()).length <= 2);
      assert.deepEqual(await running(), [channel.channelId, withClip.channelId]);
    });
  });

  for (const [what, listingParentId, isListed] of [
    ['a thread that ingest cannot list', null, true],
    ['a thread of a server without a list of archived threads', PLACE.channelId, false],
  ] as const) {
    test(`the sweep of ${what} goes on even without a clip`, async () => {
      const thread = { ...aThread(snowflakeAt(Date.now() - HOUR_MS)), listingParentId };
      const ports = createFakePorts();
      const postAndSweep = async (): Promise<void> => {
        const sweep = environment.client.workflow.getHandle(`sweep-${thread.channelId}`);
        await untilAsleep(sweep);
        ports.discord.post(aMessage({ id: later(thread.channelId), channel_id: thread.channelId }));
        await sweep.signal(sweepNowSignal);
        await until('a clip that is posted later', () => ports.starts.length > 0);
      };
      await withSweeps(ports, [thread], postAndSweep, () => Promise.resolve(isListed));
    });
  }

  test('if another process starts a sweep of a thread at the same time, ingest does not wait for that sweep', async () => {
    const thread = aThread(snowflakeAt(Date.now() - HOUR_MS));
    await withSweeps(createFakePorts(), [thread], async (taskQueue) => {
      const { workflow } = environment.client;
      await workflow.getHandle(`sweep-${thread.channelId}`).result();
      const other = { ...thread, listingParentId: null };
      const temporal = {
        workflow: {
          signalWithStart: workflow.signalWithStart.bind(workflow),
          getHandle(...args: Parameters<typeof workflow.getHandle>) {
            const handle = workflow.getHandle(...args);
            return {
              async describe() {
                const description = await handle.describe();
                await sweepChannel(environment.client, taskQueue, other, listsArchives, noStart);
                return description;
              },
              result: () => handle.result(),
            };
          },
        },
      } as unknown as Client;
      await Promise.race([
        sweepChannel(temporal, taskQueue, thread, listsArchives, noStart),
        pause(10_000, undefined, { ref: false }).then(() =>
          assert.fail('ingest waits for the other sweep'),
        ),
      ]);
    });
  });

  test('the summary of a sweep shows a hostile thread name as one short line', async () => {
    const thread = { ...aThread(snowflakeAt(Date.now() - HOUR_MS)), channelName: HOSTILE_NAME };
    await withSweeps(createFakePorts(), [thread], async () => {
      const handle = environment.client.workflow.getHandle(`sweep-${thread.channelId}`);
      const summary = (await (await handle.describe()).staticSummary()) ?? '';
      assert.match(summary, /^sweep of #cl .*ip .*…$/);
      assertIsPlain(summary, MAX_SUMMARY_BYTES);
    });
  });

  test('the next sweep of a thread reads only messages that were posted after the last sweep', async () => {
    const thread = aThread(snowflakeAt(Date.now() - 2 * HOUR_MS));
    const silent = { content: 'no clip here', attachments: [], channel_id: thread.channelId };
    const first = aMessage({ ...silent, id: later(thread.channelId) });
    const ports = createFakePorts();
    ports.discord.post(first);
    const pages: (string | undefined)[] = [];
    const fetchHistory = ports.discord.fetchHistory.bind(ports.discord);
    ports.discord.fetchHistory = async (channelId, page) => {
      pages.push(page.after);
      return await fetchHistory(channelId, page);
    };
    await withSweeps(ports, [thread], async (taskQueue) => {
      const sweep = environment.client.workflow.getHandle(`sweep-${thread.channelId}`);
      await sweep.result();
      const clip = aMessage({ id: later(first.id), channel_id: thread.channelId });
      ports.discord.post(clip);
      pages.length = 0;
      await sweepChannel(environment.client, taskQueue, thread, listsArchives, noStart);
      await until('the clip that the gateway missed', () => ports.starts.length > 0);
      assert.equal(ports.starts[0]?.messageId, clip.id);
      assert.equal(pages[0], first.id);
    });
  });

  test('the first sweep of a channel archives only clips posted after the last message that the gateway reported', async () => {
    const channelId = PLACE.channelId;
    const older = aMessage({ id: '1213063181631516641' });
    const newer = aMessage({ id: '1213063181631516700' });
    const channel = {
      channelId,
      channelName: 'overtime',
      isThread: false,
      listingParentId: null,
      lastMessageId: older.id,
    };
    const ports = createFakePorts();
    ports.discord.post(older);
    ports.discord.post(newer);
    await withSweeps(ports, [channel], async () => {
      await until('the newer clip', () => ports.starts.length > 0);
      assert.deepEqual(
        ports.starts.map(({ messageId }) => messageId),
        [newer.id],
      );
    });
  });
});
