import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import {
  ChannelType,
  PermissionFlagsBits,
  type APIMessage,
  type Message,
  type TextChannel,
} from 'discord.js';
import { until } from '../support/wait.ts';
import { createClient, login, type Packet } from './client.ts';
import { someBytes, stage } from './support.ts';

const CLIP = {
  filename: 'COMET.mp4',
  contentType: 'video/mp4',
  width: 1920,
  height: 1080,
} as const;

test('after login, discord.js knows the guilds, the channels, the active threads and the permissions of the bot', async (t) => {
  const { emulator, guild, channel } = await stage(t);
  const type = ChannelType.PublicThread;
  const thread = emulator.addChannel({
    guildId: guild.id,
    name: 'talk',
    type,
    parentId: channel.id,
  });
  const archived = { name: 'old', type, parentId: channel.id, archivedAt: new Date(1e12) };
  const gone = emulator.addChannel({ guildId: guild.id, ...archived });
  emulator.deny(channel.id, 'READ_MESSAGE_HISTORY');

  const { client } = await login(t, emulator);

  assert.equal(client.user?.id, emulator.botId);
  assert.equal(client.guilds.cache.get(guild.id)?.available, true);
  const seen = client.channels.cache.get(channel.id) as TextChannel;
  assert.equal(seen.name, 'overtime');
  assert.equal(client.channels.cache.has(thread.id), true);
  assert.equal(client.channels.cache.has(gone.id), false);
  const permissions = seen.permissionsFor(client.user);
  assert.equal(permissions?.has(PermissionFlagsBits.ViewChannel), true);
  assert.equal(permissions.has(PermissionFlagsBits.ReadMessageHistory), false);
  const application = await client.application?.fetch();
  assert.equal(application?.flags.has('GatewayMessageContentLimited'), true);
});

test('a posted message arrives as a raw packet and as messageCreate, with a valid attachment link', async (t) => {
  const { emulator, guild, channel, user } = await stage(t);
  const { client, packets } = await login(t, emulator);
  const created = once(client, 'messageCreate');

  const bytes = someBytes(2000);
  const files = [
    { ...CLIP, bytes, durationSeconds: 21.25, placeholder: '3OcRJYB4d3h/iIeHeEh3eIhwj+j3' },
  ];
  const posted = emulator.postMessage({
    channelId: channel.id,
    authorId: user.id,
    content: 'look',
    files,
  });

  const [message] = (await created) as [Message];
  assert.equal(message.id, posted.id);
  assert.equal(message.content, 'look');
  assert.equal(message.author.username, '_juno');
  assert.equal(message.createdTimestamp, Date.parse(posted.timestamp));
  const raw = packet(packets, 'MESSAGE_CREATE').d as unknown as APIMessage & { guild_id: string };
  assert.equal(raw.guild_id, guild.id);
  const attachment = raw.attachments[0];
  assert.equal(attachment?.duration_secs, 21.25);
  assert.equal(attachment.width, 1920);
  assert.equal(attachment.size, 2000);
  const response = await fetch(attachment.url);
  assert.deepEqual(new Uint8Array(await response.arrayBuffer()), bytes);
});

test('the gateway announces edits, removed attachments, deletions and bulk deletions', async (t) => {
  const { emulator, channel, user } = await stage(t);
  const { packets } = await login(t, emulator);
  const files = [1, 2].map((n) => ({ filename: `${n}.mp4`, bytes: someBytes(n) }));
  const post = () => emulator.postMessage({ channelId: channel.id, authorId: user.id, files });
  const [first, second, third] = [post(), post(), post()];
  const key = { channelId: channel.id, messageId: first.id };

  emulator.editMessage({ ...key, content: 'changed' });
  emulator.removeAttachment({ ...key, attachmentId: first.attachments[0]?.id ?? '' });
  emulator.deleteMessage(key);
  emulator.bulkDelete(channel.id, [second.id, third.id]);

  const bulk = await until('the bulk deletion', () => find(packets, 'MESSAGE_DELETE_BULK'));
  assert.deepEqual(bulk.d.ids, [second.id, third.id]);
  assert.equal(packet(packets, 'MESSAGE_DELETE').d.id, first.id);
  const updates = packets.filter(({ t: type }) => type === 'MESSAGE_UPDATE').map(({ d }) => d);
  assert.equal(updates[0]?.content, 'changed');
  const left = updates[1]?.attachments as APIMessage['attachments'];
  assert.deepEqual(
    left.map(({ filename }) => filename),
    ['2.mp4'],
  );
  assert.deepEqual(emulator.messages(channel.id), []);
});

test('the gateway announces new channels, but no messages in channels that the bot can’t view', async (t) => {
  const { emulator, guild, channel, user } = await stage(t);
  const { client, packets } = await login(t, emulator);
  const open = emulator.addChannel({ guildId: guild.id, name: 'open' });
  emulator.deny(channel.id, 'VIEW_CHANNEL');
  emulator.postMessage({ channelId: channel.id, authorId: user.id, content: 'secret' });
  emulator.postMessage({ channelId: open.id, authorId: user.id, content: 'public' });
  const message = await until('the message', () => find(packets, 'MESSAGE_CREATE'));
  assert.equal(message.d.content, 'public');
  assert.equal(client.channels.cache.has(open.id), true);
});

test('the gateway acknowledges heartbeats', async (t) => {
  const { emulator } = await stage(t, { heartbeatIntervalMs: 40 });
  const { client } = await login(t, emulator);
  await until('a ping', () => client.ws.ping > 0);
});

test('the gateway refuses an invalid token', async (t) => {
  const { emulator } = await stage(t);
  const { client } = createClient(t, emulator);
  await assert.rejects(client.login('another'), { code: 'TokenInvalid' });
});

test('the gateway refuses a login with the Message Content intent if the application lacks this intent', async (t) => {
  const { emulator } = await stage(t);
  emulator.setMessageContentIntent(false);
  const { client } = createClient(t, emulator);
  await assert.rejects(client.login(emulator.token), /disallowed intents/i);
});

test('if a session lacks the Message Content intent, messages arrive empty unless the messages mention the bot', async (t) => {
  const { emulator, channel, user } = await stage(t);
  const { packets } = await login(t, emulator, { intents: ['Guilds', 'GuildMessages'] });
  const post = {
    channelId: channel.id,
    authorId: user.id,
    content: 'hello',
    files: [{ ...CLIP, bytes: someBytes(9) }],
  };
  emulator.postMessage(post);
  emulator.postMessage({ ...post, mentions: [emulator.botId] });
  const seen = await until('both messages', () => {
    const found = packets.filter(({ t: type }) => type === 'MESSAGE_CREATE');
    return found.length === 2 && found.map(({ d }) => [d.content, (d.attachments as []).length]);
  });
  assert.deepEqual(seen, [
    ['', 0],
    ['hello', 1],
  ]);
});

function find(packets: readonly Packet[], type: string): Packet | undefined {
  return packets.find((each) => each.t === type);
}

function packet(packets: readonly Packet[], type: string): Packet {
  const found = find(packets, type);
  assert.ok(found, `${type} has arrived`);
  return found;
}
