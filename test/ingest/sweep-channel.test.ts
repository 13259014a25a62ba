import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { createActivities } from '../../src/activities/create-activities.ts';
import type { WatchedChannel } from '../../src/ingest/watched-channels.ts';
import { sweepChannel } from '../../src/ingest/sweeps/sweep-channel.ts';
import { aMessage, PLACE } from '../clip/a-message.ts';
import { createFakePorts, type FakePorts } from '../support/fake-ports.ts';
import { startTemporal, withWorkers } from '../support/temporal.ts';
import { until } from '../support/wait.ts';

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
    work: () => Promise<void>,
  ): Promise<void> {
    for (const { channelId, channelName } of channels) {
      ports.discord.addChannel({ ...PLACE, channelId, channelName });
    }
    await withWorkers(environment, createActivities(ports), async (taskQueue) => {
      for (const channel of channels) await sweepChannel(environment.client, taskQueue, channel);
      await work();
      for (const { channelId } of channels) {
        const handle = environment.client.workflow.getHandle(`sweep-${channelId}`);
        // The sweep of a quiet thread ends on its own.
        await handle.terminate().catch(() => undefined);
      }
    });
  }

  test('a sweep of a forum post reads the first message, although that message has the same id as the thread', async () => {
    const channelId = '1213063181631516641';
    const post = { channelId, channelName: 'my best', isThread: true, lastMessageId: channelId };
    const ports = createFakePorts();
    ports.discord.post(aMessage({ id: channelId, channel_id: channelId }));
    await withSweeps(ports, [post], async () => {
      await until('the clip of the first message', () => ports.starts[0]?.messageId === channelId);
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
