import assert from 'node:assert/strict';
import { after, before, describe, test, type TestContext } from 'node:test';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { ChannelType } from 'discord-api-types/v10';
import { createActivities } from '../../../src/activities/create-activities.ts';
import { channelKey } from '../../../src/clip/channel-record.ts';
import { clipWorkflowId, deletionWorkflowId } from '../../../src/clip/names.ts';
import { parseConfig } from '../../../src/config.ts';
import { createGet } from '../../../src/discord/rest-client.ts';
import { createRestPort } from '../../../src/discord/rest-port.ts';
import type { Emulator } from '../../../src/emulator/emulator.ts';
import { startIngest } from '../../../src/ingest/start-ingest.ts';
import { createLogger } from '../../../src/log.ts';
import { noMetrics } from '../../../src/metrics.ts';
import { createTellClip } from '../../../src/workers/tell-clip.ts';
import type { archiveClip } from '../../../src/workflows/clip/workflow.ts';
import { clipQuery, goneSignal } from '../../../src/workflows/messages.ts';
import { stage } from '../../emulator/support.ts';
import { createFakePorts, type FakePorts } from '../../support/fake-ports.ts';
import { resultOf } from '../../support/result-of.ts';
import { startTemporal, withWorkers } from '../../support/temporal.ts';
import { until } from '../../support/wait.ts';

interface Program {
  ports: FakePorts;
  /** Posts a clip, and waits until its record and the record of its channel are written. */
  post: (channelId: string) => Promise<string>;
  statusOf: (workflowId: string) => Promise<string>;
}

describe('deleted places', () => {
  let environment: TestWorkflowEnvironment;
  before(async () => {
    environment = await startTemporal();
  });
  after(async () => {
    await environment.teardown();
  });

  const handleOf = (workflowId: string) =>
    environment.client.workflow.getHandle<typeof archiveClip>(workflowId);

  /** Runs ingest with a real gateway, and a worker with a real REST port; the bucket and media are in memory. */
  async function run(
    { emulator, userId }: { emulator: Emulator; userId: string },
    work: (program: Program) => Promise<void>,
  ): Promise<void> {
    const { token, apiUrl, cdnOrigin } = emulator;
    const ports = createFakePorts();
    ports.settings.clipRules.mediaHosts = [cdnOrigin];
    const get = createGet({ token, apiUrl, requestsPerSecond: 1000 });
    const discord = createRestPort({ apiUrl }, get);
    const tellClip = createTellClip(environment.client);
    const activities = createActivities({ ...ports, discord, tellClip });
    const started: string[] = [];
    await withWorkers(environment, activities, async (taskQueue) => {
      const config = parseConfig({
        TOKEN: token,
        DISCORD_API_URL: apiUrl,
        MEDIA_HOSTS: cdnOrigin,
        TEMPORAL_ADDRESS: environment.address,
        TASK_QUEUE: taskQueue,
      });
      const ingest = await startIngest(config, createLogger('silent', 'test'), noMetrics);
      try {
        await work({
          ports,
          async post(channelId) {
            const files = [
              { filename: 'COMET.mp4', bytes: new Uint8Array([1]), contentType: 'video/mp4' },
            ];
            const message = emulator.postMessage({ channelId, authorId: userId, files });
            const attachmentId = message.attachments[0]!.id;
            const key = `messages/${channelId}/${message.id}-${attachmentId}.json`;
            const isWritten = () =>
              [key, channelKey(channelId)].every((each) => ports.bucket.keys().includes(each));
            await until('the records', isWritten);
            const workflowId = clipWorkflowId({ messageId: message.id, attachmentId });
            started.push(workflowId);
            return workflowId;
          },
          statusOf: async (workflowId) => (await handleOf(workflowId).query(clipQuery)).status,
        });
      } finally {
        ingest.stop();
        await ingest.stopped;
        for (const id of started)
          await handleOf(id)
            .terminate()
            .catch(() => undefined);
      }
    });
  }

  async function stageClips(t: TestContext) {
    const { emulator, guild, channel, user } = await stage(t);
    const thread = emulator.addChannel({
      guildId: guild.id,
      name: 'best of',
      type: ChannelType.PublicThread,
      parentId: channel.id,
    });
    const other = emulator.addChannel({ guildId: guild.id, name: 'finals' });
    const strangers = emulator.addGuild({ name: 'Strangers' });
    const foreign = emulator.addChannel({ guildId: strangers.id, name: 'lounge' });
    return { emulator, userId: user.id, channel, thread, other, strangers, foreign };
  }

  test('the clips of a deleted channel and of its threads end at once, and the clips of a guild without the bot become unreachable', async (t) => {
    const { channel, thread, other, strangers, foreign, ...staged } = await stageClips(t);
    const { emulator } = staged;
    await run(staged, async ({ ports, post, statusOf }) => {
      const inChannel = await post(channel.id);
      const inThread = await post(thread.id);
      const inOther = await post(other.id);
      const inForeign = await post(foreign.id);
      await until('the thumbnail', async () => (await statusOf(inForeign)) === 'live');

      emulator.sendEvent('GUILD_DELETE', { id: strangers.id, unavailable: true });
      emulator.removeChannel(channel.id);
      for (const id of [inChannel, inThread]) {
        assert.equal((await resultOf(handleOf(id))).status, 'deleted');
      }
      assert.equal(await statusOf(inForeign), 'live', 'an outage is not a deletion');
      const outage = environment.client.workflow.getHandle(deletionWorkflowId(strangers.id));
      await assert.rejects(outage.describe());

      emulator.removeBot(strangers.id);
      await until(
        'the unreachable clip',
        async () => (await statusOf(inForeign)) === 'unreachable',
      );
      assert.equal(await statusOf(inOther), 'live');
      const record = (id: string, channelId: string) =>
        ports.bucket.json(`messages/${channelId}/${id.replace('clip-', '')}.json`) as {
          Status: string;
        };
      assert.equal(record(inThread, thread.id).Status, 'deleted');
      assert.equal(record(inForeign, foreign.id).Status, 'unreachable');

      const deletion = environment.client.workflow.getHandle(deletionWorkflowId(channel.id));
      const { events } = await deletion.fetchHistory();
      const timer = events?.find((event) => event.timerStartedEventAttributes);
      const wait = timer?.timerStartedEventAttributes?.startToFireTimeout;
      assert.equal(Number(wait?.seconds), 120, 'the deletion is applied again two minutes later');
      for (const id of [channel.id, strangers.id]) {
        await environment.client.workflow.getHandle(deletionWorkflowId(id)).terminate();
      }
    });
  });

  test('a clip ignores the deletion of a channel that it is not in', async (t) => {
    const { channel, other, ...staged } = await stageClips(t);
    await run(staged, async ({ post, statusOf }) => {
      const id = await post(channel.id);
      await handleOf(id).signal(goneSignal, other.id);
      await until('the thumbnail', async () => (await statusOf(id)) === 'live');
      await handleOf(id).signal(goneSignal, channel.id);
      assert.equal((await resultOf(handleOf(id))).status, 'deleted');
    });
  });

  test('a deletion with an invalid input fails with one sentence', async () => {
    const activities = { forwardDeletion: async () => ({ told: 0 }) };
    await withWorkers(environment, activities, async (taskQueue) => {
      const inputs = [{}, { channelId: 'x', mayHaveThreads: true }, { guildId: 7 }, null];
      for (const [n, input] of inputs.entries()) {
        const options = { taskQueue, workflowId: `deletion-invalid-${n}`, args: [input] };
        const failed = environment.client.workflow.execute('deletion', options);
        await assert.rejects(failed, ({ cause }: Error) =>
          /^the input of deletion is invalid \(.*\): let ingest/.test((cause as Error).message),
        );
      }
    });
  });
});
