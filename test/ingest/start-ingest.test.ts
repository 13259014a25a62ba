import assert from 'node:assert/strict';
import { after, before, describe, test, type TestContext } from 'node:test';
import { ChannelType } from 'discord-api-types/v10';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { parseConfig } from '../../src/config.ts';
import type { Emulator } from '../../src/emulator/emulator.ts';
import { startIngest } from '../../src/ingest/start-ingest.ts';
import { createLogger } from '../../src/log.ts';
import { noMetrics } from '../../src/metrics.ts';
import { stage } from '../emulator/support.ts';
import { startTemporal } from '../support/temporal.ts';
import { pause, until } from '../support/wait.ts';

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

  const start = (t: TestContext, { token, apiUrl }: Pick<Emulator, 'token' | 'apiUrl'>, env = {}) =>
    startIngest(
      parseConfig({
        TOKEN: token,
        DISCORD_API_URL: apiUrl,
        TEMPORAL_ADDRESS: environment.address,
        TASK_QUEUE: `ingest-${t.name.replace(/\W+/g, '-')}`,
        ...env,
      }),
      log,
      noMetrics,
    );

  async function ingesting(...args: Parameters<typeof start>) {
    const ingest = await start(...args);
    let stopping: Promise<void> | undefined;
    const stop = () => {
      ingest.stop();
      return (stopping ??= ingest.stopped);
    };
    args[0].after(stop);
    return { stop };
  }

  const sweepOf = (channelId: string) =>
    environment.client.workflow.getHandle(`sweep-${channelId}`).describe();
  const isSwept = (channelId: string) =>
    sweepOf(channelId).then(
      ({ status }) => status.name === 'RUNNING',
      () => false,
    );

  test('that Discord refuses for good fails with one sentence, and leaves no rejection unheard', async (t) => {
    const unheard: unknown[] = [];
    const hear = (reason: unknown) => unheard.push(reason);
    process.on('unhandledRejection', hear);
    t.after(() => process.off('unhandledRejection', hear));
    const { emulator } = await stage(t);
    emulator.setMessageContentIntent(false);
    await assert.rejects(start(t, emulator), /no Message Content intent: turn it on/);
    await pause(200);
    assert.deepEqual(unheard, []);
  });

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

  test('ends the sweeps of channels that are no longer watched, and of no other', async (t) => {
    const { emulator, guild, channel } = await stage(t);
    const add = (name: string) => emulator.addChannel({ guildId: guild.id, name }).id;
    const [dropped, deleted, hidden] = [add('dropped'), add('deleted'), add('hidden')];
    const first = await ingesting(t, emulator);
    const all = [channel.id, dropped, deleted, hidden];
    for (const id of all) await until(`the sweep of ${id}`, () => isSwept(id));
    await first.stop();

    emulator.removeChannel(deleted);
    emulator.deny(hidden, 'VIEW_CHANNEL');
    const CHANNEL_IDS = [channel.id, deleted, hidden].join(',');
    await ingesting(t, emulator, { CHANNEL_IDS });
    // Nobody works here: that they are asked to end is all that can be seen.
    const isAskedToEnd = async (channelId: string) => {
      const { events } = await environment.client.workflow
        .getHandle(`sweep-${channelId}`)
        .fetchHistory();
      return events?.some((event) => event.workflowExecutionCancelRequestedEventAttributes);
    };
    for (const id of [dropped, deleted]) await until(`the end of ${id}`, () => isAskedToEnd(id));
    await pause(500);
    assert.ok(!(await isAskedToEnd(channel.id)));
    assert.ok(!(await isAskedToEnd(hidden)), 'it knows how far the channel is read');
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
