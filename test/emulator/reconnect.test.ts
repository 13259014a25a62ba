import assert from 'node:assert/strict';
import { once } from 'node:events';
import { describe, test } from 'node:test';
import type { TextChannel } from 'discord.js';
import { login } from './client.ts';
import { stage } from './support.ts';

// discord.js waits half a second before each attempt. The tests run concurrently to share this wait.
describe('reconnecting to the gateway', { concurrency: true }, () => {
  for (const via of ['close', 'reconnect'] as const) {
    test(`if the gateway ends a connection by ${via}, the client resumes and gets the missed message`, async (t) => {
      const { emulator, channel, user } = await stage(t);
      const { client, packets } = await login(t, emulator);
      const resumed = once(client, 'shardResume');
      emulator.dropGateway({ resumable: true, via });
      // The message may still arrive on the old connection, before op 7, or only after the client has resumed. In both
      // cases the message arrives once.
      emulator.postMessage({ channelId: channel.id, authorId: user.id, content: 'missed' });
      await resumed;
      const got = packets.filter(({ t: type }) => type === 'MESSAGE_CREATE');
      assert.deepEqual(
        got.map(({ d }) => d.content),
        ['missed'],
      );
      assert.equal(emulator.stats.requests('GATEWAY IDENTIFY'), 1);
      assert.equal(emulator.stats.requests('GATEWAY RESUME'), 1);
    });
  }

  test('if the gateway drops a client and the session cannot be resumed, the client gets a new session without the missed message', async (t) => {
    const { emulator, channel, user } = await stage(t);
    const { client, packets } = await login(t, emulator);
    const ready = once(client, 'shardReady');
    emulator.dropGateway({ resumable: false });
    const sent = emulator.postMessage({
      channelId: channel.id,
      authorId: user.id,
      content: 'missed',
    });
    await ready;
    assert.equal(
      packets.find(({ t: type }) => type === 'MESSAGE_CREATE'),
      undefined,
    );
    assert.equal(
      packets.find(({ t: type }) => type === 'RESUMED'),
      undefined,
    );
    const seen = (await client.channels.fetch(channel.id)) as TextChannel;
    assert.equal((await seen.messages.fetch(sent.id)).content, 'missed');
  });

  test('if the gateway refuses connections for a while, the client resumes its session afterwards', async (t) => {
    const { emulator } = await stage(t);
    const { client } = await login(t, emulator);
    const resumed = once(client, 'shardResume');
    emulator.refuseGateway(700);
    emulator.dropGateway({ resumable: true });
    await resumed;
  });

  test('if RESUME never works, the client sends IDENTIFY again', async (t) => {
    const { emulator } = await stage(t, { quirks: { resumeNeverWorks: true } });
    const { client } = await login(t, emulator);
    const ready = once(client, 'shardReady');
    emulator.dropGateway({ resumable: true });
    await ready;
    assert.equal(emulator.stats.requests('GATEWAY IDENTIFY'), 2);
  });
});
