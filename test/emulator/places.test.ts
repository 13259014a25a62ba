import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { ChannelType } from 'discord-api-types/v10';
import { until } from '../support/wait.ts';
import { login } from './client.ts';
import { callRest, stage, statusAndCode } from './support.ts';

test('if the bot is removed from a guild, the gateway sends GUILD_DELETE without `unavailable`, and the REST API denies access until the bot is invited again', async (t) => {
  const { emulator, guild, channel, user } = await stage(t);
  const { client, packets } = await login(t, emulator);
  const path = `/channels/${channel.id}`;
  const removed = once(client, 'guildDelete');
  emulator.removeBot(guild.id);
  await removed;
  assert.deepEqual(packets.at(-1)?.d, { id: guild.id });
  assert.deepEqual(await statusAndCode(emulator, path), [403, 50_001]);
  assert.deepEqual(await statusAndCode(emulator, `${path}/messages`), [403, 50_001]);
  assert.deepEqual(await statusAndCode(emulator, `/guilds/${guild.id}`), [404, 10_004]);
  assert.deepEqual((await callRest(emulator, '/users/@me/guilds')).json, []);

  const before = packets.length;
  emulator.postMessage({ channelId: channel.id, authorId: user.id, content: 'unseen' });
  emulator.addChannel({ guildId: guild.id, name: 'unseen' });
  const invited = once(client, 'guildCreate');
  emulator.inviteBot(guild.id);
  await invited;
  assert.deepEqual(
    packets.slice(before).map(({ t: type }) => type),
    ['GUILD_CREATE'],
  );
  assert.equal((await callRest(emulator, path)).status, 200);
});

test('if a guild is deleted, the gateway sends the same event, and the REST API does not know the channels', async (t) => {
  const { emulator, guild, channel } = await stage(t);
  const { client, packets } = await login(t, emulator);
  const removed = once(client, 'guildDelete');
  emulator.removeGuild(guild.id);
  await removed;
  assert.deepEqual(packets.at(-1)?.d, { id: guild.id });
  assert.deepEqual(await statusAndCode(emulator, `/channels/${channel.id}`), [404, 10_003]);
});

test('if a channel is deleted, its threads are deleted without events, but the channels of a deleted category stay', async (t) => {
  const { emulator, guild } = await stage(t);
  const add = (name: string, type: ChannelType, parentId?: string) =>
    emulator.addChannel({ guildId: guild.id, name, type, ...(parentId && { parentId }) });
  const category = add('all clips', ChannelType.GuildCategory);
  const channel = add('clips', ChannelType.GuildText, category.id);
  const thread = add('best of', ChannelType.PublicThread, channel.id);
  const other = add('finals', ChannelType.PublicThread, channel.id);
  const { packets } = await login(t, emulator);
  const before = packets.length;
  const deletions = () => packets.slice(before).filter(({ t: type }) => type?.endsWith('_DELETE'));

  emulator.removeChannel(category.id);
  emulator.removeChannel(other.id);
  emulator.removeChannel(channel.id);
  await until('the events', () => deletions().length === 3);
  assert.deepEqual(
    deletions().map(({ t: type, d }) => [type, d.id]),
    [
      ['CHANNEL_DELETE', category.id],
      ['THREAD_DELETE', other.id],
      ['CHANNEL_DELETE', channel.id],
    ],
  );
  assert.deepEqual(deletions()[1]?.d, {
    id: other.id,
    guild_id: guild.id,
    parent_id: channel.id,
    type: ChannelType.PublicThread,
  });
  assert.equal(deletions()[2]?.d.parent_id, null, 'the channel was moved out of the category');
  assert.deepEqual(await statusAndCode(emulator, `/channels/${thread.id}`), [404, 10_003]);
});

test('a thread can be archived and revived, and a new message revives an archived thread', async (t) => {
  const { emulator, guild, channel, user } = await stage(t);
  const type = ChannelType.PublicThread;
  const { id } = emulator.addChannel({
    guildId: guild.id,
    name: 'best of',
    type,
    parentId: channel.id,
  });
  const { packets } = await login(t, emulator);
  const list = async (path: string): Promise<number> => {
    const { json } = await callRest(emulator, path);
    return (json as { threads: unknown[] }).threads.length;
  };
  const counts = async () => [
    await list(`/guilds/${guild.id}/threads/active`),
    await list(`/channels/${channel.id}/threads/archived/public`),
  ];
  emulator.archiveThread(id);
  assert.deepEqual(await counts(), [0, 1]);
  emulator.reviveThread(id);
  assert.deepEqual(await counts(), [1, 0]);
  emulator.archiveThread(id);
  emulator.postMessage({ channelId: id, authorId: user.id, content: 'gg' });
  assert.deepEqual(await counts(), [1, 0]);
  const archivedIn = () =>
    packets
      .filter(({ t: event }) => event === 'THREAD_UPDATE')
      .map(({ d }) => (d.thread_metadata as { archived: boolean }).archived);
  await until('the events', () => archivedIn().length === 4);
  assert.deepEqual(archivedIn(), [true, false, true, false]);
  assert.equal(packets.at(-1)?.t, 'MESSAGE_CREATE');
});

test('a list of guilds shows the numbers of members on request, and continues after an id', async (t) => {
  const { emulator, guild } = await stage(t);
  const big = emulator.addGuild({ name: 'Big', memberCount: 9000 });
  const list = async (query: string) =>
    (await callRest(emulator, `/users/@me/guilds${query}`)).json as Record<string, unknown>[];
  assert.equal((await list(''))[0]?.approximate_member_count, undefined);
  assert.deepEqual(
    (await list(`?with_counts=true&limit=1&after=${guild.id}`)).map((each) => [
      each.id,
      each.approximate_member_count,
    ]),
    [[big.id, 9000]],
  );
  const { json } = await callRest(emulator, `/guilds/${big.id}?with_counts=true`);
  assert.equal((json as Record<string, unknown>).approximate_member_count, 9000);
});
