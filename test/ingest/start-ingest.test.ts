import assert from 'node:assert/strict';
import { after, before, describe, test, type TestContext } from 'node:test';
import { ChannelType } from 'discord-api-types/v10';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { parseConfig } from '../../src/config.ts';
import { startIngest } from '../../src/ingest/start-ingest.ts';
import { createLogger } from '../../src/log.ts';
import { noMetrics } from '../../src/metrics.ts';
import { stage } from '../emulator/support.ts';
import { startTemporal } from '../support/temporal.ts';
import { until } from '../support/wait.ts';

const log = createLogger('silent', 'test');

/** Ingest as it is, with a real gateway and a real Temporal, and no worker: starts alone are looked at. */
describe('ingest', () => {
  let environment: TestWorkflowEnvironment;
  before(async () => {
    environment = await startTemporal();
  });
  after(async () => {
    await environment.teardown();
  });

  async function ingesting(t: TestContext, emulator: { token: string; apiUrl: string }) {
    const config = parseConfig({
      TOKEN: emulator.token,
      DISCORD_API_URL: emulator.apiUrl,
      TEMPORAL_ADDRESS: environment.address,
      TASK_QUEUE: `ingest-${t.name.replace(/\W+/g, '-')}`,
    });
    const ingest = await startIngest(config, log, noMetrics);
    t.after(async () => {
      ingest.stop();
      await ingest.stopped;
    });
  }

  const sweepOf = (channelId: string) =>
    environment.client.workflow.getHandle(`sweep-${channelId}`).describe();
  const isSwept = (channelId: string) =>
    sweepOf(channelId).then(
      ({ status }) => status.name === 'RUNNING',
      () => false,
    );

  test('has a channel swept as soon as it may be read', async (t) => {
    const { emulator, guild, channel } = await stage(t);
    const hidden = emulator.addChannel({ guildId: guild.id, name: 'hidden' });
    emulator.deny(hidden.id, 'READ_MESSAGE_HISTORY');
    await ingesting(t, emulator);
    await until('the sweep of a channel', () => isSwept(channel.id));
    assert.ok(!(await isSwept(hidden.id)));
    emulator.allow(hidden.id, 'READ_MESSAGE_HISTORY');
    await until('the sweep of the other one', () => isSwept(hidden.id));
  });

  test('has threads swept that were archived lately, those of forums too', async (t) => {
    const { emulator, guild, channel, user } = await stage(t);
    const forum = emulator.addChannel({
      ...{ guildId: guild.id, name: 'clips', type: ChannelType.GuildForum },
    });
    /** A thread whose only message was posted and which was archived so many days ago. */
    const archived = (name: string, parentId: string, days: number) => {
      const archivedAt = new Date(Date.now() - days * 86_400_000);
      const type = ChannelType.PublicThread;
      const thread = emulator.addChannel({ guildId: guild.id, name, type, parentId, archivedAt });
      const message = { channelId: thread.id, authorId: user.id, content: 'x', silent: true };
      emulator.postMessage({ ...message, timestamp: archivedAt });
      return thread.id;
    };
    const recent = archived('best of', channel.id, 2);
    const post = archived('my best', forum.id, 3);
    const old = archived('long ago', channel.id, 20);
    await ingesting(t, emulator);
    await until('the sweep of a thread', () => isSwept(recent));
    await until('the sweep of a forum post', () => isSwept(post));
    assert.ok(!(await isSwept(old)), 'what was quiet for two weeks would be read for nothing');
    assert.ok(!(await isSwept(forum.id)), 'a forum has no messages of its own');
  });
});
